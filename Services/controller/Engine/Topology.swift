import Frames
import OpenFlow

/// A port of a switch as an operator names it.
public enum PortReference: Hashable, Sendable {
    /// By the name of its interface.
    case name(String)
    /// By its OpenFlow number.
    case number(UInt32)
}

/// A switch that was registered, connected or not.
public struct Switch: Hashable, Sendable {
    /// The operator's name for it.
    public let id: String
    /// How it introduces itself.
    public let datapath: DatapathID
    /// The port numbers by name while it is connected, nil while it is not.
    public internal(set) var ports: [String: UInt32]?

    /// A switch that has not connected yet.
    public init(id: String, datapath: DatapathID) {
        self.id = id
        self.datapath = datapath
    }

    /// The number of a port; nil while the switch is away or has no such port.
    public func number(of port: PortReference) -> UInt32? {
        guard let ports else { return nil }
        switch port {
        case .name(let name): return ports[name]
        case .number(let number): return number
        }
    }
}

/// One side of a VNF group: the switch there, and who is behind it.
public struct Side: Hashable, Sendable {
    /// The switch's operator name.
    public let switchID: String
    /// The ports towards hosts.
    public let hostPorts: [PortReference]
    /// The group that is next to this one there, in a chain. It is enough that one of the two names the other.
    public let neighbour: String?

    /// A side at a switch.
    public init(switchID: String, hostPorts: [PortReference], neighbour: String? = nil) {
        self.switchID = switchID
        self.hostPorts = hostPorts
        self.neighbour = neighbour
    }
}

/// Interchangeable instances between the same two switches (design, Section 1).
public struct Group: Hashable, Sendable {
    /// The operator's name for it.
    public let id: String
    /// The side where the forward direction enters.
    public let ingress: Side
    /// The side where the reverse direction enters.
    public let egress: Side
    /// The instance that takes the flows which no rule names; the first registered when nil.
    public var fallback: VNFID?
    /// Tells groups apart in the metadata of table 1.
    public internal(set) var index: UInt32 = 0

    /// A group between two sides.
    public init(id: String, ingress: Side, egress: Side, fallback: VNFID? = nil) {
        self.id = id
        self.ingress = ingress
        self.egress = egress
        self.fallback = fallback
    }

    /// The side where a direction's packets enter.
    public func side(_ direction: Direction) -> Side { direction == .forward ? ingress : egress }

    func metadata(_ direction: Direction) -> MaskedMetadata {
        MaskedMetadata(value: UInt64(index) << 1 | UInt64(direction.rawValue), mask: 0xFFFF_FFFF)
    }
}

/// Where one interface of an instance is connected.
public struct Attachment: Hashable, Sendable {
    /// The port on the side's switch.
    public let port: PortReference
    /// The interface's Ethernet address, where control frames go.
    public let address: MACAddress

    /// An interface at a port.
    public init(port: PortReference, address: MACAddress) {
        self.port = port
        self.address = address
    }
}

/// An instance of a network function.
public struct VNF: Hashable, Sendable {
    /// Its number.
    public let id: VNFID
    /// The group it belongs to.
    public let group: String
    /// The interface at the ingress switch.
    public let ingress: Attachment
    /// The interface at the egress switch.
    public let egress: Attachment
    /// Where its peers reach it on the management network, in whatever form they agreed on.
    public let peerAddress: String?

    /// An instance with two interfaces.
    public init(id: VNFID, group: String, ingress: Attachment, egress: Attachment, peerAddress: String? = nil) {
        self.id = id
        self.group = group
        self.ingress = ingress
        self.egress = egress
        self.peerAddress = peerAddress
    }

    /// The interface that a direction's packets enter through.
    public func attachment(_ direction: Direction) -> Attachment { direction == .forward ? ingress : egress }
}

/// Where an instance's interface really is: the datapath, the port's number, the address.
public struct Endpoint: Hashable, Sendable {
    /// The switch.
    public let datapath: DatapathID
    /// The port there.
    public let port: UInt32
    /// The interface's Ethernet address.
    public let address: MACAddress
}

/// Everything that was registered: switches, groups and instances.
public struct Topology: Sendable {
    /// Switches by operator name.
    public private(set) var switches: [String: Switch] = [:]
    /// Groups by operator name.
    public private(set) var groups: [String: Group] = [:]
    /// Instances by number.
    public private(set) var vnfs: [VNFID: VNF] = [:]

    private var switchIDs: [DatapathID: String] = [:]
    private var nextIndex: UInt32 = 1

    /// Nothing registered yet.
    public init() {}

    /// The registered switch with a datapath identifier.
    public func `switch`(_ datapath: DatapathID) -> Switch? { switchIDs[datapath].flatMap { switches[$0] } }

