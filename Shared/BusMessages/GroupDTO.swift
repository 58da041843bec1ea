/// A VNF group: interchangeable instances between the same two sides.
public struct GroupDTO: Hashable, Sendable, Encodable {
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
