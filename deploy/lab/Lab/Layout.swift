/// Figure 1 of the paper, in names and numbers: host 1, switch 1 (ingress), functions side by side, switch 2 (egress), host 2.
///
/// With two switches a side, switch 3 is beside switch 1 and switch 4 beside switch 2, each with a trunk between them; host 3 is at
/// switch 3, host 4 at switch 4, and the functions are at switches 1 and 4, or at 3 and 2, in turn.
struct Layout {
    /// Everything of a run: sockets, database, logs. In a file system of the lab's own.
    static let runDirectory = "/run/sharp"
    /// The address of the lab itself on the management network.
    static let managementAddress = "10.9.0.254"
    /// How many addresses each host has, for streams that no rule's match has in common.
    static let addressPairs = 5

    /// The interfaces between a function and its agent, towards the ingress and the egress switch.
    static let taps = ["vnf0", "vnf1"]
    /// The agent's ends of those interfaces, where they are links and no TAPs.
    static let tapsOfAgent = ["agent0", "agent1"]

    /// A link from a switch port to an interface in a namespace.
    struct Link {
        let bridge: String
        let port: String
        let number: Int
        let namespace: String
        let interface: String
        let mac: String
    }

    /// One end of a link between two switches of a side.
    struct TrunkEnd {
        let bridge: String
        let port: String
        static let number = 100

        init(_ bridge: String, to other: String) {
            self.bridge = bridge
            port = "\(bridge)-\(other)"
        }
    }

    /// A host.
    struct Host {
        let namespace: String
        let mac: String
        /// The switch it is at.
        let bridge: String
        /// Its addresses, one of each pair that its stream partner has the other of.
        let addresses: [String]

        init(_ number: Int, pairs: Range<Int>) {
            namespace = "h\(number)"
            mac = "02:00:00:00:00:0\(number)"
            bridge = "s\(number)"
            addresses = pairs.map { "10.0.0.\(2 * $0 + (number - 1) % 2 + 1)" }
        }
    }

    /// The two hosts that are always there.
    static let hosts = (1...2).map { Host($0, pairs: 0..<addressPairs) }
    /// The first address pair that is between hosts 3 and 4, where they are.
    static let firstOtherPair = 3

    /// The hosts, each at the switch of its number; 1 talks to 2, and 3 to 4.
    let hosts: [Host]
    /// The switches.
    var bridges: [(name: String, datapath: String)] {
        hosts.indices.map { ("s\($0 + 1)", "000000000000000\($0 + 1)") }
    }
    /// The functions' numbers.
    let functions: [Int]
    /// All network namespaces beside the lab's own.
    var namespaces: [String] { hosts.map(\.namespace) + functions.map(Self.namespace) }
    /// All links from the switches to hosts and functions.
    let links: [Link]
    /// The links between switches.
    let trunks: [(TrunkEnd, TrunkEnd)]

    /// A layout with so many functions, and one or two switches on each side.
    init(functions count: Int, switchesPerSide: Int) {
        let isWide = switchesPerSide > 1
        hosts =
            isWide
            ? (1...4).map { Host($0, pairs: $0 < 3 ? 0..<Self.firstOtherPair : Self.firstOtherPair..<Self.addressPairs) } : Self.hosts
        trunks = isWide ? [("s1", "s3"), ("s2", "s4")].map { (TrunkEnd($0, to: $1), TrunkEnd($1, to: $0)) } : []
        functions = Array(1...count)
        links =
            hosts.map { host in
                Link(
                    bridge: host.bridge, port: "\(host.bridge)-\(host.namespace)", number: 1, namespace: host.namespace, interface: "eth0",
                    mac: host.mac)
            }
            + functions.flatMap { function in
                let sides = !isWide ? ("s1", "s2") : function % 2 == 1 ? ("s1", "s4") : ("s3", "s2")
                return [(sides.0, "eth0", 1), (sides.1, "eth1", 2)].map { bridge, interface, side in
                    Link(
                        bridge: bridge, port: "\(bridge)-v\(function)", number: function + 1, namespace: Self.namespace(of: function),
                        interface: interface, mac: "02:00:00:00:0\(function):0\(side)")
                }
            }
    }

    /// The ports of all switches, with their numbers.
    var ports: [(bridge: String, port: String, number: Int)] {
        links.map { ($0.bridge, $0.port, $0.number) }
            + trunks.flatMap { [$0.0, $0.1] }.map { ($0.bridge, $0.port, TrunkEnd.number) }
    }

    /// A side of the group of all functions, as it is registered.
    func side(of first: Host) -> [String: Any] {
        guard !trunks.isEmpty else { return ["switch": first.bridge, "hostPorts": ["\(first.bridge)-\(first.namespace)"]] }
        let here = trunks.filter { $0.0.bridge == first.bridge }
        let names = [first.bridge] + here.map(\.1.bridge)
        return [
            "switches": hosts.filter { names.contains($0.bridge) }.map { host in
                ["switch": host.bridge, "hostPorts": ["\(host.bridge)-\(host.namespace)"]]
            }, "trunks": here.map { [$0.0, $0.1].map { ["switch": $0.bridge, "port": $0.port] } },
        ]
    }

    /// The hosts that an address pair is between.
    func ends(ofPair pair: Int) -> (sender: Host, receiver: Host) {
        hosts.count > 2 && pair >= Self.firstOtherPair ? (hosts[2], hosts[3]) : (hosts[0], hosts[1])
    }

    static func namespace(of function: Int) -> String { "v\(function)" }
    static func controlSocket(of function: Int) -> String { "\(runDirectory)/vnf\(function).sock" }
    static func peerAddress(of function: Int) -> String { "10.9.0.\(function):7000" }
}