    /// The groups that have a side on a switch.
    public func groups(on switchID: String) -> [Group] {
        groups.values.filter { $0.ingress.switchID == switchID || $0.egress.switchID == switchID }.sorted { $0.index < $1.index }
    }

    /// The group next to another one on a side, in a chain: its steering takes what that one's instances send out there.
    public func neighbour(of group: Group, _ direction: Direction) -> Group? {
        let there = group.side(direction)
        if let named = there.neighbour { return groups[named] }
        return groups.values.first {
            $0.side(direction.opposite).neighbour == group.id && $0.side(direction.opposite).switchID == there.switchID
        }
    }

    /// The instances of a group, lowest number first.
    public func instances(of group: String) -> [VNF] {
        vnfs.values.filter { $0.group == group }.sorted { $0.id < $1.id }
    }

    /// The instance that takes the flows of a group which no rule names.
    public func fallback(of group: Group) -> VNF? {
        if let named = group.fallback { return vnfs[named] }
        return instances(of: group.id).first
    }

    /// Where an instance receives a direction's packets; nil while that cannot be told because the switch is away.
    public func endpoint(of vnf: VNF, _ direction: Direction) -> Endpoint? {
        guard let group = groups[vnf.group], let there = switches[group.side(direction).switchID],
            let port = there.number(of: vnf.attachment(direction).port)
        else { return nil }
        return Endpoint(datapath: there.datapath, port: port, address: vnf.attachment(direction).address)
    }

    /// The instance behind a switch's port, and the direction whose packets enter there.
    public func instance(on datapath: DatapathID, port: UInt32) -> (vnf: VNF, direction: Direction)? {
        guard let there = self.switch(datapath) else { return nil }
        for group in groups(on: there.id) {
            for direction in Direction.allCases where group.side(direction).switchID == there.id {
                for vnf in instances(of: group.id) where there.number(of: vnf.attachment(direction).port) == port {
                    return (vnf, direction)
                }
            }
        }
        return nil
    }

    mutating func put(_ new: Switch) throws(Refusal) {
        if let old = switches[new.id] {
            guard old.datapath == new.datapath else { throw .conflict("switch \(new.id) is registered with datapath \(old.datapath)") }
            return
        }
        if let other = switchIDs[new.datapath] { throw .conflict("datapath \(new.datapath) is registered as switch \(other)") }
        switches[new.id] = new
        switchIDs[new.datapath] = new.id
    }

    mutating func put(_ new: Group) throws(Refusal) {
        for (field, side) in [("ingress.switch", new.ingress), ("egress.switch", new.egress)] where switches[side.switchID] == nil {
            throw .unknown("switch \(side.switchID)", field: field)
        }
        for (field, direction) in [("ingress.group", Direction.forward), ("egress.group", .reverse)] {
            guard let name = new.side(direction).neighbour else { continue }
            guard let other = groups[name], other.id != new.id else { throw .unknown("group \(name)", field: field) }
            guard other.side(direction.opposite).switchID == new.side(direction).switchID else {
                throw .invalid("group \(name) is not at switch \(new.side(direction).switchID) there", field: field)
            }
            if let taken = neighbour(of: other, direction.opposite), taken.id != new.id {
                throw .conflict("group \(taken.id) is next to group \(name) there")
            }
        }
        var group = new
        if let old = groups[new.id] {
            guard old.ingress == new.ingress, old.egress == new.egress else {
                throw .conflict("group \(new.id) is registered between other switches or ports")
            }
            group.index = old.index
        } else {
            group.index = nextIndex
            nextIndex += 1
        }
        groups[new.id] = group
    }

    mutating func put(_ new: VNF) throws(Refusal) {
        guard new.id.value != 0 else { throw .invalid("a VNF's id is 1 to 65535", field: "id") }
        guard let group = groups[new.group] else { throw .unknown("group \(new.group)", field: "group") }
        if let old = vnfs[new.id] {
            guard old == new else { throw .conflict("VNF \(new.id) is registered with other interfaces") }
            return
        }
        for direction in Direction.allCases {
            for other in instances(of: group.id) where other.attachment(direction).port == new.attachment(direction).port {
                throw .conflict("VNF \(other.id) is registered at that port of switch \(group.side(direction).switchID)")
            }
        }
        vnfs[new.id] = new
    }

    mutating func connected(_ datapath: DatapathID, ports: [String: UInt32]) {
        guard let id = switchIDs[datapath] else { return }
        switches[id]?.ports = ports
    }

    mutating func disconnected(_ datapath: DatapathID) {
        guard let id = switchIDs[datapath] else { return }
        switches[id]?.ports = nil
    }
}
