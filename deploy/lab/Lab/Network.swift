import Foundation

/// Makes the lab's namespaces, links and management network, all inside the lab's own network namespace.
struct Network {
    private static let withoutIPv6 = ["net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1"]
    private static let offloadsOff = ["tx", "off", "rx", "off", "tso", "off", "gso", "off", "gro", "off"]
    let processes: Processes
    let layout: Layout
    let mtu: Int

    /// Brings everything up.
    func build() throws(LabError) {
        try processes.run("ip", "link", "set", "lo", "up")
        try processes.run("sysctl", "-qw", Self.withoutIPv6[0], Self.withoutIPv6[1])
        try keepOrder(onProcessor: 0)
        for namespace in layout.namespaces {
            try processes.run("ip", "netns", "add", namespace)
            try inside(namespace, "sysctl", "-qw", Self.withoutIPv6[0], Self.withoutIPv6[1])
            try keepOrder(onProcessor: 1, in: namespace)
            try processes.run("ip", "-n", namespace, "link", "set", "lo", "up")
        }
        for link in layout.links { try connect(link) }
        for trunk in layout.trunks { try connect(trunk) }
        for (index, host) in layout.hosts.enumerated() {
            let peer = layout.hosts[index ^ 1]
            for (address, peerAddress) in zip(host.addresses, peer.addresses) {
                try processes.run("ip", "-n", host.namespace, "address", "add", "\(address)/24", "dev", "eth0")
                try processes.run(
                    "ip", "-n", host.namespace, "neighbour", "replace", peerAddress, "lladdr", peer.mac, "dev", "eth0", "nud", "permanent")
            }
        }
        try connectManagement()
    }

    /// The arguments that run a program in a namespace.
    static func inside(_ namespace: String, _ arguments: [String]) -> [String] {
        ["ip", "netns", "exec", namespace] + arguments
    }

    /// Makes the interfaces between a function and its agent, which outlive both as a virtual machine's would: up, with the links'
    /// MTU and a queue that takes a burst.
    func makeTaps(of function: Int) throws(LabError) {
        let namespace = Layout.namespace(of: function)
        for interface in Layout.taps {
            try processes.run("ip", "-n", namespace, "tuntap", "add", "dev", interface, "mode", "tap")
            try adopt(interface, in: namespace)
        }
    }

    /// Makes links instead, over which frames can go past the agent.
    func makeFunctionLinks(of function: Int) throws(LabError) {
        let namespace = Layout.namespace(of: function)
        for (interface, agents) in zip(Layout.taps, Layout.tapsOfAgent) {
            try processes.run("ip", "-n", namespace, "link", "add", interface, "type", "veth", "peer", "name", agents)
            for end in [interface, agents] {
                try processes.run(Self.inside(namespace, ["ethtool", "-K", end] + Self.offloadsOff))
                try adopt(end, in: namespace)
            }
        }
    }

    /// Has one processor take in all that comes by the links of a namespace. Linux queues what a veth carries on the processor that sends:
    /// a sender that goes on on another one, while the queue of the first waits, overtakes itself. Kernels before 6.3 cannot be told.
    private func keepOrder(onProcessor processor: Int, in namespace: String? = nil) throws(LabError) {
        let mask = String(1 << (processor % max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))), radix: 16)
        let command = ["sysctl", "-eqw", "net.core.rps_default_mask=\(mask)"]
        _ = try processes.capture(namespace.map { Self.inside($0, command) } ?? command)
    }

    private func adopt(_ interface: String, in namespace: String) throws(LabError) {
        try processes.run("ip", "-n", namespace, "link", "set", "dev", interface, "up", "mtu", "\(mtu)", "txqueuelen", "10000")
    }

    private func connect(_ link: Layout.Link) throws(LabError) {
        try processes.run(
            "ip", "link", "add", link.port, "mtu", "\(mtu)", "type", "veth", "peer", "name", link.interface, "netns", link.namespace,
            "mtu", "\(mtu)", "address", link.mac)
        // With offloads on, the switch and the functions would pass on frames whose checksums are not finished.
        try processes.run(["ethtool", "-K", link.port] + Self.offloadsOff)
        try processes.run(Self.inside(link.namespace, ["ethtool", "-K", link.interface] + Self.offloadsOff))
        try processes.run("ip", "link", "set", "dev", link.port, "up")
        try processes.run("ip", "-n", link.namespace, "link", "set", "dev", link.interface, "up")
    }

    /// Frames carry a tag of four bytes there.
    private func connect(_ trunk: (Layout.TrunkEnd, Layout.TrunkEnd)) throws(LabError) {
        try processes.run(
            "ip", "link", "add", trunk.0.port, "mtu", "\(mtu + 4)", "type", "veth", "peer", "name", trunk.1.port, "mtu", "\(mtu + 4)")
        for end in [trunk.0, trunk.1] {
            try processes.run(["ethtool", "-K", end.port] + Self.offloadsOff)
            try processes.run("ip", "link", "set", "dev", end.port, "up")
        }
    }

    private func connectManagement() throws(LabError) {
        try processes.run("ip", "link", "add", "management", "type", "bridge")
        for function in layout.functions {
            let namespace = Layout.namespace(of: function)
            let port = "m-\(namespace)"
            try processes.run("ip", "link", "add", port, "type", "veth", "peer", "name", "management", "netns", namespace)
            try processes.run("ip", "link", "set", "dev", port, "master", "management", "up")
            try processes.run("ip", "-n", namespace, "address", "add", "10.9.0.\(function)/24", "dev", "management")
            try processes.run("ip", "-n", namespace, "link", "set", "management", "up")
        }
        try processes.run("ip", "address", "add", "\(Layout.managementAddress)/24", "dev", "management")
        try processes.run("ip", "link", "set", "management", "up")
    }

    private func inside(_ namespace: String, _ arguments: String...) throws(LabError) {
        try processes.run(Self.inside(namespace, arguments))
    }
}
