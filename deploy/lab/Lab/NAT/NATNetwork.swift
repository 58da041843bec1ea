import Foundation

/// Makes two networks and two routing functions out of the lab's hosts and functions.
struct NATNetwork {
    let processes: Processes
    let function: NATOptions.Function
    /// How late a segment must be before a host sends it again, at the least.
    let leastTimeoutMs: Int

    /// Gives the hosts their addresses and ways.
    func prepareHosts() throws(LabError) {
        for (host, namespace, address, other) in [
            (0, NATLayout.clientNamespace, NATLayout.client, 1), (1, NATLayout.serverNamespace, NATLayout.server, 0),
        ] {
            let near = NATLayout.sides[host]
            try processes.run("ip", "-n", namespace, "address", "add", "\(address)/24", "dev", "eth0")
            try processes.run(
                "ip", "-n", namespace, "neighbour", "replace", near.address, "lladdr", near.mac, "dev", "eth0", "nud", "permanent")
            // Linux takes a packet for lost when it is 200 ms late, which of many connections moved at once some are; RFC 6298 has 1 s.
            // Behind a NAT the peer is the function itself, on the network that is there.
            for way in [[near.network, "dev", "eth0", "src", address], [NATLayout.sides[other].network, "via", near.address]] {
                try processes.run(["ip", "-n", namespace, "route", "replace"] + way + ["rto_min", "\(leastTimeoutMs)ms"])
            }
            // A tail loss probe takes a segment for lost after two round trips and some 8 ms, whatever the route says.
            try processes.run("ip", "netns", "exec", namespace, "sysctl", "-qw", "net.ipv4.tcp_early_retrans=0")
        }
    }

    /// Makes a function route between its TAPs, which are there, and loads its rules.
    func prepare(function: Int) throws(LabError) {
        let namespace = Layout.namespace(of: function)
        for (index, side) in NATLayout.sides.enumerated() {
            let host = Layout.hosts[index]
            let address = index == 0 ? NATLayout.client : NATLayout.server
            try processes.run("ip", "-n", namespace, "link", "set", "dev", side.interface, "address", side.mac)
            try processes.run("ip", "-n", namespace, "address", "add", "\(side.address)/24", "dev", side.interface)
            try processes.run(
                "ip", "-n", namespace, "neighbour", "replace", address, "lladdr", host.mac, "dev", side.interface, "nud", "permanent")
        }
        try processes.run("ip", "netns", "exec", namespace, "sysctl", "-qw", "net.ipv4.ip_forward=1")
        // The agent's own interfaces are no part of the function.
        for interface in ["eth0", "eth1"] { try processes.run("ip", "-n", namespace, "link", "set", "dev", interface, "arp", "off") }
        let rules = "\(Layout.runDirectory)/rules-\(function).nft"
        do {
            try NATLayout.ruleset(self.function, number: function).write(toFile: rules, atomically: true, encoding: .utf8)
        } catch { throw LabError("cannot write \(rules): \(error.localizedDescription)") }
        try processes.run("ip", "netns", "exec", namespace, "nft", "-f", rules)
    }

    /// What both hosts' kernels have counted of TCP since they are there, by the counter's name.
    func counters() throws(LabError) -> [String: Int] {
        var sum: [String: Int] = [:]
        for namespace in [NATLayout.clientNamespace, NATLayout.serverNamespace] {
            let text = try processes.run("ip", "netns", "exec", namespace, "cat", "/proc/net/snmp", "/proc/net/netstat")
            let counters = KernelTables.counters(text)
            guard counters["Tcp:RetransSegs"] != nil, counters["TcpExt:TCPLossProbes"] != nil else {
                throw LabError("/proc/net/snmp: no TCP counters in it")
            }
            sum.merge(counters.filter { $0.key.hasPrefix("Tcp") }, uniquingKeysWith: +)
        }
        return sum
    }

    /// The client's ports that a function tracks, in connections to the server that have gone both ways.
    func trackedPorts(at function: Int, protocol name: String) throws(LabError) -> Set<Int> {
        let namespace = Layout.namespace(of: function)
        let output = try processes.capture(
            Network.inside(namespace, ["conntrack", "-L", "-p", name, "--orig-src", NATLayout.client, "--orig-dst", NATLayout.server]))
        guard output.status == 0 else {
            throw LabError("conntrack in \(namespace): \(output.errors.split(separator: "\n").first ?? "failed")")
        }
        return KernelTables.answeredPorts(output.text)
    }
}
