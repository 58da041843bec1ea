/// What can be asked of the controller on its request socket.
///
/// In JSON `{"version":1,"request":"createRule","id":"r1","rule":{…}}`. A request that has been carried out may be repeated: the
/// answer is the same.
public enum ControllerRequest: Hashable, Sendable {
    /// Register a switch. Answered with `.switch`; a conflict if the name or the datapath is in use otherwise.
    case putSwitch(SwitchSpecification)
    /// Register a VNF group. Answered with `.group`.
    case putGroup(GroupDTO)
    /// Register a VNF. Answered with `.vnf`.
    case putVNF(VNFDTO)
    /// Create a rule under an identifier that the requester chose at random, so that it may ask again when no answer came: the same
    /// rule under the same identifier is answered as at first, another one is a conflict. Answered with `.rule`.
    case createRule(id: String, RuleSpecification)
    /// Hand the rule's flows back and remove it. Answered with `.rule`.
    case deleteRule(id: String)
    /// All switches. Answered with `.switches`.
    case listSwitches
    /// One switch. Answered with `.switch`.
    case getSwitch(id: String)
    /// All groups. Answered with `.groups`.
    case listGroups
    /// One group. Answered with `.group`.
    case getGroup(id: String)
    /// All VNFs. Answered with `.vnfs`.
    case listVNFs
    /// One VNF. Answered with `.vnf`.
    case getVNF(id: UInt16)
    /// Take a VNF out of service: all its flows go to another one, and new ones too. Answered with `.drain`; the same again with what it was.
    case drainVNF(id: UInt16, DrainSpecification)
    /// How far that is. Answered with `.drain`.
    case getDrain(id: UInt16)
    /// Put the VNF back into service: its flows go back. Answered with `.drain`.
    case endDrain(id: UInt16)
    /// All rules. Answered with `.rules`.
    case listRules
    /// One rule. Answered with `.rule`.
    case getRule(id: String)
    /// The handover records with numbers above `after`, of one rule or of all, the lowest first and at most `limit` (1…1,000).
    /// Answered with `.handovers`.
    case listHandovers(rule: String?, limit: UInt16, after: UInt64?)
    /// One handover record. Answered with `.handover`.
    case getHandover(id: UInt64)
    /// Everything, for a subscriber that missed events. Answered with `.snapshot`.
    case snapshot
    /// Nothing but an answer. Answered with `.alive`.
    case ping
}

extension ControllerRequest: Codable {
    private enum Name: String, Codable {
        case putSwitch, putGroup, putVNF, createRule, deleteRule, listSwitches, getSwitch, listGroups, getGroup, listVNFs, getVNF
        case drainVNF, getDrain, endDrain
        case listRules, getRule, listHandovers, getHandover, snapshot, ping

        /// The fields that the request has besides its name.
        var fields: [CodingKeys] {
            switch self {
            case .putSwitch: [.switch]
            case .putGroup: [.group]
            case .putVNF: [.vnf]
            case .createRule: [.id, .rule]
            case .deleteRule, .getSwitch, .getGroup, .getVNF, .getRule, .getHandover, .getDrain, .endDrain: [.id]
            case .drainVNF: [.id, .drain]
            case .listHandovers: [.rule, .limit, .after]
            case .listSwitches, .listGroups, .listVNFs, .listRules, .snapshot, .ping: []
            }
        }
    }

    private enum CodingKeys: String, CodingKey { case version, request, `switch`, group, vnf, id, rule, drain, limit, after }

