import HandoverEngine
import Metrics
import ServiceSupport
import Synchronization
import Timing

/// The controller's metrics: those of handovers as they end, and those of the engine as it last was.
public final class HandoverMetrics: Sendable {
    private struct Gauges {
        var counters = HandoverEngine.Counters()
        var held = BufferCount()
        var open = 0
        var switches = 0
        var malformedOpenFlow = 0
    }

    private let gauges = Mutex(Gauges())

    /// The metrics of one controller, which `registry` asks for.
    public init(in registry: MetricsRegistry) {
        registry.declare(MetricDescription.ofController)
        registry.addSampler { [self] samples in sample(&samples) }
    }

    /// Takes in how an ended handover went.
    func record(_ record: HandoverRecord) {
        guard record.outcome != .open else { return }
        MetricDescription.handovers.counter(["outcome": record.outcome.rawValue]).increment()
        if let duration = record.duration { MetricDescription.handoverDuration.timer().recordNanoseconds(duration.nanoseconds) }
        for (phase, length) in record.phases {
            MetricDescription.handoverPhase.timer(["phase": phase.rawValue]).recordNanoseconds(length.nanoseconds)
        }
    }

    /// Takes in what the engine counts and holds now.
    public func update(_ engine: Engine, switches: Int, malformedOpenFlow: Int) {
        let now = Gauges(
            counters: engine.counters, held: engine.held, open: engine.openHandovers, switches: switches,
            malformedOpenFlow: malformedOpenFlow)
        gauges.withLock { $0 = now }
    }

    private func sample(_ samples: inout MetricSamples) {
        let now = gauges.withLock { $0 }
        samples.set(.openHandovers, to: now.open)
        samples.set(.controllerBufferedPackets, to: now.held.packets)
        samples.set(.controllerBufferedBytes, to: now.held.bytes)
        samples.set(.controllerPacketIns, to: now.counters.packetIns)
        samples.set(.controllerLostPackets, to: now.counters.lostOnTheWay)
        samples.set(.connectedSwitches, to: now.switches)
        samples.set(.malformedMessages, ["protocol": "openflow"], to: now.malformedOpenFlow)
        samples.set(.malformedMessages, ["protocol": "control_frame"], to: now.counters.malformedControlFrames)
        for (what, count) in now.counters.exceptions { samples.set(.controllerExceptions, ["what": what], to: count) }
    }
}

extension HandoverEngine.Counters {
    /// What was not as promised, under the labels of the metric.
    fileprivate var exceptions: [(what: String, count: Int)] {
        [
            ("late_packet", lateDetections), ("forced_closing", forcedClosings), ("dropped_at_limit", droppedAtLimit),
            ("refused_handover", refusedDetections), ("waited_for_turn", waitedForTurn),
            ("delivered_directly", deliveredDirectly), ("unreadable_packet", unreadableFrames), ("undeliverable_packet", undeliverable),
            ("stray_control_frame", strayControlFrames), ("untrusted_control_frame", untrustedControlFrames),
            ("host_not_learned", hostsNotLearned), ("switch_error", switchErrors), ("packet_elsewhere", packetsElsewhere),
            ("unknown_whereabouts", unknownWhereabouts), ("missed_count", missedCounts),
        ]
    }
}
