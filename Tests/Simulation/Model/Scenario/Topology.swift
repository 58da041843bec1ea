import Frames
import HandoverEngine

/// Who is connected to whom: groups of instances between switches, hosts or another group on both sides.
public struct Topology: Sendable, Hashable {
    /// Interchangeable instances and the hosts that they serve.
    public struct Group: Sendable, Hashable {
        /// The instances, by VNF number.
        public var instances: [UInt16]
        /// The number of the switch where the forward direction enters.
        public var ingress = 0
        /// The number of the switch where the reverse direction enters.
        public var egress = 1
        /// Hosts on each side where no other group is, each at a port of its own.
        public var hosts = 1
        /// The group behind it in a chain, at its egress switch.
        public var next: Int?
        /// The instance that takes what no rule names; the first when nil.
        public var fallback: UInt16?

        /// The instance that has the flows which no rule names.
        var defaultInstance: UInt16 { fallback ?? instances[0] }

        func switchNumber(_ direction: Direction) -> Int { direction == .forward ? ingress : egress }
    }

    /// Switches.
    public var switches = 2
    /// The groups.
    public var groups: [Group]

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
    }
}

/// Port numbers and addresses that follow from a topology.
enum Numbering {
    private static let firstHostPort: UInt32 = 1_000

    /// The port of an instance on either switch.
    static func port(ofInstance vnf: UInt16) -> UInt32 { UInt32(vnf) }

    /// The port of a host.
    static func port(ofHost host: Int, group: Int) -> UInt32 { firstHostPort + UInt32(group * 100 + host) }

    /// The group and number of the host at a port; nil when an instance is there.
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
