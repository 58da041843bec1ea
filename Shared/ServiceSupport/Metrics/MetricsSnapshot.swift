/// All metrics of one service instance at one moment, cumulative: a lost snapshot costs nothing but time.
public struct MetricsSnapshot: Codable, Hashable, Sendable {
    /// The topic that snapshots are published under.
    public static let topic = "metrics"

    /// The service's name.
    public let service: String
    /// Which run of the service.
    public let instance: String
    /// Its series, sorted by name.
    public let metrics: [Metric]

    /// A snapshot of the three.
    public init(service: String, instance: String, metrics: [Metric]) {
        self.service = service
        self.instance = instance
        self.metrics = metrics
    }
}

/// One series.
public struct Metric: Hashable, Sendable {
    /// The metric's name.
    public let name: String
    /// What it means; given with the first series of a name.
    public let help: String?
    /// The labels of this series.
    public let labels: [String: String]
    /// Its value.
    public let value: MetricValue

    /// A series of these properties.
    public init(name: String, help: String? = nil, labels: [String: String] = [:], value: MetricValue) {
        self.name = name
        self.help = help
        self.labels = labels
        self.value = value
    }
}

/// The value of a series.
public enum MetricValue: Hashable, Sendable {
    /// How many so far.
    case counter(Double)
    /// How many now.
    case gauge(Double)
    /// How many in which range.
    case histogram(HistogramValue)

    /// The kind of metric that has such values.
    public var kind: MetricKind {
        switch self {
        case .counter: .counter
        case .gauge: .gauge
        case .histogram: .histogram
        }
    }
}

/// How often values fell into which range.
public struct HistogramValue: Codable, Hashable, Sendable {
    /// The upper bounds of the ranges, rising, each belonging to its range; what lies above the last has a range of its own.
    public let buckets: [Double]
    /// How many values fell into each range; one more than there are bounds.
    public private(set) var counts: [UInt64]
    /// All values together.
    public private(set) var sum = 0.0

    /// No values yet.
    public init(buckets: [Double]) {
        self.buckets = buckets
        counts = Array(repeating: 0, count: buckets.count + 1)
    }

    /// Whether bounds and counts fit each other, which a value from outside need not do.
    public var isWellFormed: Bool {
        counts.count == buckets.count + 1 && buckets.allSatisfy(\.isFinite) && zip(buckets, buckets.dropFirst()).allSatisfy(<)
    }

    /// Counts a value; NaN is left out.
    public mutating func record(_ value: Double) {
        guard !value.isNaN else { return }
        var range = 0
        while range < buckets.count, value > buckets[range] { range += 1 }
        counts[range] += 1
        sum += value
    }
}

extension Metric: Codable {
    private enum CodingKeys: String, CodingKey {
        case name, help, kind, labels, value, histogram
    }

    /// Reads `{"name","help"?,"kind","labels","value" | "histogram"}`.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        name = try container.decode(String.self, forKey: .name)
        help = try container.decodeIfPresent(String.self, forKey: .help)
        labels = try container.decode([String: String].self, forKey: .labels)
        value =
            switch try container.decode(MetricKind.self, forKey: .kind) {
            case .counter: .counter(try container.decode(Double.self, forKey: .value))
            case .gauge: .gauge(try container.decode(Double.self, forKey: .value))
            case .histogram: .histogram(try container.decode(HistogramValue.self, forKey: .histogram))
            }
    }

    /// Writes what ``init(from:)`` reads.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(name, forKey: .name)
        try container.encodeIfPresent(help, forKey: .help)
        try container.encode(value.kind, forKey: .kind)
        try container.encode(labels, forKey: .labels)
        switch value {
        case .counter(let number), .gauge(let number): try container.encode(number, forKey: .value)
        case .histogram(let histogram): try container.encode(histogram, forKey: .histogram)
        }
    }
}
