/// Figure 1 of the paper, in names and numbers: host 1, switch 1 (ingress), functions side by side, switch 2 (egress), host 2.
struct Layout {
    /// Everything of a run: sockets, database, logs. In a file system of the lab's own.
    static let runDirectory = "/run/sharp"
    /// The address of the lab itself on the management network.
    static let managementAddress = "10.9.0.254"
    /// How many addresses each host has, for streams that no rule's match has in common.
    static let addressPairs = 5

    /// The interfaces between a function and its agent, towards the ingress and the egress switch.
    static let taps = ["vnf0", "vnf1"]

    /// A link from a switch port to an interface in a namespace.
    struct Link {
        let bridge: String
        let port: String
        let number: Int
        let namespace: String
        let interface: String
        let mac: String
    }

    /// A host.
    struct Host {
        let namespace: String
        let mac: String
        /// Its addresses, one of each pair.
        let addresses: [String]
    }

    static let hosts = (1...2).map { host in
        Host(namespace: "h\(host)", mac: "02:00:00:00:00:0\(host)", addresses: (0..<addressPairs).map { "10.0.0.\(2 * $0 + host)" })
    }
    static let bridges = [(name: "s1", datapath: "0000000000000001"), (name: "s2", datapath: "0000000000000002")]

    /// The functions' numbers.
    let functions: [Int]
    /// All network namespaces beside the lab's own.
    var namespaces: [String] { Self.hosts.map(\.namespace) + functions.map(Self.namespace) }
    /// All links from the switches to hosts and functions.
    let links: [Link]

    /// A layout with so many functions.
    init(functions count: Int) {
        functions = Array(1...count)
        links =
            zip(Self.bridges, Self.hosts).map { bridge, host in
                Link(
                    bridge: bridge.name, port: "\(bridge.name)-\(host.namespace)", number: 1, namespace: host.namespace, interface: "eth0",
                    mac: host.mac)
            }
            + functions.flatMap { function in
                [("s1", "eth0", 1), ("s2", "eth1", 2)].map { bridge, interface, side in
                    Link(
                        bridge: bridge, port: "\(bridge)-v\(function)", number: function + 1, namespace: Self.namespace(of: function),
                        interface: interface, mac: "02:00:00:00:0\(function):0\(side)")
                }
            }
    }

    static func namespace(of function: Int) -> String { "v\(function)" }
    static func controlSocket(of function: Int) -> String { "\(runDirectory)/vnf\(function).sock" }
    static func peerAddress(of function: Int) -> String { "10.9.0.\(function):7000" }
}
