import ServiceSupport
import Timing

/// The latest snapshot of every service instance, with a limit on instances and on the series of each.
public struct SnapshotStore: Sendable {
    /// What the store keeps and for how long.
    public struct Limits: Hashable, Sendable {
        /// Instances remembered, silent ones included.
        public var instances = 256
        /// Series of one instance.
        public var series = 2_000
        /// The longest name, label value or help, in bytes.
        public var textLength = 1_024
        /// After how long a silence an instance's series are left out.
        public var staleAfter = TimeSpan.seconds(30)
        /// After how long a silence an instance is forgotten.
        public var forgottenAfter = TimeSpan.seconds(600)

        /// The defaults.
        public init() {}
    }

    /// Which run of which service.
    struct Key: Hashable, Sendable {
        let service: String
        let instance: String
    }

    /// What is known of an instance.
    struct Entry: Sendable {
        var metrics: [Metric]
        var heard: Instant
    }

    /// What was counted so far.
    public struct Counts: Hashable, Sendable {
        /// Snapshots taken in.
        public var accepted: UInt64 = 0
        /// Snapshots that are none, or name no instance.
        public var malformed: UInt64 = 0
        /// Snapshots of instances over the limit.
        public var tooManyInstances: UInt64 = 0
        /// Series over the limit.
        public var tooManySeries: UInt64 = 0
        /// Series that Prometheus would not read, and series given twice.
        public var invalidSeries: UInt64 = 0
    }

    private let limits: Limits
    private(set) var entries: [Key: Entry] = [:]
    /// What was counted so far.
    public private(set) var counts = Counts()

    /// An empty store.
    public init(limits: Limits = Limits()) {
        self.limits = limits
    }

    /// Takes in a snapshot heard at `now`, in place of the instance's previous one.
    public mutating func accept(_ snapshot: MetricsSnapshot, at now: Instant) {
        forget(at: now)
        let key = Key(service: snapshot.service, instance: snapshot.instance)
        guard isShort(key.service), isShort(key.instance), !key.service.isEmpty else { return counts.malformed += 1 }
        guard entries[key] != nil || entries.count < limits.instances else { return counts.tooManyInstances += 1 }
        entries[key] = Entry(metrics: valid(snapshot.metrics), heard: now)
        counts.accepted += 1
    }

    /// Counts a message that is no snapshot.
    public mutating func refuseMalformed() {
        counts.malformed += 1
    }

    /// Whether the instance has spoken lately enough.
    func isUp(_ entry: Entry, at now: Instant) -> Bool {
        now - entry.heard <= limits.staleAfter
    }

    /// Forgets the instances that have been silent for too long.
    mutating func forget(at now: Instant) {
        entries = entries.filter { now - $0.value.heard <= limits.forgottenAfter }
    }

    private mutating func valid(_ metrics: [Metric]) -> [Metric] {
        struct Series: Hashable {
            let name: String
            let labels: [String: String]
        }
        var seen: Set<Series> = []
        let valid = metrics.filter { isValid($0) && seen.insert(Series(name: $0.name, labels: $0.labels)).inserted }
        counts.invalidSeries += UInt64(metrics.count - valid.count)
        counts.tooManySeries += UInt64(max(valid.count - limits.series, 0))
        return Array(valid.prefix(limits.series))
    }

    /// The labels that tell a series' origin are the collector's own.
    private static let reservedLabels = ["service", "instance_id"]

    private func isValid(_ metric: Metric) -> Bool {
        guard Self.reservedLabels.allSatisfy({ metric.labels[$0] == nil }) else { return false }
        guard MetricName.isValid(metric.name), isShort(metric.name), metric.help.map(isShort) ?? true else { return false }
        guard metric.labels.allSatisfy({ MetricName.isValidLabel($0.key) && isShort($0.key) && isShort($0.value) }) else { return false }
        if case .histogram(let histogram) = metric.value {
            return histogram.isWellFormed && metric.labels["le"] == nil
        }
        return true
    }

    private func isShort(_ text: String) -> Bool { text.utf8.count <= limits.textLength }
}
