import Frames

/// A rule as an orchestrator asks for it.
public struct RuleSpecification: Hashable, Sendable {
    /// When the handovers of a rule's flows start.
    public enum Start: String, Hashable, Sendable, Codable, CaseIterable {
        /// Each flow's at first sight, while detection goes on for others.
        case perFlow
        /// All together at the end of detection, for VNFs whose state is shared between flows.
        case group
    }

    /// Who detects and buffers.
    public enum Mode: String, Hashable, Sendable, Codable, CaseIterable {
        /// The controller, as in the paper.
        case sharp
        /// The destination's HSL; no packet goes through the controller. What starts as a group is always moved so.
        case direct
        /// The controller, which keeps every packet until the state is at the destination, as OpenNF does. For measurements only.
        case opennf
    }

    /// The instance that takes the flows.
    public enum Destination: Hashable, Sendable {
        /// By number.
        case vnf(UInt16)
        /// By the Ethernet address of one of its interfaces.
        case mac(MACAddress)
        /// By the switch port of one of its interfaces.
        case port(PortReference, switch: String)
    }

    /// The flows of the forward direction.
    public let match: MatchDTO
    /// The flows of the reverse direction where they are not the mirror of `match`, as behind address translation.
    public let reverseMatch: MatchDTO?
    /// Which rule takes a flow that several cover: the highest. 1…30,000, for the steering table has two levels for each.
    public let priority: UInt16
    /// Where the flows go.
    public let destination: Destination
    /// Whether the reverse direction moves with the forward one.
    public let bidirectional: Bool
    /// When handovers start.
    public let start: Start
    /// How long a flow may be silent during detection and still count as existing, in milliseconds, 1…65,535,000.
    public let maximumSilenceMs: UInt32
    /// When detection ends although flows go on appearing, in milliseconds, 1…65,535,000 and not below ``maximumSilenceMs``.
    public let maximumDetectionMs: UInt32
    /// Who detects and buffers; nil leaves that to the controller, which chooses direct mode where every instance can.
    public let mode: Mode?

    /// A rule with its defaults; a `reverseMatch` goes with `bidirectional` and `start: .group` only, and that with `mode: .direct`.
    public init(
        match: MatchDTO, reverseMatch: MatchDTO? = nil, priority: UInt16 = 100, destination: Destination, bidirectional: Bool = true,
        start: Start? = nil, maximumSilenceMs: UInt32 = 1_000, maximumDetectionMs: UInt32? = nil, mode: Mode? = nil
    ) {
        self.match = match
        self.reverseMatch = reverseMatch
        self.priority = priority
        self.destination = destination
        self.bidirectional = bidirectional
        self.start = start ?? (reverseMatch == nil ? .perFlow : .group)
        self.maximumSilenceMs = maximumSilenceMs
        self.maximumDetectionMs = maximumDetectionMs ?? max(30_000, maximumSilenceMs)
        self.mode = mode ?? (self.start == .group ? .direct : nil)
    }
}

extension RuleSpecification: Codable {
    enum CodingKeys: String, CodingKey, CaseIterable {
        case match, reverseMatch, priority, destination, bidirectional, start, maximumSilenceMs, maximumDetectionMs, mode
    }

    /// Reads the fields and refuses others and contradictions.
    public init(from decoder: any Decoder) throws {
        try self.init(fields: try decoder.object(of: CodingKeys.self))
    }

    private init(fields: KeyedDecodingContainer<CodingKeys>) throws {
        try self.init(fields: fields, mode: try fields.optionalChoice(.mode, of: Mode.self))
    }

    /// The fields but for the mode, and the mode that was asked for.
    fileprivate init(fields: KeyedDecodingContainer<CodingKeys>, mode: Mode?) throws {
        self.init(
            match: try fields.decode(MatchDTO.self, forKey: .match),
            reverseMatch: try fields.decodeIfPresent(MatchDTO.self, forKey: .reverseMatch),
            priority: try fields.optionalInteger(.priority, in: 1...30_000) ?? 100,
            destination: try fields.decode(Destination.self, forKey: .destination),
            bidirectional: try fields.decodeIfPresent(Bool.self, forKey: .bidirectional) ?? true,
            start: try fields.optionalChoice(.start, of: Start.self),
            maximumSilenceMs: try fields.optionalInteger(.maximumSilenceMs, in: 1...65_535_000) ?? 1_000,
            maximumDetectionMs: try fields.optionalInteger(.maximumDetectionMs, in: 1...65_535_000),
            mode: mode)
        guard reverseMatch == nil || bidirectional else { throw fields.error(.reverseMatch, "contradicts bidirectional: false") }
        guard maximumDetectionMs >= maximumSilenceMs else { throw fields.error(.maximumDetectionMs, "is below maximumSilenceMs") }
        if start == .group, let mode, mode != .direct { throw fields.error(.mode, "cannot be \(mode) with start: group") }
        guard reverseMatch == nil || start == .group else { throw fields.error(.reverseMatch, "needs start: group") }
    }
}

extension RuleSpecification.Destination: Codable {
    enum CodingKeys: String, CodingKey, CaseIterable { case vnf, mac, `switch`, port }

