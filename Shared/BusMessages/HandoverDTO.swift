/// The record of one flow handover.
public struct HandoverDTO: Hashable, Sendable, Codable {
    /// How a flow handover ended.
    public enum Outcome: String, Hashable, Sendable, Codable, CaseIterable {
        /// It has not.
        case open
        /// The flow is at its destination, nothing lost.
        case completed
        /// The flow is back at its source, nothing lost.
        case aborted
        /// Something was lost; ``HandoverDTO/reason`` says what.
        case failed
    }

    /// The phases of a flow handover, in the order in which they usually end.
    public enum Phase: String, Hashable, Sendable, Codable, CaseIterable {
        /// START is on its way to the destination.
        case arm
        /// The switches are turning the flow to the destination.
        case redirect
        /// The source is being given the rest of its packets.
        case fence
        /// The VNFs move the state.
        case transfer
        /// The destination confirms every frame that came through the controller.
        case release
    }

    /// How long each phase took, in milliseconds; nil for one that has not ended or did not occur. Phases overlap: they do not add
    /// up to the duration.
    public struct Phases: Hashable, Sendable, Codable {
        /// From START to the destination's acknowledgement.
        public var arm: Double?
        /// From the redirecting entries to the last direction's marker.
        public var redirect: Double?
        /// From START to the source's last acknowledgement.
        public var fence: Double?
        /// From the request to fetch the state until it is in place.
        public var transfer: Double?
        /// From there until frames pass straight through.
        public var release: Double?

        /// So long for each.
        public init(
            arm: Double? = nil, redirect: Double? = nil, fence: Double? = nil, transfer: Double? = nil, release: Double? = nil
        ) {
            self.arm = arm
            self.redirect = redirect
            self.fence = fence
            self.transfer = transfer
            self.release = release
        }
    }

    /// What passed through a buffer.
    public struct BufferUse: Hashable, Sendable, Codable {
        /// Packets buffered in all.
        public var packets: UInt64
        /// Their bytes.
        public var bytes: UInt64
        /// The most packets at one time.
        public var peakPackets: UInt64

        /// So much in all and at the most.
        public init(packets: UInt64 = 0, bytes: UInt64 = 0, peakPackets: UInt64 = 0) {
            self.packets = packets
            self.bytes = bytes
            self.peakPackets = peakPackets
        }
    }

    /// The greatest number a record may have, for the sake of readers whose integers are signed.
    public static let greatestID = UInt64(Int64.max)

    /// The record's number: rising, never used twice by one controller process.
    public let id: UInt64
    /// The rule that caused the handover.
    public let rule: String
    /// The flow of the forward direction, for people: `udp 10.0.0.1:5000 > 10.0.0.2:7`.
    public let flow: String
    /// The VNF that gives the flow away.
    public let source: UInt16
    /// The VNF that takes it.
    public let destination: UInt16
    /// Who detects and buffers.
    public let mode: RuleSpecification.Mode
    /// Why that.
    public let modeReason: String?
    /// How it ended.
    public let outcome: Outcome
    /// The phase that it waits for while open.
    public let phase: Phase?
    /// When it started, in milliseconds since 1970.
    public let startedAtMs: Int64
    /// How long it took, in milliseconds; nil while open.
    public let durationMs: Double?
    /// How long its phases took.
    public let phasesMs: Phases
    /// What the controller buffered.
    public let controllerBuffered: BufferUse
    /// What the destination's HSL buffered.
    public let vnfBuffered: BufferUse
    /// Packets known to be lost.
    public let lostPackets: UInt64
    /// Why it did not complete, or what could not be guaranteed.
    public let reason: String?

    /// A record.
    public init(
        id: UInt64, rule: String, flow: String, source: UInt16, destination: UInt16, mode: RuleSpecification.Mode,
        modeReason: String? = nil, outcome: Outcome, phase: Phase? = nil, startedAtMs: Int64,
        durationMs: Double? = nil, phasesMs: Phases = Phases(), controllerBuffered: BufferUse = BufferUse(),
        vnfBuffered: BufferUse = BufferUse(), lostPackets: UInt64 = 0, reason: String? = nil
    ) {
        self.id = id
        self.rule = rule
        self.flow = flow
        self.source = source
        self.destination = destination
        self.mode = mode
        self.modeReason = modeReason
        self.outcome = outcome
        self.phase = phase
        self.startedAtMs = startedAtMs
        self.durationMs = durationMs
        self.phasesMs = phasesMs
        self.controllerBuffered = controllerBuffered
        self.vnfBuffered = vnfBuffered
        self.lostPackets = lostPackets
        self.reason = reason
    }
}

/// Some of the handover records, those with lower numbers first.
public struct HandoverPage: Hashable, Sendable, Codable {
    /// The most records that a page holds.
    public static let limit: UInt16 = 1_000

    /// The records.
    public let handovers: [HandoverDTO]
    /// What to give as `after` for the next page; nil when this is the last.
    public let next: UInt64?

    /// A page of records.
    public init(handovers: [HandoverDTO], next: UInt64? = nil) {
        self.handovers = handovers
        self.next = next
    }
}
