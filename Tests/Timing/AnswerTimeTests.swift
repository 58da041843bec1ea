import Testing
import Timing

@Suite struct AnswerTimeTests {
    private static let longest = TimeSpan.milliseconds(500)

    /// What is known after so many answers, a millisecond apart, that took so long each.
    private func answers(_ count: Int, after spans: TimeSpan...) -> (time: AnswerTime, now: Instant) {
        var time = AnswerTime(longestPause: Self.longest)
        var now = Instant.zero
        for number in 0..<count {
            now = now + .milliseconds(1)
            time.answered(after: spans[number % spans.count], at: now)
        }
        return (time, now)
    }

    /// By how much a repeat is put off of a frame that is sent now.
    private func pause(_ known: (time: AnswerTime, now: Instant)) -> TimeSpan? {
        known.time.earliestRepeat(after: known.now, at: known.now).map { $0 - known.now }
    }

    @Test func nothingIsPutOffBeforeAnybodyHasAnswered() {
        #expect(AnswerTime(longestPause: Self.longest).earliestRepeat(after: .zero, at: .zero) == nil)
    }

    @Test func aRepeatWaitsForMoreThanTheUsualTime() throws {
        let known = answers(200, after: .milliseconds(40))
        let wait = try #require(pause(known))
        #expect(wait > .milliseconds(60) && wait < .milliseconds(100))
        #expect(known.time.earliestRepeat(after: known.now, at: known.now + .milliseconds(100)) == nil)
    }

    @Test func aMinorityOfLateAnswersDoesNotCount() throws {
        let wait = try #require(pause(answers(300, after: .milliseconds(1), .milliseconds(1), .seconds(1))))
        #expect(wait < .milliseconds(8))
    }

    @Test func noRepeatIsPutOffForLongerThanTheLongestPause() {
        #expect(pause(answers(1_000, after: .seconds(30))) == Self.longest)
    }

    @Test func whatWasLongAgoSaysNothing() {
        var (time, now) = answers(200, after: .milliseconds(400))
        now = now + .seconds(1)
        #expect(time.earliestRepeat(after: now, at: now) == nil)
        time.answered(after: .milliseconds(1), at: now)
        #expect(time.earliestRepeat(after: now, at: now + .milliseconds(2)) == nil)
    }
}
