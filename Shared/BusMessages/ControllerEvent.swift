/// What the controller publishes: the new state of whatever changed. An event lost is made good by the next of the same thing.
///
/// In JSON `{"version":1,"event":"rule","body":{…}}`, on the bus topic that ``topic`` names.
public enum ControllerEvent: Hashable, Sendable {
    /// A handover began, passed a phase or ended.
    case handover(HandoverDTO)
    /// A rule changed its state or counts.
    case rule(RuleDTO)
    /// A switch was registered, came or went.
    case `switch`(SwitchDTO)
    /// The controller's counters, from time to time.
    case counters(ControllerCounters)

    /// The bus topics, which are also the names of the events.
    public enum Topic: String, Hashable, Sendable, Codable, CaseIterable {
        /// Of ``ControllerEvent/handover(_:)``.
        case handover
        /// Of ``ControllerEvent/rule(_:)``.
        case rule
        /// Of ``ControllerEvent/switch(_:)``.
        case `switch`
        /// Of ``ControllerEvent/counters(_:)``.
        case counters
    }

    /// The topic that the event is published on.
    public var topic: Topic {
        switch self {
        case .handover: .handover
        case .rule: .rule
        case .switch: .switch
        case .counters: .counters
        }
    }
}

/// The controller's counters and gauges, for a page or a log; metrics have a way of their own.
public struct ControllerCounters: Hashable, Sendable, Codable {
    /// Packets that switches have sent.
    public var packetIns: UInt64
    /// Packets in the controller's buffers now.
    public var bufferedPackets: UInt64
    /// Bytes in the controller's buffers now.
    public var bufferedBytes: UInt64
    /// Packets dropped, for whatever reason.
    public var droppedPackets: UInt64
    /// Handovers by outcome.
    public var handovers: RuleDTO.Counts

    /// So much of each.
    public init(
        packetIns: UInt64 = 0, bufferedPackets: UInt64 = 0, bufferedBytes: UInt64 = 0, droppedPackets: UInt64 = 0,
        handovers: RuleDTO.Counts = RuleDTO.Counts()
    ) {
        self.packetIns = packetIns
        self.bufferedPackets = bufferedPackets
        self.bufferedBytes = bufferedBytes
        self.droppedPackets = droppedPackets
        self.handovers = handovers
    }
}

extension ControllerEvent: Codable {
    private enum CodingKeys: String, CodingKey { case version, event, body }

    /// Reads an event.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        try fields.checkVersion(.version)
        switch Topic(rawValue: try fields.decode(String.self, forKey: .event)) {
        case .handover: self = .handover(try fields.decode(HandoverDTO.self, forKey: .body))
        case .rule: self = .rule(try fields.decode(RuleDTO.self, forKey: .body))
        case .switch: self = .switch(try fields.decode(SwitchDTO.self, forKey: .body))
        case .counters: self = .counters(try fields.decode(ControllerCounters.self, forKey: .body))
        case nil: throw fields.error(.event, "is not known")
        }
    }

    /// Writes the event with its name and version.
    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(MessageCodec.version, forKey: .version)
        try fields.encode(topic, forKey: .event)
        switch self {
        case .handover(let body): try fields.encode(body, forKey: .body)
        case .rule(let body): try fields.encode(body, forKey: .body)
        case .switch(let body): try fields.encode(body, forKey: .body)
        case .counters(let body): try fields.encode(body, forKey: .body)
        }
    }
}
