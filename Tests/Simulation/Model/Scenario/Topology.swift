import Frames
import HandoverEngine

/// Who is connected to whom: groups of instances between switches, hosts or another group on both sides.
///
/// A side of a group is one switch, or several with trunks between them.
public struct Topology: Sendable, Hashable {
    /// Interchangeable instances and the hosts that they serve.
    public struct Group: Sendable, Hashable {
        /// The instances, by VNF number.
        public var instances: [UInt16]
        /// The number of the switch where the forward direction enters, or of the first.
        public var ingress = 0
        /// The number of the switch where the reverse direction enters, or of the first.
        public var egress = 1
        /// How the sides that have several switches are spread over them.
        public var spreads: [Direction: Spread] = [:]
        /// Hosts on each side where no other group is, each at a port of its own.
        public var hosts = 1
        /// The group behind it in a chain, at its egress switch.
        public var next: Int?
        /// The instance that takes what no rule names; the first when nil.
        public var fallback: UInt16?

        /// The instance that has the flows which no rule names.
        var defaultInstance: UInt16 { fallback ?? instances[0] }

        /// The switches of a side.
        func switches(_ direction: Direction) -> [Int] {
            spreads[direction]?.switches ?? [direction == .forward ? ingress : egress]
        }

        /// The switches of a side where packets enter.
        func entrances(_ direction: Direction) -> [Int] {
            guard let spread = spreads[direction] else { return switches(direction) }
            return spread.switches.filter { spread.hosts.contains($0) }
        }

        func switchNumber(ofHost host: Int, _ direction: Direction) -> Int {
            spreads[direction]?.hosts[host] ?? switches(direction)[0]
        }

        func switchNumber(ofInstance vnf: UInt16, _ direction: Direction) -> Int {
            guard let spread = spreads[direction], let index = instances.firstIndex(of: vnf) else { return switches(direction)[0] }
            return spread.instances[index]
        }
    }

    /// A side of several switches.
    public struct Spread: Sendable, Hashable {
        /// The switches.
        public var switches: [Int]
        /// The switch of each host.
        public var hosts: [Int]
        /// The switch of each instance.
        public var instances: [Int]
    }

    /// A link between two switches of a side.
    public struct Trunk: Sendable, Hashable {
        /// The group whose side it belongs to.
        public var group: Int
        /// The side where that direction enters.
        public var direction: Direction
        /// The switch at one end.
        public var first: Int
        /// The switch at the other end.
        public var second: Int

        func leads(from here: Int, to there: Int) -> Bool { (here, there) == (first, second) || (here, there) == (second, first) }
    }

    /// Switches.
    public var switches = 2
    /// The groups.
    public var groups: [Group]
    /// The links between switches.
    public var trunks: [Trunk] = []

    /// Every instance, lowest number first: 1, 2, … over all groups.
    var instances: [UInt16] { groups.flatMap(\.instances) }

    /// The group of an instance.
    func group(of vnf: UInt16) -> Int { groups.firstIndex { $0.instances.contains(vnf) } ?? 0 }

    /// Groups of so many instances each, between the same two switches.
    init(instances counts: [Int], hosts: Int = 1) {
        var next: UInt16 = 1
        groups = counts.map { count in
            defer { next += UInt16(count) }
            return Group(instances: (0..<UInt16(count)).map { next + $0 }, hosts: hosts)
        }
    }

    /// Groups one behind the other, each between switches of its own.
    init(chain counts: [Int]) {
        self.init(instances: counts)
        switches = counts.count + 1
        for index in groups.indices {
            (groups[index].ingress, groups[index].egress) = (index, index + 1)
            if index + 1 < groups.count { groups[index].next = index + 1 }
        }
    }

    /// The groups that a flow passes which enters at one.
    func route(from group: Int) -> [Int] {
        var route = [group]
        while let next = groups[route[route.count - 1]].next { route.append(next) }
        return route
    }

    /// The group that packets enter behind another one, in a chain.
    func group(after group: Int, _ direction: Direction) -> Int? {
        direction == .forward ? groups[group].next : groups.firstIndex { $0.next == group }
    }

