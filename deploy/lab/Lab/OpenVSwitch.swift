import Foundation

/// The lab's own Open vSwitch: database, daemon and two bridges with the userspace datapath.
struct OpenVSwitch {
    private static let directory = Layout.runDirectory + "/ovs"
    private static let database = directory + "/conf.db"
    private static let server = "unix:\(directory)/db.sock"
    static let log = directory + "/ovs-vswitchd.log"
    let processes: Processes
    let layout: Layout

    private let environment = ["OVS_RUNDIR": directory, "OVS_LOGDIR": directory, "OVS_DBDIR": directory]

    /// Starts the daemons and makes the bridges with all ports.
    func start() throws(LabError) {
        do { try FileManager.default.createDirectory(atPath: Self.directory, withIntermediateDirectories: true) } catch {
            throw LabError("cannot make \(Self.directory): \(error)")
        }
        try run("ovsdb-tool", "create", Self.database, "/usr/share/openvswitch/vswitch.ovsschema")
        try run("ovsdb-server", Self.database, "--remote=p\(Self.server)", "--pidfile", "--detach", "--log-file", "-vconsole:off")
        try run("ovs-vsctl", "--no-wait", "init")
        try run("ovs-vswitchd", Self.server, "--pidfile", "--detach", "--log-file", "-vconsole:off")
        var transaction = ["ovs-vsctl", "--timeout=15"]
        for bridge in layout.bridges {
            transaction += [
                "--", "add-br", bridge.name, "--", "set", "bridge", bridge.name, "datapath_type=netdev", "protocols=OpenFlow13",
                "fail_mode=secure", "other-config:datapath-id=\(bridge.datapath)", "other-config:disable-in-band=true",
            ]
        }
        for (bridge, port, number) in layout.ports {
            transaction += ["--", "add-port", bridge, port, "--", "set", "interface", port, "ofport_request=\(number)"]
        }
        try run(transaction)
        for (_, port, number) in layout.ports {
            let given = try run("ovs-vsctl", "get", "interface", port, "ofport").trimmed
            guard given == "\(number)" else {
                throw LabError("Open vSwitch gave port \(port) the number \(given); see \(Self.log)")
            }
        }
    }

    /// Has bridges connect to a controller.
    func connect(_ bridges: [String], to controller: String) throws(LabError) {
        for bridge in bridges {
            try run(
                "ovs-vsctl", "set-controller", bridge, controller, "--", "set", "controller", bridge, "connection-mode=out-of-band",
                "max_backoff=1000",
                // With a limit, even one that nothing reaches, PACKET_INs are counted.
                "controller_rate_limit=10000000", "controller_burst_limit=10000000")
        }
    }

    /// Keeps a cache entry for each flow from now on, where Open vSwitch would keep one for all flows that its tables do not tell apart.
    func cacheEachFlow() throws(LabError) {
        try run("ovs-appctl", "upcall/disable-megaflows")
    }

    /// How many entries the cache has.
    func cachedFlows() throws(LabError) -> Int {
        let shown = try run("ovs-appctl", "upcall/show")
        guard let place = shown.range(of: "(current "), let count = Int(shown[place.upperBound...].prefix(while: \.isNumber)) else {
            throw LabError("ovs-appctl upcall/show: no number of flows in it")
        }
        return count
    }

    /// All flow entries of all bridges, without counters, sorted.
    func flowEntries() throws(LabError) -> [String] {
        var entries: [String] = []
        for bridge in layout.bridges {
            let shown = try run("ovs-ofctl", "-O", "OpenFlow13", "--no-stats", "dump-flows", bridge.name)
            for line in shown.split(separator: "\n") where line.contains("actions=") {
                entries.append("\(bridge.name) " + String(line).trimmed)
            }
        }
        return entries.sorted()
    }

    /// How many flow entries each bridge has, as its aggregate statistics say.
    func entryCounts() throws(LabError) -> [String: Int] {
        var counts: [String: Int] = [:]
        for bridge in layout.bridges {
            let shown = try run("ovs-ofctl", "-O", "OpenFlow13", "dump-aggregate", bridge.name)
            guard let place = shown.range(of: "flow_count="), let count = Int(shown[place.upperBound...].prefix(while: \.isNumber)) else {
                throw LabError("ovs-ofctl dump-aggregate \(bridge.name): no flow_count in it")
            }
            counts[bridge.name] = count
        }
        return counts
    }

