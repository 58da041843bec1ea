import Frames

/// One instance of a network function.
public struct VNFDTO: Hashable, Sendable, Encodable {
    /// One interface of the VNF.
    public struct Interface: Hashable, Sendable, Encodable {
        /// The switch it is connected to; nil is the only one on that side of the group.
        public let `switch`: String?
        /// The port of that switch.
        public let port: PortReference
        /// Its Ethernet address.
        public let mac: MACAddress

        /// An interface at a port.
        public init(switch id: String? = nil, port: PortReference, mac: MACAddress) {
            self.switch = id
            self.port = port
            self.mac = mac
        }
    }

    /// The number that names the VNF in control frames, 1…65535.
    public let id: UInt16
    /// The group that it belongs to.
    public let group: String
    /// Where the forward direction enters it.
    public let ingress: Interface
    /// Where the reverse direction enters it.
    public let egress: Interface
    /// Where its peers reach it on the management network; free text of up to 255 bytes, for the VNFs to understand.
    public let address: String?

    /// A VNF of a group.
    public init(id: UInt16, group: String, ingress: Interface, egress: Interface, address: String? = nil) {
        self.id = id
        self.group = group
        self.ingress = ingress
        self.egress = egress
        self.address = address
    }
}

extension VNFDTO: Decodable {
    enum CodingKeys: String, CodingKey, CaseIterable { case id, group, ingress, egress, address }

    /// Reads the fields and refuses others.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.object(of: CodingKeys.self)
        id = try fields.integer(.id, in: 1...UInt16.max)
        group = try fields.identifier(.group)
        ingress = try fields.decode(Interface.self, forKey: .ingress)
        egress = try fields.decode(Interface.self, forKey: .egress)
        address = try fields.decodeIfPresent(String.self, forKey: .address)
        if let address, !(1...255).contains(address.utf8.count) {
            throw fields.error(.address, "must be 1 to 255 bytes")
        }
    }
}

extension VNFDTO.Interface: Decodable {
    enum CodingKeys: String, CodingKey, CaseIterable { case `switch`, port, mac }

    /// Reads the fields and refuses others.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.object(of: CodingKeys.self)
        `switch` = try fields.contains(.switch) ? fields.identifier(.switch) : nil
        port = try fields.decode(PortReference.self, forKey: .port)
        mac = try fields.decode(MACAddress.self, forKey: .mac)
        guard !mac.isGroup, mac != .zero else { throw fields.error(.mac, "must be the address of one interface") }
    }
}