    /// The port by which frames for an instance leave a switch of its side: its own, or a trunk's on the shortest of at most two hops.
    func port(towards vnf: UInt16, _ direction: Direction, at number: Int) -> UInt32? {
        let home = groups[group(of: vnf)].switchNumber(ofInstance: vnf, direction)
        guard home != number else { return Numbering.port(ofInstance: vnf) }
        let hop =
            trunks.firstIndex { $0.leads(from: number, to: home) }
            ?? trunks.firstIndex { trunk in
                [trunk.first, trunk.second].contains { between in
                    trunk.leads(from: number, to: between) && trunks.contains { $0.leads(from: between, to: home) }
                }
            }
        return hop.map(Numbering.port(ofTrunk:))
    }

    /// Whether hosts are on a side of a group.
    func hasHosts(_ group: Int, _ direction: Direction) -> Bool {
        direction == .reverse ? groups[group].next == nil : !groups.contains { $0.next == group }
    }

    var lines: [String] {
        groups.enumerated().map { index, group in
            "group \(index + 1): VNFs \(group.instances.map(String.init).joined(separator: " ")), default \(group.defaultInstance), "
                + "s\(group.ingress + 1) to s\(group.egress + 1), \(group.hosts) host\(group.hosts == 1 ? "" : "s") a side"
                + (group.next.map { ", before group \($0 + 1)" } ?? "")
        }
            + groups.flatMap(\.spreads).sorted { $0.key < $1.key }.map { direction, spread in
                func names(_ numbers: [Int]) -> String { numbers.map(Numbering.name(ofSwitch:)).joined(separator: " ") }
                let side = direction == .forward ? "ingress" : "egress"
                return "\(side): \(names(spread.switches)); hosts at \(names(spread.hosts)), VNFs at \(names(spread.instances))"
            }
            + trunks.enumerated().map { index, trunk in
                "trunk \(index + 1): \(Numbering.name(ofSwitch: trunk.first)) to \(Numbering.name(ofSwitch: trunk.second))"
            }
    }
}

/// Port numbers and addresses that follow from a topology.
enum Numbering {
    private static let firstTrunkPort: UInt32 = 500
    private static let firstHostPort: UInt32 = 1_000

    /// The port of an instance on either switch.
    static func port(ofInstance vnf: UInt16) -> UInt32 { UInt32(vnf) }

    /// The port of a host.
    static func port(ofHost host: Int, group: Int) -> UInt32 { firstHostPort + UInt32(group * 100 + host) }

    /// The port of a trunk on either switch.
    static func port(ofTrunk trunk: Int) -> UInt32 { firstTrunkPort + UInt32(trunk) }

    /// The number of the trunk at a port; nil when something else is there.
    static func trunk(at port: UInt32) -> Int? {
        (firstTrunkPort..<firstHostPort).contains(port) ? Int(port - firstTrunkPort) : nil
    }

    /// The group and number of the host at a port; nil when something else is there.
    static func host(at port: UInt32) -> (group: Int, host: Int)? {
        guard port >= firstHostPort else { return nil }
        return (Int(port - firstHostPort) / 100, Int(port - firstHostPort) % 100)
    }

    static func address(ofInstance vnf: UInt16, _ direction: Direction) -> MACAddress {
        MACAddress(bits: 0x02_01_00_00_00_00 | UInt64(vnf) << 8 | UInt64(direction.rawValue))
    }

    static func address(ofHost host: Int, group: Int, _ direction: Direction) -> MACAddress {
        MACAddress(bits: 0x02_02_00_00_00_00 | UInt64(group) << 16 | UInt64(direction.rawValue) << 8 | UInt64(host))
    }

    static func network(ofHost host: Int, group: Int, _ direction: Direction) -> IPv4Address {
        IPv4Address(bits: 10 << 24 | UInt32(group) << 16 | UInt32(direction.rawValue) << 8 | UInt32(host + 1))
    }

    static func datapath(_ number: Int) -> DatapathID { DatapathID(UInt64(number + 1)) }

    static func name(ofGroup number: Int) -> String { "g\(number + 1)" }
    static func name(ofSwitch number: Int) -> String { "s\(number + 1)" }
}
