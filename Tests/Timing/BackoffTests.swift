import Testing
import Timing

@Suite struct BackoffTests {
    private let start = Instant(nanoseconds: 5_000)
    private let schedule = Backoff.Schedule(first: .milliseconds(10), longest: .milliseconds(40), limit: .milliseconds(150))

    @Test func pausesDoubleUpToTheLongest() {
        var backoff = Backoff(schedule, startedAt: start)
        var looks: [TimeSpan] = []
        var steps: [Backoff.Step] = []
        while steps.last != .giveUp, steps.count < 10 {
            looks.append(backoff.next - start)
            steps.append(backoff.step(at: backoff.next))
        }
        #expect(looks == [10, 30, 70, 110, 150].map(TimeSpan.milliseconds))
        #expect(steps == [.repeat, .repeat, .repeat, .repeat, .giveUp])
    }

    @Test func nothingIsDueBeforeItsInstant() {
        var backoff = Backoff(schedule, startedAt: start)
        let first = backoff.next
        for early in [start, Instant(nanoseconds: first.nanoseconds - 1)] {
            let step = backoff.step(at: early)
            #expect(step == .wait)
        }
        #expect(backoff.next == first)
    }

    @Test func aLateLookRepeatsOnceAndPausesFromThen() {
        var backoff = Backoff(schedule, startedAt: start)
        let late = start + .milliseconds(95)
        let (first, second) = (backoff.step(at: late), backoff.step(at: late))
        #expect(first == .repeat && second == .wait)
        #expect(backoff.next == late + .milliseconds(20))
    }

    @Test func theLimitIsTheFirstInstantOfGivingUp() {
        var before = Backoff(schedule, startedAt: start)
        var at = before
        let limit = start + schedule.limit
        let (last, given) = (before.step(at: Instant(nanoseconds: limit.nanoseconds - 1)), at.step(at: limit))
        #expect(last == .repeat)
        #expect(given == .giveUp)
    }

    @Test func whoGaveUpKeepsGivingUp() {
        var backoff = Backoff(schedule, startedAt: start)
        for later in [150, 151, 10_000] as [Int64] {
            let step = backoff.step(at: start + .milliseconds(later))
            #expect(step == .giveUp)
        }
    }

    @Test func atNoPaceIsAFrameRepeatedAfterTheLimitOrPausedForTooLong() {
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<500 {
            var backoff = Backoff(schedule, startedAt: start)
            var now = start
            for _ in 0..<200 {
                now = now + .microseconds(Int64(generator.below(4_000)))
                let due = backoff.next
                switch backoff.step(at: now) {
                case .wait: #expect(now < due && backoff.next == due)
                case .repeat:
                    #expect(now >= due && now - start < schedule.limit)
                    #expect(backoff.next - now <= schedule.longest && backoff.next - now > schedule.first)
                case .giveUp: #expect(now - start >= schedule.limit)
                }
            }
        }
    }
}
