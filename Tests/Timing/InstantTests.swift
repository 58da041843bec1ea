import Testing
import Timing

@Suite struct InstantTests {
    @Test func theUnitsAreMultiplesOfOneAnother() {
        #expect(TimeSpan.microseconds(1) == TimeSpan(nanoseconds: 1_000))
        #expect(TimeSpan.milliseconds(1) == .microseconds(1_000))
        #expect(TimeSpan.seconds(1) == .milliseconds(1_000))
        #expect(TimeSpan.seconds(-1).nanoseconds == -1_000_000_000)
    }

    @Test func aSpanKeepsItsFractionInLargerUnits() {
        #expect(TimeSpan.microseconds(1_500).milliseconds == 1.5)
        #expect(TimeSpan.milliseconds(250).seconds == 0.25)
    }

    @Test func spansAddAndMultiply() {
        #expect(TimeSpan.milliseconds(2) + .milliseconds(3) == .milliseconds(5))
        #expect(TimeSpan.milliseconds(2) * 3 == .milliseconds(6))
        #expect(TimeSpan.zero + .seconds(1) == .seconds(1))
    }

    @Test func theDifferenceOfTwoInstantsLeadsFromOneToTheOther() {
        let (early, late) = (Instant(nanoseconds: 5), Instant(nanoseconds: 17))
        #expect(late - early == TimeSpan(nanoseconds: 12))
        #expect(early - late == TimeSpan(nanoseconds: -12))
        #expect(early + (late - early) == late)
        #expect(Instant.zero + TimeSpan(nanoseconds: 5) == early)
    }

    @Test func instantsAndSpansAreOrderedByTheirNanoseconds() {
        let order: [Int64] = [.min, -1, 0, 1, .max]
        #expect(order.reversed().map(Instant.init).sorted() == order.map(Instant.init))
        #expect(order.reversed().map(TimeSpan.init).sorted() == order.map(TimeSpan.init))
    }
}
