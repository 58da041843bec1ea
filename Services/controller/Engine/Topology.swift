import Frames
import OpenFlow

/// A port of a switch as an operator names it.
public enum PortReference: Hashable, Sendable {
    /// By the name of its interface.
    case name(String)
    /// By its OpenFlow number.
    case number(UInt32)
}

extension PortReference: CustomStringConvertible {
    /// The name or the number.
    public var description: String {
        switch self {
        case .name(let name): name
        case .number(let number): String(number)
        }
    }
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

/// Interchangeable instances between the same two sides (design, Section 1).
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

    /// The operator names of all its switches.
    var switchIDs: Set<String> { Set((ingress.members + egress.members).map(\.switchID)) }

    func metadata(_ direction: Direction) -> MaskedMetadata {
        MaskedMetadata(value: UInt64(index) << 1 | UInt64(direction.rawValue), mask: 0xFFFF_FFFF)
    }
}

/// Where one interface of an instance is connected.
public struct Attachment: Hashable, Sendable {
    /// The operator name of the switch; nil is the only one of its side.
    public let switchID: String?
    /// The port on that switch.
    public let port: PortReference
    /// The interface's Ethernet address, where control frames go.
    public let address: MACAddress

    /// An interface at a port.
    public init(switchID: String? = nil, port: PortReference, address: MACAddress) {
        self.switchID = switchID
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
    /// The interface on the ingress side.
    public let ingress: Attachment
    /// The interface on the egress side.
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

    /// Groups and instances in the order of their registration, which indexes and tags follow.
    private(set) var registrations: [Registration] = []

    /// Something that was registered.
    enum Registration: Hashable, Sendable {
        case group(String)
        case instance(VNFID)
    }

    private var switchIDs: [DatapathID: String] = [:]
    private var places = Places()
    private var nextIndex: UInt32 = 1
    /// By where it goes, the VLAN identifier of a frame on a trunk; in the order of registration, as the groups' indexes.
    private var tags: [Parcel: UInt16] = [:]
    private static let mostTags = 4_094

    /// Nothing registered yet.
    public init() {}

    /// The registered switch with a datapath identifier.
    public func `switch`(_ datapath: DatapathID) -> Switch? { switchIDs[datapath].flatMap { switches[$0] } }

    /// The groups that have a side on a switch.
    public func groups(on switchID: String) -> [Group] {
        groups.values.filter { $0.ingress.isOn(switchID) || $0.egress.isOn(switchID) }.sorted { $0.index < $1.index }
    }

    /// The VLAN identifier of frames that go there; none where no trunks are.
    func tag(_ parcel: Parcel) -> UInt16? { tags[parcel] }

    /// The group next to another one on a side, in a chain: its steering takes what that one's instances send out there.
    public func neighbour(of group: Group, _ direction: Direction) -> Group? {
        let there = group.side(direction)
        if let named = there.neighbour { return groups[named] }
        let switches = there.members.map(\.switchID)
        return groups.values.first {
            $0.side(direction.opposite).neighbour == group.id && $0.side(direction.opposite).members.map(\.switchID) == switches
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
        guard let there = switchID(of: vnf, direction).flatMap({ switches[$0] }),
            let port = there.number(of: vnf.attachment(direction).port)
        else { return nil }
        return Endpoint(datapath: there.datapath, port: port, address: vnf.attachment(direction).address)
    }

    /// The instance behind a switch's port, and the direction whose packets enter there.
    public func instance(on datapath: DatapathID, port: UInt32) -> (vnf: VNF, direction: Direction)? {
        guard let interface = places.interface(at: datapath, port), let vnf = vnfs[interface.vnf] else { return nil }
        return (vnf, interface.direction)
    }

    /// The way to an instance's interface from its own switch; nil while that is away.
    func ownWay(to vnf: VNFID, _ direction: Direction) -> Way? { places.way(to: vnf, direction) }

    /// Looks anew where interfaces of an instance are.
    private mutating func locate(_ vnf: VNF) {
        for direction in Direction.allCases {
            guard let endpoint = endpoint(of: vnf, direction), let group = groups[vnf.group] else { continue }
            places.put(endpoint, Places.Interface(group: group.index, direction: direction, vnf: vnf.id))
        }
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
        for direction in Direction.allCases { try check(new.side(direction), direction) }
        for (field, direction) in [("ingress.group", Direction.forward), ("egress.group", .reverse)] {
            guard let name = new.side(direction).neighbour else { continue }
            guard let other = groups[name], other.id != new.id else { throw .unknown("group \(name)", field: field) }
            guard other.side(direction.opposite).members.map(\.switchID) == new.side(direction).members.map(\.switchID) else {
                throw .invalid("group \(name) is not at the same switch there, and at no other", field: field)
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
            try assignTags(Direction.allCases.filter { new.side($0).isWide }.map { .hosts(group: new.id, $0) })
            group.index = nextIndex
            nextIndex += 1
            registrations.append(.group(new.id))
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
            try check(new.attachment(direction), on: group.side(direction), direction)
            let home = switchID(of: new, direction)
            for other in instances(of: group.id) where other.attachment(direction).port == new.attachment(direction).port {
                guard let home, switchID(of: other, direction) == home else { continue }
                throw .conflict("VNF \(other.id) is registered at that port of switch \(home)")
            }
        }
        try assignTags(Direction.allCases.filter { group.side($0).isWide }.map { .instance(new.id, $0) })
        vnfs[new.id] = new
        registrations.append(.instance(new.id))
        locate(new)
    }

    private mutating func assignTags(_ parcels: [Parcel]) throws(Refusal) {
        guard tags.count + parcels.count <= Self.mostTags else {
            throw .exhausted("trunks can tell no more than \(Self.mostTags) interfaces and sides apart")
        }
        for parcel in parcels { tags[parcel] = UInt16(tags.count + 1) }
    }

    mutating func connected(_ datapath: DatapathID, ports: [String: UInt32]) {
        guard let id = switchIDs[datapath] else { return }
        switches[id]?.ports = ports
        places.forget(datapath)
        for vnf in vnfs.values { locate(vnf) }
    }

    mutating func disconnected(_ datapath: DatapathID) {
        guard let id = switchIDs[datapath] else { return }
        switches[id]?.ports = nil
        places.forget(datapath)
    }
}