    /// Reads a request; a field that it does not have is refused.
    public init(from decoder: any Decoder) throws {
        let head = try decoder.container(keyedBy: CodingKeys.self)
        try head.checkVersion(.version)
        guard let name = Name(rawValue: try head.decode(String.self, forKey: .request)) else {
            throw head.error(.request, "is not known")
        }
        let fields = try decoder.object(only: [.version, .request] + name.fields)
        switch name {
        case .putSwitch: self = .putSwitch(try fields.decode(SwitchSpecification.self, forKey: .switch))
        case .putGroup: self = .putGroup(try fields.decode(GroupDTO.self, forKey: .group))
        case .putVNF: self = .putVNF(try fields.decode(VNFDTO.self, forKey: .vnf))
        case .createRule:
            self = .createRule(id: try fields.identifier(.id), try fields.decode(RuleSpecification.self, forKey: .rule))
        case .deleteRule: self = .deleteRule(id: try fields.identifier(.id))
        case .listSwitches: self = .listSwitches
        case .getSwitch: self = .getSwitch(id: try fields.identifier(.id))
        case .listGroups: self = .listGroups
        case .getGroup: self = .getGroup(id: try fields.identifier(.id))
        case .listVNFs: self = .listVNFs
        case .getVNF: self = .getVNF(id: try fields.integer(.id, in: 1...UInt16.max))
        case .drainVNF:
            self = .drainVNF(
                id: try fields.integer(.id, in: 1...UInt16.max), try fields.decode(DrainSpecification.self, forKey: .drain))
        case .getDrain: self = .getDrain(id: try fields.integer(.id, in: 1...UInt16.max))
        case .endDrain: self = .endDrain(id: try fields.integer(.id, in: 1...UInt16.max))
        case .listRules: self = .listRules
        case .getRule: self = .getRule(id: try fields.identifier(.id))
        case .listHandovers:
            self = .listHandovers(
                rule: fields.contains(.rule) ? try fields.identifier(.rule) : nil,
                limit: try fields.integer(.limit, in: 1...HandoverPage.limit),
                after: try fields.optionalInteger(.after, in: 0...HandoverDTO.greatestID))
        case .getHandover: self = .getHandover(id: try fields.integer(.id, in: 0...HandoverDTO.greatestID))
        case .snapshot: self = .snapshot
        case .ping: self = .ping
        }
    }

    /// Writes the request with its name and version.
    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(MessageCodec.version, forKey: .version)
        try fields.encode(name, forKey: .request)
        switch self {
        case .putSwitch(let specification): try fields.encode(specification, forKey: .switch)
        case .putGroup(let group): try fields.encode(group, forKey: .group)
        case .putVNF(let vnf): try fields.encode(vnf, forKey: .vnf)
        case .createRule(let id, let rule):
            try fields.encode(id, forKey: .id)
            try fields.encode(rule, forKey: .rule)
        case .deleteRule(let id), .getSwitch(let id), .getGroup(let id), .getRule(let id): try fields.encode(id, forKey: .id)
        case .getVNF(let id), .getDrain(let id), .endDrain(let id): try fields.encode(id, forKey: .id)
        case .drainVNF(let id, let drain):
            try fields.encode(id, forKey: .id)
            try fields.encode(drain, forKey: .drain)
        case .getHandover(let id): try fields.encode(id, forKey: .id)
        case .listHandovers(let rule, let limit, let after):
            try fields.encodeIfPresent(rule, forKey: .rule)
            try fields.encode(limit, forKey: .limit)
            try fields.encodeIfPresent(after, forKey: .after)
        case .listSwitches, .listGroups, .listVNFs, .listRules, .snapshot, .ping: break
        }
    }

    private var name: Name {
        switch self {
        case .putSwitch: .putSwitch
        case .putGroup: .putGroup
        case .putVNF: .putVNF
        case .createRule: .createRule
        case .deleteRule: .deleteRule
        case .listSwitches: .listSwitches
        case .getSwitch: .getSwitch
        case .listGroups: .listGroups
        case .getGroup: .getGroup
        case .listVNFs: .listVNFs
        case .getVNF: .getVNF
        case .drainVNF: .drainVNF
        case .getDrain: .getDrain
        case .endDrain: .endDrain
        case .listRules: .listRules
        case .getRule: .getRule
        case .listHandovers: .listHandovers
        case .getHandover: .getHandover
        case .snapshot: .snapshot
        case .ping: .ping
        }
    }
}
