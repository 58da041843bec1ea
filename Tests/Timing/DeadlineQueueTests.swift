import Testing
import Timing

@Suite struct DeadlineQueueTests {
    /// All keys that are due, in the order they come out.
    private func drain(_ queue: inout DeadlineQueue<Int>, at now: Instant) -> [Int] {
        var keys: [Int] = []
        while let key = queue.popDue(at: now) { keys.append(key) }
        return keys
    }

    @Test func anEmptyQueueHasNothingDue() {
        var queue = DeadlineQueue<Int>()
        #expect(queue.next == nil)
        let key = queue.popDue(at: Instant(nanoseconds: .max))
        #expect(key == nil)
    }

    @Test func keysComeOutEarliestFirst() {
        var queue = DeadlineQueue<Int>()
        for key in [5, 1, 4, 2, 3] { queue.schedule(key, at: Instant(nanoseconds: Int64(key))) }
        let keys = drain(&queue, at: Instant(nanoseconds: 5))
        #expect(keys == [1, 2, 3, 4, 5])
    }

    @Test func aKeyIsDueAtItsInstantAndNotBefore() {
        var queue = DeadlineQueue<Int>()
        queue.schedule(1, at: Instant(nanoseconds: 10))
        let (before, at) = (queue.popDue(at: Instant(nanoseconds: 9)), queue.popDue(at: Instant(nanoseconds: 10)))
        #expect(before == nil && at == 1)
    }

    @Test func keysOfOneInstantComeOutInTheOrderTheyWereScheduled() {
        var queue = DeadlineQueue<Int>()
        for key in 0..<100 { queue.schedule(key, at: Instant(nanoseconds: 7)) }
        let first = (0..<50).map { _ in queue.popDue(at: Instant(nanoseconds: 7)) }
        for key in 100..<150 { queue.schedule(key, at: Instant(nanoseconds: 7)) }
        let rest = drain(&queue, at: Instant(nanoseconds: 7))
        #expect(first == Array(0..<50))
        #expect(rest == Array(50..<150))
    }

    @Test func aKeyScheduledTwiceComesOutTwice() {
        var queue = DeadlineQueue<Int>()
        queue.schedule(1, at: Instant(nanoseconds: 20))
        queue.schedule(1, at: Instant(nanoseconds: 10))
        let early = drain(&queue, at: Instant(nanoseconds: 10))
        #expect(early == [1])
        #expect(queue.next == Instant(nanoseconds: 20))
    }

    @Test func theQueueAgreesWithASortedList() {
        var generator = SeededGenerator(seed: 41)
        var queue = DeadlineQueue<Int>()
        var model: [(due: Instant, key: Int)] = []
        for key in 0..<20_000 {
            let instant = Instant(nanoseconds: Int64(generator.below(64)))
            if generator.below(100) < 52 {
                queue.schedule(key, at: instant)
                // Behind all that are due no later: the list is sorted and its ties are in order.
                model.insert((instant, key), at: model.firstIndex { $0.due > instant } ?? model.endIndex)
            } else {
                let expected = model.first.flatMap { $0.due <= instant ? $0.key : nil }
                if expected != nil { model.removeFirst() }
                let key = queue.popDue(at: instant)
                #expect(key == expected)
            }
            #expect(queue.next == model.first?.due)
        }
        let rest = drain(&queue, at: Instant(nanoseconds: .max))
        #expect(rest == model.map(\.key))
    }
}
