/// A VNF group: interchangeable instances between the same two switches.
public struct GroupDTO: Hashable, Sendable, Encodable {
    /// One end of the group.
    public struct Side: Hashable, Sendable, Encodable {
        /// The switch at this end.
        public let `switch`: String
        /// The ports behind which hosts are; none where another group follows in a chain. At most 1,024.
        public let hostPorts: [PortReference]
        /// The group that is next there, in a chain: enough that one of the two names the other.
        public let group: String?

        /// The end at a switch with these host ports, or with another group behind it.
        public init(switch id: String, hostPorts: [PortReference], group: String? = nil) {
            self.switch = id
            self.hostPorts = hostPorts
            self.group = group
        }
    }

    /// The operator's name for the group.
    public let id: String
    /// Where the forward direction enters.
    public let ingress: Side
    /// Where the reverse direction enters.
    public let egress: Side
    /// The VNF that takes flows no rule names, from when it is registered; nil is the first VNF registered.
    public let `default`: UInt16?

    /// A group between two ends.
    public init(id: String, ingress: Side, egress: Side, default vnf: UInt16? = nil) {
        self.id = id
        self.ingress = ingress
        self.egress = egress
        self.default = vnf
    }
}

extension GroupDTO: Decodable {
    enum CodingKeys: String, CodingKey, CaseIterable { case id, ingress, egress, `default` }

    /// Reads the fields and refuses others.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.object(of: CodingKeys.self)
        id = try fields.identifier(.id)
        ingress = try fields.decode(Side.self, forKey: .ingress)
        egress = try fields.decode(Side.self, forKey: .egress)
        `default` = try fields.optionalInteger(.default, in: 1...UInt16.max)
    }
}

extension GroupDTO.Side: Decodable {
    enum CodingKeys: String, CodingKey, CaseIterable { case `switch`, hostPorts, group }

    /// Reads the fields and refuses others.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.object(of: CodingKeys.self)
        `switch` = try fields.identifier(.switch)
        let hasHosts = fields.contains(.hostPorts) || !fields.contains(.group)
        hostPorts = hasHosts ? try fields.array(.hostPorts, of: PortReference.self, limit: 1_024) : []
        group = try fields.contains(.group) ? fields.identifier(.group) : nil
    }
}
