import Bus
import ServiceSupport
import Synchronization
import Timing

/// Collects the metrics that services publish on the bus and writes them for Prometheus.
public final class MetricsCollector: Sendable {
    /// The content type of ``text(own:at:)``.
    public static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    private struct State {
        var store: SnapshotStore
        var missed: UInt64 = 0
        var conflicts: UInt64 = 0
    }

    private let state: Mutex<State>

    /// A collector that has heard nothing.
    public init(limits: SnapshotStore.Limits = SnapshotStore.Limits()) {
        state = Mutex(State(store: SnapshotStore(limits: limits)))
    }

    /// Takes in what a subscriber heard at `now`.
    public func receive(_ incoming: Incoming, at now: Instant) {
        switch incoming {
        case .appeared: break
        case .gap(_, _, let missed): state.withLock { $0.missed = $0.missed.addingReportingOverflow(missed).partialValue }
        case .event(let envelope):
            guard envelope.topic == MetricsSnapshot.topic else { return }
            let snapshot = try? BusJSON.decode(MetricsSnapshot.self, from: envelope.body)
            state.withLock { state in
                if let snapshot { state.store.accept(snapshot, at: now) } else { state.store.refuseMalformed() }
            }
        }
    }

    /// What the collector itself has counted, for the metrics service's own registry.
    public func sample(into samples: inout MetricSamples) {
        let (counts, missed, conflicts) = state.withLock { ($0.store.counts, $0.missed, $0.conflicts) }
        samples.set(.collectedSnapshots, to: counts.accepted)
        samples.set(.missedMessages, to: missed)
        samples.set(.refusedSnapshots, ["reason": "malformed"], to: counts.malformed)
        samples.set(.refusedSnapshots, ["reason": "too_many_instances"], to: counts.tooManyInstances)
        samples.set(.refusedSnapshots, ["reason": "too_many_series"], to: counts.tooManySeries)
        samples.set(.refusedSnapshots, ["reason": "invalid_series"], to: counts.invalidSeries)
        samples.set(.refusedSnapshots, ["reason": "conflicting_kind"], to: conflicts)
    }

    /// All series of the instances that have spoken lately, whether each instance has, and the metrics service's `own`.
    public func text(own: MetricsSnapshot, at now: Instant) -> String {
        let store = state.withLock { state in
            state.store.forget(at: now)
            return state.store
        }
        var exposition = Exposition()
        exposition.add(own, isUp: true)
        // In a fixed order, so that of two kinds for one name always the same wins.
        for (key, entry) in store.entries.sorted(by: { ($0.key.service, $0.key.instance) < ($1.key.service, $1.key.instance) })
        where key != SnapshotStore.Key(service: own.service, instance: own.instance) {
            let isUp = store.isUp(entry, at: now)
            exposition.add(
                MetricsSnapshot(service: key.service, instance: key.instance, metrics: isUp ? entry.metrics : []), isUp: isUp)
        }
        exposition.resolveConflicts()
        let conflicts = exposition.conflicts
        state.withLock { $0.conflicts += conflicts }
        return exposition.text()
    }
}

extension Exposition {
    fileprivate mutating func add(_ snapshot: MetricsSnapshot, isUp: Bool) {
        let origin = ["service": snapshot.service, "instance_id": snapshot.instance]
        let up = MetricDescription.instanceUp
        add(Metric(name: up.name, help: up.help, value: .gauge(isUp ? 1 : 0)), origin: origin)
        // The collector alone says who is up.
        for metric in snapshot.metrics where metric.name != up.name { add(metric, origin: origin) }
    }
}
