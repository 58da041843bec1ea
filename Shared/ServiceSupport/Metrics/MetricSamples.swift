/// The values of a snapshot in the making, which samplers add to.
public struct MetricSamples {
    private(set) var values: [SeriesKey: MetricValue]
    private(set) var refused: Int64 = 0
    private let limit: Int

    init(values: [SeriesKey: MetricValue], limit: Int) {
        self.values = values
        self.limit = limit
    }

    /// Sets a counter or gauge of the catalogue.
    public mutating func set(_ metric: MetricDescription, _ labels: [String: String] = [:], to value: some BinaryInteger) {
        set(metric, labels, to: Double(value))
    }

    /// Sets a counter or gauge of the catalogue; a histogram cannot be sampled and is refused.
    public mutating func set(_ metric: MetricDescription, _ labels: [String: String] = [:], to value: Double) {
        let key = SeriesKey(name: metric.name, labels: labels)
        guard values[key] != nil || values.count < limit else { return refused += 1 }
        switch metric.kind {
        case .counter: values[key] = .counter(value)
        case .gauge: values[key] = .gauge(value)
        case .histogram: refused += 1
        }
    }
}
