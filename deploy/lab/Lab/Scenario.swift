import ExampleVNFKit
import Foundation
import LabSockets
import TrafficKit

/// One run of the lab, from an empty namespace to a report. Runs contained, on one thread.
package final class Scenario {
    private let options: LabOptions
    private let processes: Processes
    private let programs: Programs
    private let network: Network
    private let openVSwitch: OpenVSwitch
    private let northbound = Northbound()
    private let progress = Progress()

    /// A run with these options in the namespaces that ``Containment/begin(_:)`` prepared.
    package init(_ options: LabOptions, _ processes: Processes) throws(LabError) {
        self.options = options
        self.processes = processes
        programs = try Programs(processes)
        network = Network(processes: processes, mtu: options.mtu)
        openVSwitch = OpenVSwitch(processes: processes)
    }

    /// The whole system and its handovers; then the report.
    package func demonstrate() throws(LabError) -> LabReport {
        try bringUp()
        let (traffic, drops) = try startTraffic()
        var rules: [String] = []
        for number in stride(from: 1, through: options.handovers, by: 1) {
            let destination = number % 2 == 1 ? 2 : 1
            traffic.mark(TrafficLabel.during)
            let rule = try requestMove(to: destination, number: number)
            rules.append(rule)
            if options.killObservers && number == 1 {
                try killObservers(traffic, destination: destination)
            }
            try follow(rule, traffic, isLast: number == options.handovers)
            traffic.mark(TrafficLabel.after)
        }
        try run(traffic, for: options.margin, "after the last handover")
        var seen = try finish(traffic, drops)
        seen.owner = options.handovers % 2 == 1 ? 2 : 1
        seen.drops["rings of the HSL agents"] = AgentDrops().read()
        for rule in rules { seen.handovers += try northbound.handovers(ofRule: rule) }
        seen.hasRecords = !options.killObservers || !seen.handovers.isEmpty
        return LabReport(options, seen)
    }

    /// The same traffic through the first function without controller, northbound and metrics: what the environment alone does.
    package func measureBaseline(withAgents: Bool) throws(LabError) -> LabReport {
        try bringUpNetwork()
        try openVSwitch.steerStatically(through: 1)
        if withAgents { for function in Layout.functions { try programs.startAgent(function) } }
        try startFunctions(behindAgents: withAgents)
        let (traffic, drops) = try startTraffic()
        try run(traffic, for: options.margin, "without services")
        var options = options
        options.handovers = 0
        return LabReport(options, try finish(traffic, drops))
    }

    /// Brings everything up and stays until the outer process ends.
    package func stayUp() throws(LabError) {
        try bringUp()
        progress.say("up: http://\(Northbound.address)/v1, http://\(AgentDrops.address)/metrics, logs in \(Layout.runDirectory)")
        Containment.tell(Containment.isUp)
        while true {
            try programs.checkAll()
            usleep(200_000)
        }
    }

    // MARK: Bringing up

    private func bringUpNetwork() throws(LabError) {
        try network.build()
        try openVSwitch.start()
        Containment.tell(Containment.portsAdded)
        progress.say("network: hosts h1, h2; switches s1, s2 (Open vSwitch, userspace datapath); functions v1, v2")
    }

    private func bringUp() throws(LabError) {
        try bringUpNetwork()
        try programs.startMetrics()
        try programs.startController()
        try programs.startNorthbound()
        for function in Layout.functions { try programs.startAgent(function) }
        try openVSwitch.connect(to: "tcp:127.0.0.1:6653")
        try startFunctions(behindAgents: true)
        try wait("northbound is ready") { self.northbound.isReady() }
        progress.say("services: controller, northbound, metrics, two agents with their functions")
        try register()
    }

    private func startFunctions(behindAgents: Bool) throws(LabError) {
        for function in Layout.functions {
            for interface in behindAgents ? ["vnf0", "vnf1"] : [] {
                try wait("agent \(function) has made \(interface)") { () throws(LabError) in
                    try self.processes.capture(["ip", "-n", Layout.namespace(of: function), "link", "show", interface]).status == 0
                }
                try network.adopt(interface, in: Layout.namespace(of: function))
            }
            try programs.startFunction(function, behindAgent: behindAgents, stateMs: options.stateMs)
        }
        for function in Layout.functions {
            try wait("function \(function) is ready") {
                guard let dump = try? FunctionClient(function: function).dump() else { return false }
                return dump.controlChannel == (behindAgents ? true : nil)
            }
        }
    }

    private func register() throws(LabError) {
        for bridge in Layout.bridges { try northbound.post("/v1/switches", ["id": bridge.name, "datapathId": bridge.datapath]) }
        for bridge in Layout.bridges {
            try wait("switch \(bridge.name) is connected") { () throws(LabError) in try self.northbound.isConnected(switch: bridge.name) }
        }
        try northbound.post(
            "/v1/groups",
            [
                "id": "g1", "default": 1, "ingress": ["switch": "s1", "hostPorts": ["s1-h1"]],
                "egress": ["switch": "s2", "hostPorts": ["s2-h2"]],
            ])
        for function in Layout.functions {
            let sides = Layout.links.filter { $0.namespace == Layout.namespace(of: function) }
                .map { ["port": $0.port, "mac": $0.mac] }
            try northbound.post(
                "/v1/vnfs",
                ["id": function, "group": "g1", "ingress": sides[0], "egress": sides[1], "address": Layout.peerAddress(of: function)])
        }
        progress.say("registered: switches s1 and s2, group g1, functions 1 (default) and 2")
    }

    // MARK: Traffic

    private func startTraffic() throws(LabError) -> (Traffic, DropCounters) {
        try waitForPath()
        let drops = try DropCounters.read(processes, openVSwitch)
        let traffic = try startEnds(
            "", flows: options.flows, bidirectional: options.bidirectional,
            sending: ["--rate", "\(options.rate)", "--size", "\(options.size)"])
        try wait("all \(options.flows) flows run through function 1") { () throws(LabError) in
            try traffic.status().flowsHeard == self.options.flows
        }
        progress.say("traffic: \(counted(options.flows, "flow")), through function 1")
        try run(traffic, for: options.margin, "before the first handover")
        return (traffic, drops)
    }

    /// Sends a flow of its own until packets come through in both directions: a registration that was accepted is not yet in force in
    /// the switches, and what is sent too early would count as lost.
    private func waitForPath() throws(LabError) {
        let ports = ["--source-port", "4000", "--destination-port", "6000"]
        let probe = try startEnds("path-", flows: 1, bidirectional: true, ports: ports, sending: ["--rate", "100"])
        try wait("packets pass between the hosts") { () throws(LabError) in try probe.status().answered > 0 }
        try programs.kill("path-sender")
        try programs.kill("path-reflector")
    }

    private func startEnds(
        _ prefix: String, flows: Int, bidirectional: Bool, ports: [String] = [], sending: [String]
    ) throws(LabError) -> Traffic {
        let both = ["--flows", "\(flows)", "--bidirectional", "\(bidirectional)"] + ports
        let addresses = Layout.hosts.map { ["--from", $0.address, "--to", $0.peerAddress] }
        let reflector = try programs.startTraffic(
            prefix + "reflector", ["reflect"] + addresses[1] + both, in: Layout.hosts[1].namespace)
        try reflector.waitUntilReady()
        let sender = try programs.startTraffic(
            prefix + "sender", ["send"] + addresses[0] + both + sending, in: Layout.hosts[0].namespace)
        try sender.waitUntilReady()
        return Traffic(sender: sender, reflector: reflector)
    }

    /// Lets traffic go on for a stretch of time, which is what is measured.
    private func run(_ traffic: Traffic, for seconds: Double, _ when: String) throws(LabError) {
        let end = monotonicNow() + UInt64(seconds * 1e9)
        while monotonicNow() < end {
            try programs.checkAll()
            let status = try traffic.status()
            progress.show("\(when): \(status.sent) sent, \(status.arrived) arrived, \(status.answered) answered")
            usleep(50_000)
        }
        progress.clear()
    }

    private func finish(_ traffic: Traffic, _ drops: DropCounters) throws(LabError) -> Observations {
        programs.release("sender")
        programs.release("reflector")
        let sender = try traffic.sender.stop()
        let reflector = try traffic.reflector.stop(expected: sender.flows.reduce(0) { $0 + Int($1.sent.packets) })
        var functions: [Int: StateDump] = [:]
        for function in Layout.functions { functions[function] = try FunctionClient(function: function).dump() }
        return Observations(
            sender: sender, reflector: reflector, functions: functions,
            drops: try DropCounters.read(processes, openVSwitch).since(drops))
    }

    // MARK: Handovers

    private func requestMove(to destination: Int, number: Int) throws(LabError) -> String {
        let match: [String: Any] = ["eth_type": 0x0800, "ip_proto": 17, "ipv4_src": Layout.hosts[0].address]
        let rule = try northbound.post(
            "/v1/rules",
            [
                "match": match, "priority": 10 + number, "destination": ["vnf": destination], "bidirectional": options.bidirectional,
                "start": "perFlow", "maximumSilenceMs": options.maximumSilenceMs, "mode": options.mode,
            ])
        progress.say("handover \(number): POST /v1/rules, destination function \(destination); accepted as \(rule)")
        return rule
    }

    /// Shows what a rule does until all flows have moved and, unless it is the last, its detection is over.
    private func follow(_ rule: String, _ traffic: Traffic, isLast: Bool) throws(LabError) {
        var last: Northbound.Rule?
        // Seldom: every look runs through northbound and controller on the cores that the handover needs.
        try wait("all flows of \(rule) have moved", within: 20 + Double(options.stateMs) / 1000 * 3, every: 25) { () throws(LabError) in
            let now = try self.northbound.rule(rule)
            if now != last {
                let counts = now.handovers
                let text = "\(rule): \(now.state), \(counts.open) open, \(counts.completed) completed"
                if counts.aborted + counts.failed > 0 {
                    self.progress.say(text + ", \(counts.aborted) aborted, \(counts.failed) failed")
                } else if last?.state != now.state || counts.open == 0 {
                    self.progress.say(text)
                } else {
                    self.progress.show(text)
                }
                last = now
            }
            let ended = now.handovers.completed + now.handovers.aborted + now.handovers.failed
            if now.state == "failed" { throw LabError("\(rule) failed: see \(Programs.log(of: "controller"))") }
            guard now.handovers.open == 0, ended >= self.options.flows else { return false }
            return isLast || now.state == "settled"
        }
        for record in try northbound.handovers(ofRule: rule).prefix(5) { progress.say(describe(record)) }
    }

    private func describe(_ record: Handover) -> String {
        let phases = Handover.phases.compactMap { name in
            record.phasesMs[name].flatMap(\.self).map { "\(name) \(String(format: "%.2f", $0))" }
        }
        return "  \(record.flow): \(record.outcome) in \(record.durationMs.map { String(format: "%.2f", $0) } ?? "?") ms"
            + " (\(phases.joined(separator: ", "))); buffered \(record.controllerBuffered.packets) at the controller,"
            + " \(record.vnfBuffered.packets) at the function" + (record.reason.map { "; \($0)" } ?? "")
    }

    /// Kills northbound and metrics in the middle of a handover; sees it complete by looking at the function; brings them back.
    private func killObservers(_ traffic: Traffic, destination: Int) throws(LabError) {
        try programs.kill("northbound")
        try programs.kill("metrics")
        progress.say("killed northbound and metrics")
        let directions = options.flows * (options.bidirectional ? 2 : 1)
        try wait("function \(destination) owns all flows") { () throws(LabError) in
            let known = try FunctionClient(function: destination).dump().flows
            return known.count { $0.phase == "owned" } >= directions
        }
        progress.say("function \(destination) owns all flows, with neither of them running")
        try programs.startMetrics()
        try programs.startNorthbound()
        try wait("northbound is ready again") { self.northbound.isReady() }
    }

    private func wait(
        _ what: String, within seconds: Double = 15, every milliseconds: UInt32 = 2, _ condition: () throws(LabError) -> Bool
    ) throws(LabError) {
        try waitUntil(what, within: seconds, every: milliseconds) { () throws(LabError) in
            try programs.checkAll()
            return try condition()
        }
    }
}

/// Both ends of the traffic.
private struct Traffic {
    let sender: TrafficProcess
    let reflector: TrafficProcess

    func mark(_ label: String) {
        sender.mark(label)
        reflector.mark(label)
    }

    func status() throws(LabError) -> (sent: Int, arrived: Int, answered: Int, flowsHeard: Int) {
        let here = try sender.status()
        let there = try reflector.status()
        return (here.sent, there.distinct, here.distinct, there.flowsHeard)
    }
}