    /// All flow entries of all bridges, with their counters, which are brought up to date before.
    func countedEntries() throws(LabError) -> [String] {
        try run("ovs-appctl", "revalidator/wait")
        var entries: [String] = []
        for bridge in layout.bridges {
            entries += try run("ovs-ofctl", "-O", "OpenFlow13", "dump-flows", bridge.name).split(separator: "\n").map(String.init)
        }
        return entries
    }

    /// How many PACKET_INs the switches have sent.
    func packetIns() throws(LabError) -> Int {
        // Statistics are written at once when their interval is changed; the second change comes behind what the first one wrote.
        for interval in [5001, 5002] { try run("ovs-vsctl", "set", "open_vswitch", ".", "other_config:stats-update-interval=\(interval)") }
        var count = 0
        for bridge in layout.bridges {
            count += SwitchCounters.packetIns(inStatus: try run("ovs-vsctl", "get", "controller", bridge.name, "status"))
        }
        return count
    }

    /// How many control frames from hosts the ingress switch dropped.
    func droppedControlFrames() throws(LabError) -> Int {
        let shown = try run("ovs-ofctl", "-O", "OpenFlow13", "dump-flows", "s1", "table=0,dl_type=0x821c")
        return shown.split(separator: "\n").filter { $0.contains("actions=drop") }.reduce(0) { sum, line in
            let count = line.range(of: "n_packets=").map { line[$0.upperBound...].prefix(while: \.isNumber) }
            return sum + (count.flatMap { Int($0) } ?? 0)
        }
    }

    /// Leads all traffic between the hosts through one function, without a controller.
    func steerStatically(through function: Int) throws(LabError) {
        guard layout.trunks.isEmpty else { throw LabError("without a controller, the lab has one switch on each side") }
        for bridge in layout.bridges {
            for (from, to) in [(1, function + 1), (function + 1, 1)] {
                try run("ovs-ofctl", "-O", "OpenFlow13", "add-flow", bridge.name, "in_port=\(from),actions=output:\(to)")
            }
        }
    }

    /// Counters of packets or messages that Open vSwitch itself dropped, by name.
    func drops() throws(LabError) -> [String: Int] {
        let counters = [
            "rconn_overflow", "rconn_discarded", "datapath_drop_upcall_error", "datapath_drop_rx_invalid_packet",
            "datapath_drop_lock_error", "datapath_drop_recirc_error",
        ]
        let totals = try coverage()
        var drops = counters.reduce(into: [:]) { drops, name in drops["Open vSwitch \(name)"] = totals[name] }
        drops["batches that Open vSwitch could not send"] = Self.unsent((try? String(contentsOfFile: Self.log, encoding: .utf8)) ?? "")
        return drops
    }

    /// How many times the log says that frames could not be sent, which is counted nowhere else. Of many at once it says a few.
    static func unsent(_ log: String) -> Int {
        log.split(separator: "\n").count { $0.contains("error sending Ethernet packet") }
    }

    /// What Open vSwitch counts of what happens inside it, by name.
    func coverage() throws(LabError) -> [String: Int] {
        let shown = try run("ovs-appctl", "coverage/show")
        var totals: [String: Int] = [:]
        for line in shown.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard let name = words.first.map(String.init), words.count >= 2, words[words.count - 2] == "total:",
                let total = words.last.flatMap({ Int($0) })
            else { continue }
            totals[name] = total
        }
        return totals
    }

    @discardableResult
    private func run(_ arguments: String...) throws(LabError) -> String { try run(arguments) }

    @discardableResult
    private func run(_ arguments: [String]) throws(LabError) -> String {
        let output = try processes.capture(arguments, environment: environment)
        guard output.status == 0 else {
            throw LabError("\(arguments[0]): \(output.errors.split(separator: "\n").first ?? "failed"); see \(Self.log)")
        }
        return output.text
    }
}
