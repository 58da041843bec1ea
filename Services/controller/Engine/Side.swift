/// One side of a VNF group: its switches, the trunks between them, and who is behind them.
///
/// Packets of hosts enter at the switches that have host ports. Those alone decide where a packet goes; the others, and the trunks,
/// carry it there. A side is fixed when its group is registered, so the way between two switches never changes under a flow.
public struct Side: Hashable, Sendable {
    /// A switch of a side.
    public struct Member: Hashable, Sendable {
        /// The switch's operator name.
        public let switchID: String
        /// Its ports towards hosts.
        public let hostPorts: [PortReference]

        /// A switch with the hosts that it has.
        public init(switchID: String, hostPorts: [PortReference] = []) {
            self.switchID = switchID
            self.hostPorts = hostPorts
        }
    }

    /// A link between two switches of a side.
    public struct Trunk: Hashable, Sendable {
        /// One end of a trunk.
        public struct End: Hashable, Sendable {
            /// The switch's operator name.
            public let switchID: String
            /// The port there.
            public let port: PortReference

            /// A port of a switch.
            public init(switchID: String, port: PortReference) {
                self.switchID = switchID
                self.port = port
            }
        }

        /// One end.
        public let first: End
        /// The other end.
        public let second: End

        /// A link between two ports.
        public init(_ first: End, _ second: End) {
            self.first = first
            self.second = second
        }

        /// The end at a switch, and the one opposite.
        func seen(from switchID: String) -> (near: End, far: End)? {
            if first.switchID == switchID { return (first, second) }
            return second.switchID == switchID ? (second, first) : nil
        }
    }

    /// The switches, at least one.
    public let members: [Member]
    /// The links between them.
    public let trunks: [Trunk]
    /// The group that is next to this one there, in a chain. It is enough that one of the two names the other.
    public let neighbour: String?

    /// From each switch to each other one: the port where the shortest way begins.
    let shortest: [String: [String: PortReference]]
    /// From each switch to each other one: the port where the way within a spanning tree begins.
    let tree: [String: [String: PortReference]]

    /// A side at one switch.
    public init(switchID: String, hostPorts: [PortReference], neighbour: String? = nil) {
        self.init(members: [Member(switchID: switchID, hostPorts: hostPorts)], trunks: [], neighbour: neighbour)
    }

    /// A side of several switches with the trunks between them.
    public init(members: [Member], trunks: [Trunk]) {
        self.init(members: members, trunks: trunks, neighbour: nil)
    }

    private init(members: [Member], trunks: [Trunk], neighbour: String?) {
        self.members = members
        self.trunks = trunks
        self.neighbour = neighbour
        func ways(over trunks: [Trunk]) -> [String: [String: PortReference]] {
            var ways: [String: [String: PortReference]] = [:]
            for member in members { ways[member.switchID] = Self.explore(from: member.switchID, over: trunks).ports }
            return ways
        }
        shortest = ways(over: trunks)
        tree = ways(over: Self.explore(from: members.first?.switchID ?? "", over: trunks).used)
    }

    /// Whether there are several switches, so that frames may have to cross trunks.
    public var isWide: Bool { members.count > 1 }

    /// The switches where packets enter from hosts, or from the group before.
    public var entrances: [String] {
        isWide ? members.filter { !$0.hostPorts.isEmpty }.map(\.switchID) : members.map(\.switchID)
    }

    /// The ports of all its switches towards hosts.
    var hostPortCount: Int { members.reduce(0) { $0 + $1.hostPorts.count } }

    func isOn(_ switchID: String) -> Bool { members.contains { $0.switchID == switchID } }

    func hostPorts(at switchID: String) -> [PortReference] { members.first { $0.switchID == switchID }?.hostPorts ?? [] }

    /// The ports of a switch that are ends of trunks.
    func trunkPorts(at switchID: String) -> [PortReference] { trunks.compactMap { $0.seen(from: switchID)?.near.port } }

    /// The ports of a switch where the tree leads to other switches with hosts.
    func treePorts(at switchID: String) -> [PortReference] {
        var ports: [PortReference] = []
        for other in entrances where other != switchID {
            if let port = tree[switchID]?[other], !ports.contains(port) { ports.append(port) }
        }
        return ports
    }

    /// Breadth first: the port of the first switch that leads to each other one, and the trunks on those ways.
    private static func explore(from start: String, over trunks: [Trunk]) -> (ports: [String: PortReference], used: [Trunk]) {
        var ports: [String: PortReference] = [:]
        var used: [Trunk] = []
        var reached = [start]
        var next = 0
        while next < reached.count {
            let here = reached[next]
            next += 1
            for trunk in trunks {
                guard let (near, far) = trunk.seen(from: here), far.switchID != start, ports[far.switchID] == nil else { continue }
                ports[far.switchID] = ports[here] ?? near.port
                used.append(trunk)
                reached.append(far.switchID)
            }
        }
        return (ports, used)
    }
}

/// A switch where packets of a direction enter a group.
struct Entrance: Hashable, Comparable, Sendable {
    let direction: Direction
    let datapath: DatapathID

    static func < (left: Entrance, right: Entrance) -> Bool {
        (left.direction, left.datapath) < (right.direction, right.datapath)
    }
}
