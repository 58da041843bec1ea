/// Figure 1 of the paper, in names and numbers: host 1, switch 1 (ingress), two functions, switch 2 (egress), host 2.
enum Layout {
    /// Everything of a run: sockets, database, logs. In a file system of the lab's own.
    static let runDirectory = "/run/sharp"
    /// The address of the lab itself on the management network.
    static let managementAddress = "10.9.0.254"

    /// A link from a switch port to an interface in a namespace.
    struct Link {
        let bridge: String
        let port: String
        let number: Int
        let namespace: String
        let interface: String
        let mac: String
    }

    /// A host and its address.
    struct Host {
        let namespace: String
        let address: String
        let mac: String
        /// The other host.
        let peerAddress: String
        let peerMAC: String
    }

    static let hosts = [
        Host(namespace: "h1", address: "10.0.0.1", mac: "02:00:00:00:00:01", peerAddress: "10.0.0.2", peerMAC: "02:00:00:00:00:02"),
        Host(namespace: "h2", address: "10.0.0.2", mac: "02:00:00:00:00:02", peerAddress: "10.0.0.1", peerMAC: "02:00:00:00:00:01"),
    ]
    static let functions = [1, 2]
    static let bridges = [(name: "s1", datapath: "0000000000000001"), (name: "s2", datapath: "0000000000000002")]
    static let namespaces = hosts.map(\.namespace) + functions.map(namespace)

    static let links: [Link] =
        [
            Link(bridge: "s1", port: "s1-h1", number: 1, namespace: "h1", interface: "eth0", mac: hosts[0].mac),
            Link(bridge: "s2", port: "s2-h2", number: 1, namespace: "h2", interface: "eth0", mac: hosts[1].mac),
        ]
        + functions.flatMap { function in
            [("s1", "eth0", 1), ("s2", "eth1", 2)].map { bridge, interface, side in
                Link(
                    bridge: bridge, port: "\(bridge)-v\(function)", number: function + 1, namespace: namespace(of: function),
                    interface: interface, mac: "02:00:00:00:0\(function):0\(side)")
            }
        }

    static func namespace(of function: Int) -> String { "v\(function)" }
    static func controlSocket(of function: Int) -> String { "\(runDirectory)/vnf\(function).sock" }
    static func peerAddress(of function: Int) -> String { "10.9.0.\(function):7000" }
}
