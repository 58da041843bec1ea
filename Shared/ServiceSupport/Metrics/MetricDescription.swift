/// The kinds of metric that Prometheus knows and we use.
public enum MetricKind: String, Codable, Hashable, Sendable {
    /// Only rises, from 0 at the start of the process.
    case counter
    /// Goes up and down.
    case gauge
    /// How often values fell into which range.
    case histogram
}

/// What a metric is called and means, and which labels its series have.
public struct MetricDescription: Hashable, Sendable {
    /// A label and, where they are known beforehand, all its values.
    public struct Label: Hashable, Sendable {
        /// The label's name.
        public let name: String
        /// All values it takes; empty when only the running service knows them.
        public let values: [String]

        /// A label that takes `values`.
        public init(_ name: String, _ values: [String] = []) {
            self.name = name
            self.values = values
        }
    }

    /// The name, with its unit and, for a counter, `_total`.
    public let name: String
    /// Counter, gauge or histogram.
    public let kind: MetricKind
    /// One sentence for whoever reads the metric.
    public let help: String
    /// The labels of its series.
    public let labels: [Label]
    /// Upper bounds of a histogram's ranges, in the metric's unit.
    public let buckets: [Double]

    /// A metric of these properties.
    public init(_ name: String, _ kind: MetricKind, _ help: String, labels: [Label] = [], buckets: [Double] = Self.secondsBuckets) {
        self.name = name
        self.kind = kind
        self.help = help
        self.labels = labels
        self.buckets = kind == .histogram ? buckets : []
    }

    /// Bounds for durations from 0.1 ms to 10 s.
    public static let secondsBuckets = [
        0.0001, 0.00025, 0.0005, 0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
    ]

    /// Every combination of the labels' known values, together with `given`; none if a value is missing.
    func series(given: [String: String]) -> [[String: String]] {
        var series = [[:]] as [[String: String]]
        for label in labels {
            let values = given[label.name].map { [$0] } ?? label.values
            series = series.flatMap { known in values.map { known.merging([label.name: $0]) { $1 } } }
        }
        return series
    }
}
