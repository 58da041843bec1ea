/// A switch as an operator registers it.
public struct SwitchSpecification: Hashable, Sendable, Encodable {
    /// The operator's name for the switch.
    public let id: String
    /// What the switch calls itself.
    public let datapathId: DatapathID

    /// A switch of this name and datapath.
    public init(id: String, datapathId: DatapathID) {
        self.id = id
        self.datapathId = datapathId
    }
}

extension SwitchSpecification: Decodable {
    enum CodingKeys: String, CodingKey, CaseIterable { case id, datapathId }

    /// Reads the fields and refuses others.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.object(of: CodingKeys.self)
        id = try fields.identifier(.id)
        datapathId = try fields.decode(DatapathID.self, forKey: .datapathId)
    }
}

/// A registered switch and its present state.
public struct SwitchDTO: Hashable, Sendable, Codable {
    /// One port from the switch's port description.
    public struct Port: Hashable, Sendable, Codable {
        /// The OpenFlow port number.
        public let number: UInt32
        /// The port's name.
        public let name: String

        /// A port of this number and name.
        public init(number: UInt32, name: String) {
            self.number = number
            self.name = name
        }
    }

    /// The operator's name for the switch.
    public let id: String
    /// What the switch calls itself.
    public let datapathId: DatapathID
    /// Whether its OpenFlow channel is up.
    public let connected: Bool
    /// Its ports, once it has described them.
    public let ports: [Port]?

    /// A registered switch in its present state.
    public init(_ specification: SwitchSpecification, connected: Bool, ports: [Port]? = nil) {
        id = specification.id
        datapathId = specification.datapathId
        self.connected = connected
        self.ports = ports
    }
}