    /// Reads `{"vnf":2}`, `{"mac":"02:…"}` or `{"switch":"s1","port":"s1-v2"}`.
    public init(from decoder: any Decoder) throws {
        let present = try decoder.object(of: CodingKeys.self)
        if present.contains(.mac) {
            self = .mac(try decoder.object(only: [CodingKeys.mac]).decode(MACAddress.self, forKey: .mac))
        } else if present.contains(.switch) || present.contains(.port) {
            let fields = try decoder.object(only: [CodingKeys.switch, .port])
            self = .port(try fields.decode(PortReference.self, forKey: .port), switch: try fields.identifier(.switch))
        } else {
            self = .vnf(try decoder.object(only: [CodingKeys.vnf]).integer(.vnf, in: 1...UInt16.max))
        }
    }

    /// Writes the fields that name the destination.
    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .vnf(let id): try fields.encode(id, forKey: .vnf)
        case .mac(let address): try fields.encode(address, forKey: .mac)
        case .port(let port, let id):
            try fields.encode(port, forKey: .port)
            try fields.encode(id, forKey: .switch)
        }
    }
}

/// A rule and how far it has come.
public struct RuleDTO: Hashable, Sendable {
    /// The states that a rule goes through, in this order; ``failed`` from any of the first three.
    public enum State: String, Hashable, Sendable, Codable, CaseIterable {
        /// Accepted; its entries are not in the switches yet.
        case pending
        /// Detection runs: existing flows are being found.
        case detecting
        /// Detection is over; flows are still on their way.
        case moving
        /// Every flow is at the destination.
        case settled
        /// It could not be carried out; ``RuleDTO/reason`` says why.
        case failed
        /// Deleted; its flows are being handed back.
        case removing
        /// Deleted and gone from the switches.
        case removed
    }

    /// How many flow handovers the rule caused, by how they ended.
    public struct Counts: Hashable, Sendable, Codable {
        /// Those under way.
        public var open: UInt64
        /// Those whose flow is at its destination, nothing lost.
        public var completed: UInt64
        /// Those whose flow is back at its source, nothing lost.
        public var aborted: UInt64
        /// Those that lost something.
        public var failed: UInt64

        /// So many of each.
        public init(open: UInt64 = 0, completed: UInt64 = 0, aborted: UInt64 = 0, failed: UInt64 = 0) {
            self.open = open
            self.completed = completed
            self.aborted = aborted
            self.failed = failed
        }
    }

    /// The rule's identifier.
    public let id: String
    /// The group of the destination.
    public let group: String
    /// What was asked for.
    public let specification: RuleSpecification
    /// Who detects and buffers: what was asked for, or what the controller chose; nil while it does not know what the instances can.
    public let mode: RuleSpecification.Mode?
    /// Why that.
    public let modeReason: String?
    /// How far it has come.
    public let state: State
    /// Its flow handovers.
    public let handovers: Counts
    /// Packets of its flows that were lost on their way to the controller while they were detected, because it was away.
    public let lostPackets: UInt64
    /// Why it failed.
    public let reason: String?

    /// A rule in its present state.
    public init(
        id: String, group: String, specification: RuleSpecification, mode: RuleSpecification.Mode? = nil, modeReason: String? = nil,
        state: State, handovers: Counts = Counts(), lostPackets: UInt64 = 0, reason: String? = nil
    ) {
        self.id = id
        self.group = group
        self.specification = specification
        self.mode = mode ?? specification.mode
        self.modeReason = modeReason
        self.state = state
        self.handovers = handovers
        self.lostPackets = lostPackets
        self.reason = reason
    }
}

extension RuleDTO: Codable {
    enum CodingKeys: String, CodingKey { case id, group, mode, askedMode, modeReason, state, handovers, lostPackets, reason }

    /// Reads the rule's own fields and, beside them, those of its specification: `askedMode` is its mode there, `mode` the rule's.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            id: try fields.identifier(.id),
            group: try fields.identifier(.group),
            specification: try RuleSpecification(
                fields: try decoder.container(keyedBy: RuleSpecification.CodingKeys.self),
                mode: try fields.optionalChoice(.askedMode, of: RuleSpecification.Mode.self)),
            mode: try fields.optionalChoice(.mode, of: RuleSpecification.Mode.self),
            modeReason: try fields.decodeIfPresent(String.self, forKey: .modeReason),
            state: try fields.decode(State.self, forKey: .state),
            handovers: try fields.decode(Counts.self, forKey: .handovers),
            lostPackets: try fields.decodeIfPresent(UInt64.self, forKey: .lostPackets) ?? 0,
            reason: try fields.decodeIfPresent(String.self, forKey: .reason))
    }

    /// Writes the specification's fields and, beside them, the rule's own.
    public func encode(to encoder: any Encoder) throws {
        try specification.encode(to: encoder)
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(id, forKey: .id)
        try fields.encode(group, forKey: .group)
        // In place of the one that was asked for.
        try fields.encodeIfPresent(mode, forKey: .mode)
        try fields.encodeIfPresent(specification.mode, forKey: .askedMode)
        try fields.encodeIfPresent(modeReason, forKey: .modeReason)
        try fields.encode(state, forKey: .state)
        try fields.encode(handovers, forKey: .handovers)
        try fields.encode(lostPackets, forKey: .lostPackets)
        try fields.encodeIfPresent(reason, forKey: .reason)
    }
}
