/// What the controller answers to a ``ControllerRequest``.
///
/// In JSON `{"version":1,"reply":"rule","body":{…}}`. Unknown fields within the body are skipped, so that a newer controller may say
/// more.
public enum ControllerReply: Hashable, Sendable {
    /// One switch.
    case `switch`(SwitchDTO)
    /// All switches.
    case switches([SwitchDTO])
    /// One group.
    case group(GroupDTO)
    /// All groups.
    case groups([GroupDTO])
    /// One VNF.
    case vnf(VNFDTO)
    /// All VNFs.
    case vnfs([VNFDTO])
    /// The drain of a VNF.
    case drain(DrainDTO)
    /// One rule.
    case rule(RuleDTO)
    /// All rules.
    case rules([RuleDTO])
    /// One handover record.
    case handover(HandoverDTO)
    /// Some handover records.
    case handovers(HandoverPage)
    /// Everything.
    case snapshot(SnapshotDTO)
    /// The controller is there.
    case alive
    /// The request cannot be carried out.
    case refused(Refusal)
}

/// Why a request is not carried out.
public struct Refusal: Error, Hashable, Sendable, Codable {
    /// The kind of reason, in HTTP's terms.
    public enum Status: String, Hashable, Sendable, Codable, CaseIterable {
        /// The request contradicts itself or cannot be read (400).
        case badRequest
        /// What it names does not exist (404).
        case notFound
        /// It contradicts what exists (409).
        case conflict
        /// Not now: a limit is reached, or a switch is away (503).
        case unavailable
    }

    /// The kind of reason.
    public let status: Status
    /// The field at fault, as a path from the top of the object that was sent: `destination.vnf`.
    public let field: String?
    /// The reason for people, with the name of what is unknown or in conflict.
    public let message: String

    /// A reason.
    public init(_ status: Status, field: String? = nil, _ message: String) {
        self.status = status
        self.field = field
        self.message = message
    }
}

/// Everything that the controller knows, at one point in its stream of events.
public struct SnapshotDTO: Hashable, Sendable, Codable {
    /// How many events the controller had published when it was taken, all topics together; their effect is contained.
    public let sequence: UInt64
    /// All switches.
    public let switches: [SwitchDTO]
    /// All groups.
    public let groups: [GroupDTO]
    /// All VNFs.
    public let vnfs: [VNFDTO]
    /// All rules.
    public let rules: [RuleDTO]
    /// The open handovers.
    public let handovers: [HandoverDTO]

    /// A snapshot.
    public init(
        sequence: UInt64, switches: [SwitchDTO], groups: [GroupDTO], vnfs: [VNFDTO], rules: [RuleDTO], handovers: [HandoverDTO]
    ) {
        self.sequence = sequence
        self.switches = switches
        self.groups = groups
        self.vnfs = vnfs
        self.rules = rules
        self.handovers = handovers
    }
}

extension ControllerReply: Codable {
    private enum Name: String {
        case `switch`, switches, group, groups, vnf, vnfs, drain, rule, rules, handover, handovers, snapshot, alive, refused
    }

    private enum CodingKeys: String, CodingKey { case version, reply, body }

    /// Reads a reply.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        try fields.checkVersion(.version)
        func body<Body: Decodable>(_: Body.Type = Body.self) throws -> Body { try fields.decode(Body.self, forKey: .body) }
        switch Name(rawValue: try fields.decode(String.self, forKey: .reply)) {
        case .switch: self = .switch(try body())
        case .switches: self = .switches(try body())
        case .group: self = .group(try body())
        case .groups: self = .groups(try body())
        case .vnf: self = .vnf(try body())
        case .vnfs: self = .vnfs(try body())
        case .drain: self = .drain(try body())
        case .rule: self = .rule(try body())
        case .rules: self = .rules(try body())
        case .handover: self = .handover(try body())
        case .handovers: self = .handovers(try body())
        case .snapshot: self = .snapshot(try body())
        case .alive: self = .alive
        case .refused: self = .refused(try body())
        case nil: throw fields.error(.reply, "is not known")
        }
    }

    /// Writes the reply with its name and version.
    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(MessageCodec.version, forKey: .version)
        func write(_ name: Name, _ body: (any Encodable)? = nil) throws {
            try fields.encode(name.rawValue, forKey: .reply)
            if let body { try fields.encode(body, forKey: .body) }
        }
        switch self {
        case .switch(let body): try write(.switch, body)
        case .switches(let body): try write(.switches, body)
        case .group(let body): try write(.group, body)
        case .groups(let body): try write(.groups, body)
        case .vnf(let body): try write(.vnf, body)
        case .vnfs(let body): try write(.vnfs, body)
        case .drain(let body): try write(.drain, body)
        case .rule(let body): try write(.rule, body)
        case .rules(let body): try write(.rules, body)
        case .handover(let body): try write(.handover, body)
        case .handovers(let body): try write(.handovers, body)
        case .snapshot(let body): try write(.snapshot, body)
        case .alive: try write(.alive)
        case .refused(let body): try write(.refused, body)
        }
    }
}
