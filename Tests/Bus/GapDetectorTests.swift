import Bus
import Testing

struct GapDetectorTests {
    private var gaps = GapDetector(maximumPublishers: 2, maximumTopics: 2)

    @Test mutating func aSubscriberThatJoinsLateMissesNothing() {
        #expect(gaps.observe(publisher: "p", topic: "x", sequence: 41) == .firstOfPublisher)
        #expect(gaps.observe(publisher: "p", topic: "x", sequence: 42) == .inOrder)
        #expect(gaps.missed == 0)
    }

    @Test mutating func aHoleInTheNumbersIsAGapOfItsSize() {
        _ = gaps.observe(publisher: "p", topic: "x", sequence: 0)
        #expect(gaps.observe(publisher: "p", topic: "x", sequence: 4) == .missed(3))
        #expect(gaps.observe(publisher: "p", topic: "x", sequence: 5) == .inOrder)
        #expect(gaps.missed == 3)
    }

    @Test mutating func eachTopicIsCountedByItself() {
        _ = gaps.observe(publisher: "p", topic: "x", sequence: 0)
        #expect(gaps.observe(publisher: "p", topic: "y", sequence: 9) == .inOrder)
        #expect(gaps.observe(publisher: "p", topic: "x", sequence: 1) == .inOrder)
    }

    @Test mutating func aHeartbeatTellsOfALossAtTheEnd() {
        #expect(gaps.observe(publisher: "p", topic: "x", next: 5) == .firstOfPublisher)
        #expect(gaps.observe(publisher: "p", topic: "x", next: 5) == .inOrder)
        #expect(gaps.observe(publisher: "p", topic: "x", next: 8) == .missed(3))
        #expect(gaps.observe(publisher: "p", topic: "x", sequence: 8) == .inOrder)
    }

    @Test mutating func anOldNumberIsRepeatedNotMissing() {
        _ = gaps.observe(publisher: "p", topic: "x", sequence: 5)
        #expect(gaps.observe(publisher: "p", topic: "x", sequence: 5) == .repeated)
        #expect(gaps.observe(publisher: "p", topic: "x", next: 1) == .inOrder)
        #expect(gaps.missed == 0)
    }

    @Test mutating func theLongestSilentPublisherIsForgottenFirst() {
        _ = gaps.observe(publisher: "a", topic: "x", sequence: 0)
        _ = gaps.observe(publisher: "b", topic: "x", sequence: 0)
        _ = gaps.observe(publisher: "a", topic: "x", sequence: 1)
        #expect(gaps.observe(publisher: "c", topic: "x", sequence: 0) == .firstOfPublisher)
        #expect(gaps.observe(publisher: "a", topic: "x", sequence: 2) == .inOrder)
        #expect(gaps.observe(publisher: "b", topic: "x", sequence: 9) == .firstOfPublisher)
    }

    @Test mutating func theLargestNumbersDoNotTrap() {
        _ = gaps.observe(publisher: "p", topic: "x", sequence: 0)
        #expect(gaps.observe(publisher: "p", topic: "x", sequence: .max) == .missed(.max - 1))
        #expect(gaps.observe(publisher: "p", topic: "x", next: .max) == .missed(.max))
    }
}
