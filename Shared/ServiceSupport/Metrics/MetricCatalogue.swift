import Metrics

/// Every metric of the system. A service declares its own at its start, so that each series is there from the first scrape.
extension MetricDescription {
    /// Metrics of the controller.
    public static let ofController = [
        handovers, openHandovers, handoverDuration, handoverPhase, controllerBufferedPackets, controllerBufferedBytes,
        controllerPacketIns, controllerLostPackets, connectedSwitches, malformedMessages, controllerExceptions,
    ]
    /// Metrics of the HSL agent.
    public static let ofAgent = [hslBufferedPackets, hslForwardedPackets, hslDroppedPackets]
    /// Metrics of the metrics service itself.
    public static let ofCollector = [collectedSnapshots, refusedSnapshots, missedMessages, instanceUp]
    /// Metrics of every service that is on the bus.
    public static let ofEveryService = [busPublished, busDropped, refusedSeries]

    /// Flow handovers that ended.
    public static let handovers = MetricDescription(
        "sharp_handovers_total", .counter, "Flow handovers that ended, by outcome.",
        labels: [Label("outcome", ["completed", "aborted", "failed"])])
    /// Flow handovers under way.
    public static let openHandovers = MetricDescription("sharp_handovers_open", .gauge, "Flow handovers that have begun and not ended.")
    /// From a flow's detection to its end.
    public static let handoverDuration = MetricDescription(
        "sharp_handover_duration_seconds", .histogram, "Time from the detection of a flow to the end of its handover.")
    /// The parts of a handover's duration.
    public static let handoverPhase = MetricDescription(
        "sharp_handover_phase_seconds", .histogram, "Time that a flow handover spent in each phase.",
        labels: [Label("phase", ["arm", "redirect", "fence", "transfer", "release"])])
    /// Packets held by the controller.
    public static let controllerBufferedPackets = MetricDescription(
        "sharp_controller_buffered_packets", .gauge, "Packets that the controller holds for handovers now.")
    /// Bytes held by the controller.
    public static let controllerBufferedBytes = MetricDescription(
        "sharp_controller_buffered_bytes", .gauge, "Bytes of the packets that the controller holds for handovers now.")
    /// Packet-ins of all switches.
    public static let controllerPacketIns = MetricDescription(
        "sharp_controller_packet_ins_total", .counter, "Packet-in messages received from all switches.")
    /// Packet-ins that never came.
    public static let controllerLostPackets = MetricDescription(
        "sharp_controller_lost_packets_total", .counter,
        "Packets that switches had for the controller and that were lost on the way, most often because it was away.")
    /// Switches with a finished handshake.
    public static let connectedSwitches = MetricDescription(
        "sharp_controller_connected_switches", .gauge, "Switches connected to the controller now.")
    /// Bytes from outside that were no message.
    public static let malformedMessages = MetricDescription(
        "sharp_controller_malformed_messages_total", .counter, "Messages that could not be read, by protocol.",
        labels: [Label("protocol", ["openflow", "control_frame", "bus"])])

    /// What the controller could not do as promised.
    public static let controllerExceptions = MetricDescription(
        "sharp_controller_exceptions_total", .counter,
        "Packets, frames and detections that the controller could not treat as promised, by what it was.",
        labels: [
            Label(
                "what",
                [
                    "late_packet", "forced_closing", "dropped_at_limit", "refused_handover", "delivered_directly", "unreadable_packet",
                    "undeliverable_packet",
                    "stray_control_frame", "untrusted_control_frame", "host_not_learned", "switch_error",
                ])
        ])

    /// Packets held by an HSL agent.
    public static let hslBufferedPackets = MetricDescription(
        "sharp_hsl_buffered_packets", .gauge, "Packets that the HSL holds for handovers now, by buffer.",
        labels: [Label("vnf"), Label("buffer", ["control", "switch"])])
    /// Frames passed on.
    public static let hslForwardedPackets = MetricDescription(
        "sharp_hsl_forwarded_packets_total", .counter, "Frames that the HSL passed on, both ways.")
    /// Frames lost.
    public static let hslDroppedPackets = MetricDescription(
        "sharp_hsl_dropped_packets_total", .counter, "Frames that the HSL or its sockets dropped, by reason.",
        labels: [
            Label(
                "reason",
                ["kernel", "buffer_full", "send_failed", "malformed", "unauthenticated", "replayed", "forged_by_function", "abandoned"])
        ])

    /// Snapshots taken in by the metrics service.
    public static let collectedSnapshots = MetricDescription(
        "sharp_metrics_snapshots_total", .counter, "Snapshots of services' metrics that were taken in.")
    /// Snapshots and series not taken in.
    public static let refusedSnapshots = MetricDescription(
        "sharp_metrics_refused_total", .counter, "Snapshots and series that were not taken in, by reason.",
        labels: [Label("reason", ["malformed", "too_many_instances", "too_many_series", "invalid_series", "conflicting_kind"])])
    /// Messages lost on the way to the metrics service.
    public static let missedMessages = MetricDescription(
        "sharp_metrics_missed_messages_total", .counter, "Messages lost on the bus, as gaps in their numbers tell.")
    /// Which instances speak.
    public static let instanceUp = MetricDescription(
        "sharp_metrics_instance_up", .gauge, "Whether a service instance has published its metrics within the last 30 seconds.",
        labels: [Label("service"), Label("instance_id")])

    /// Events handed to the bus.
    public static let busPublished = MetricDescription(
        "sharp_bus_published_messages_total", .counter, "Messages that this service handed to the bus.")
    /// Events that found no room.
    public static let busDropped = MetricDescription(
        "sharp_bus_dropped_messages_total", .counter, "Messages that this service dropped because its queue was full.")
    /// Series over the limit.
    public static let refusedSeries = MetricDescription(
        "sharp_metric_series_refused_total", .counter,
        "Attempts to record a metric that were refused: too many series, or another kind than the name has.")

    /// What the catalogue says of a metric's name.
    public static func help(of name: String) -> String? { byName[name]?.help }

    static let byName = Dictionary(
        (ofController + ofAgent + ofCollector + ofEveryService).map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
}

extension MetricDescription {
    /// The counter of one series.
    public func counter(_ labels: [String: String] = [:]) -> Counter {
        Counter(label: name, dimensions: labels.map { ($0.key, $0.value) })
    }

    /// The gauge of one series.
    public func gauge(_ labels: [String: String] = [:]) -> Gauge {
        Gauge(label: name, dimensions: labels.map { ($0.key, $0.value) })
    }

    /// The timer that feeds one series of a histogram in seconds.
    public func timer(_ labels: [String: String] = [:]) -> Timer {
        Timer(label: name, dimensions: labels.map { ($0.key, $0.value) })
    }
}
