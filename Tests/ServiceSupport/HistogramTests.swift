import ServiceSupport
import Testing

struct HistogramTests {
    @Test func aValueFallsIntoTheFirstRangeWhoseBoundItDoesNotExceed() {
        var histogram = HistogramValue(buckets: [1, 2, 5])
        for value in [-1, 0, 1, 1.5, 2, 2.0001, 5, 5.1, .infinity] { histogram.record(value) }
        #expect(histogram.counts == [3, 2, 2, 2])
        #expect(histogram.sum == .infinity)
    }

    @Test func whatIsNoNumberIsLeftOut() {
        var histogram = HistogramValue(buckets: [1])
        histogram.record(.nan)
        #expect(histogram.counts == [0, 0])
        #expect(histogram.sum == 0)
    }

    @Test func theBoundsOfTheCatalogueRiseFromATenthOfAMillisecondToTenSeconds() {
        let bounds = MetricDescription.secondsBuckets
        #expect(bounds.first == 0.0001)
        #expect(bounds.last == 10)
        #expect(HistogramValue(buckets: bounds).isWellFormed)
    }

    @Test func boundsThatDoNotRiseAreNotWellFormed() {
        #expect(!HistogramValue(buckets: [1, 1]).isWellFormed)
        #expect(!HistogramValue(buckets: [2, 1]).isWellFormed)
        #expect(!HistogramValue(buckets: [1, .infinity]).isWellFormed)
        #expect(HistogramValue(buckets: []).isWellFormed)
    }
}
