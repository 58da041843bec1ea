import Metrics
import Synchronization

/// Which series an instrument belongs to.
struct SeriesKey: Hashable, Sendable {
    let name: String
    let labels: [String: String]
}

/// What records the values of one series, from any thread.
protocol Instrument: AnyObject, Sendable {
    var key: SeriesKey { get }
    var value: MetricValue { get }
}

/// A count that only rises.
final class CountingInstrument: Instrument, CounterHandler {
    let key: SeriesKey
    private let count = Atomic<Int64>(0)

    init(_ key: SeriesKey) {
        self.key = key
    }

    var value: MetricValue { .counter(Double(count.load(ordering: .relaxed))) }

    func increment(by amount: Int64) {
        count.wrappingAdd(max(amount, 0), ordering: .relaxed)
    }

    func reset() {
        count.store(0, ordering: .relaxed)
    }
}

/// A value that goes up and down.
final class GaugeInstrument: Instrument, MeterHandler, RecorderHandler {
    let key: SeriesKey
    private let bits = Atomic<UInt64>(0)

    init(_ key: SeriesKey) {
        self.key = key
    }

    var value: MetricValue { .gauge(Double(bitPattern: bits.load(ordering: .relaxed))) }

    func set(_ value: Int64) { set(Double(value)) }

    func set(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }

    func record(_ value: Int64) { set(Double(value)) }

    func record(_ value: Double) { set(value) }

    func increment(by amount: Double) {
        var old = bits.load(ordering: .relaxed)
        while true {
            let new = (Double(bitPattern: old) + amount).bitPattern
            let result = bits.weakCompareExchange(expected: old, desired: new, ordering: .relaxed)
            if result.exchanged { return }
            old = result.original
        }
    }

    func decrement(by amount: Double) { increment(by: -amount) }
}

/// A histogram over fixed ranges.
final class HistogramInstrument: Instrument, RecorderHandler, TimerHandler {
    let key: SeriesKey
    private let state: Mutex<HistogramValue>

    init(_ key: SeriesKey, buckets: [Double]) {
        self.key = key
        state = Mutex(HistogramValue(buckets: buckets))
    }

    var value: MetricValue { .histogram(state.withLock { $0 }) }

    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) { state.withLock { $0.record(value) } }

    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }
}
