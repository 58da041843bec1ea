import Metrics
import Synchronization

/// The swift-metrics backend of a service: keeps every series in memory until ``snapshot()`` asks for them.
///
/// The number of series has a limit; what is over it, or contradicts the catalogue, is recorded nowhere and counted as
/// `sharp_metric_series_refused_total`.
public final class MetricsRegistry: MetricsFactory {
    /// Adds values that another thread owns to a snapshot; called with each snapshot, it must not wait.
    public typealias Sampler = @Sendable (inout MetricSamples) -> Void

    private struct State {
        var instruments: [SeriesKey: any Instrument] = [:]
        var samplers: [Sampler] = []
    }

    private let service: String
    private let instance: String
    private let seriesLimit: Int
    private let state = Mutex(State())
    private let refused = Atomic<Int64>(0)

    /// A backend for one service instance with at most `seriesLimit` series.
    public init(service: String, instance: String, seriesLimit: Int = 1_000) {
        self.service = service
        self.instance = instance
        self.seriesLimit = seriesLimit
    }

    /// Makes the series of `metrics` exist from now on, at 0; `given` names labels whose values only the running service knows.
    public func declare(_ metrics: [MetricDescription], given: [String: String] = [:]) {
        for metric in metrics {
            for labels in metric.series(given: given) {
                _ = instrument(metric.name, labels, metric.kind)
            }
        }
    }

    /// Has `sampler` called with each snapshot.
    public func addSampler(_ sampler: @escaping Sampler) {
        state.withLock { $0.samplers.append(sampler) }
    }

    /// All series as they stand now.
    public func snapshot() -> MetricsSnapshot {
        let (instruments, samplers) = state.withLock { ($0.instruments, $0.samplers) }
        var values = instruments.mapValues(\.value)
        var samples = MetricSamples(values: values, limit: seriesLimit)
        for sampler in samplers { sampler(&samples) }
        refused.wrappingAdd(samples.refused, ordering: .relaxed)
        values = samples.values
        values[SeriesKey(name: MetricDescription.refusedSeries.name, labels: [:])] = .counter(Double(refused.load(ordering: .relaxed)))
        return MetricsSnapshot(service: service, instance: instance, metrics: Self.metrics(values))
    }

    private static func metrics(_ values: [SeriesKey: MetricValue]) -> [Metric] {
        let sorted = values.map { (key: $0.key, order: $0.key.labels.sorted { $0.key < $1.key }.map { $0.value }, value: $0.value) }
            .sorted { left, right in
                left.key.name == right.key.name ? left.order.lexicographicallyPrecedes(right.order) : left.key.name < right.key.name
            }
        var previous: String?
        return sorted.map { key, _, value in
            defer { previous = key.name }
            let help = key.name == previous ? nil : MetricDescription.byName[key.name]?.help
            return Metric(name: key.name, help: help, labels: key.labels, value: value)
        }
    }

    /// The instrument of a series, made if need be; `nil` if it is refused.
    private func instrument(_ name: String, _ labels: [String: String], _ kind: MetricKind) -> (any Instrument)? {
        let description = MetricDescription.byName[name]
        let key = SeriesKey(name: name, labels: labels)
        let instrument: (any Instrument)? = state.withLock { state in
            if let known = state.instruments[key] { return known.value.kind == kind ? known : nil }
            guard state.instruments.count < seriesLimit, description == nil || description?.kind == kind else { return nil }
            let new: any Instrument =
                switch kind {
                case .counter: CountingInstrument(key)
                case .gauge: GaugeInstrument(key)
                case .histogram: HistogramInstrument(key, buckets: description?.buckets ?? MetricDescription.secondsBuckets)
                }
            state.instruments[key] = new
            return new
        }
        if instrument == nil { refused.wrappingAdd(1, ordering: .relaxed) }
        return instrument
    }

    private func instrument(_ label: String, ending: String, _ dimensions: [(String, String)], _ kind: MetricKind) -> (any Instrument)? {
        let labels = Dictionary(
            dimensions.map { (MetricName.sanitised($0.0, ending: ""), $0.1) }, uniquingKeysWith: { first, _ in first })
        return instrument(MetricName.sanitised(label, ending: ending), labels, kind)
    }

    private func destroy(_ handler: AnyObject) {
        guard let instrument = handler as? any Instrument else { return }
        state.withLock { state in
            if state.instruments[instrument.key] === instrument { state.instruments[instrument.key] = nil }
        }
    }
}

extension MetricsRegistry {
    /// A counter; `_total` is added to a name without it.
    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        instrument(label, ending: "_total", dimensions, .counter) as? CountingInstrument ?? NOOPMetricsHandler.instance
    }

    /// A gauge.
    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        instrument(label, ending: "", dimensions, .gauge) as? GaugeInstrument ?? NOOPMetricsHandler.instance
    }

    /// A histogram if `aggregate`, else a gauge.
    public func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        let kind: MetricKind = aggregate ? .histogram : .gauge
        return instrument(label, ending: "", dimensions, kind) as? any RecorderHandler ?? NOOPMetricsHandler.instance
    }

    /// A histogram in seconds; `_seconds` is added to a name without it.
    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        instrument(label, ending: "_seconds", dimensions, .histogram) as? HistogramInstrument ?? NOOPMetricsHandler.instance
    }

    /// Forgets the counter's series.
    public func destroyCounter(_ handler: any CounterHandler) { destroy(handler) }

    /// Forgets the gauge's series.
    public func destroyMeter(_ handler: any MeterHandler) { destroy(handler) }

    /// Forgets the recorder's series.
    public func destroyRecorder(_ handler: any RecorderHandler) { destroy(handler) }

    /// Forgets the timer's series.
    public func destroyTimer(_ handler: any TimerHandler) { destroy(handler) }
}
