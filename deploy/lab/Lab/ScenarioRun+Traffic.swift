import ExampleVNFKit
import Foundation
import LabSockets
import TrafficKit

/// Both ends of a stream.
struct RunningStream {
    let sender: TrafficProcess
    let reflector: TrafficProcess

    func mark(_ label: TrafficLabel) {
        sender.mark(label.rawValue)
        reflector.mark(label.rawValue)
    }

    func status() throws(LabError) -> (sent: Int, arrived: Int, answered: Int, flowsHeard: Int) {
        let here = try sender.status()
        let there = try reflector.status()
        return (here.sent, there.distinct, here.distinct, there.flowsHeard)
    }
}

/// Traffic: starting it, letting it run, counting it.
extension ScenarioRun {
    /// Starts all streams that start by themselves, and lets them run; the drop counters from before.
    func startTraffic() throws(LabError) -> DropCounters {
        try waitForPath()
        let drops = try DropCounters.read(processes, openVSwitch, layout)
        for stream in scenario.streams where !stream.startsLater { try start(stream) }
        for connection in scenario.connections { try start(connection) }
        try run(for: scenario.margin, "before the first step")
        return drops
    }

    /// Starts a stream and waits until all its flows have come through.
    func start(_ stream: Stream) throws(LabError) {
        let ends = try startEnds(of: stream)
        traffic[stream.name] = ends
        let seconds = 15 + 3 * Double(stream.flows) / stream.rate
        try wait("all flows of \(stream.name) come through", within: seconds, every: 10) { () throws(LabError) in
            try ends.status().flowsHeard == stream.flows
        }
        progress.say("traffic: \(stream.name), \(counted(stream.flows, "flow"))")
    }

    /// Sends a flow of its own until packets come through in both directions: a registration that was accepted is not yet in force in
    /// the switches, and what is sent too early would count as lost.
    func waitForPath() throws(LabError) {
        for pair in layout.trunks.isEmpty ? [Layout.addressPairs - 1] : [Layout.firstOtherPair - 1, Layout.addressPairs - 1] {
            let probe = try startEnds(of: Stream("path", flows: 1, rate: 100, addressPair: pair))
            try wait("packets pass between the hosts") { () throws(LabError) in try probe.status().answered > 0 }
            try programs.kill(probe.sender.name)
            try programs.kill(probe.reflector.name)
        }
    }

    private func startEnds(of stream: Stream) throws(LabError) -> RunningStream {
        let ports = stream.ports(of: 0)
        let both = [
            "--flows", "\(stream.flows)", "--bidirectional", "\(stream.bidirectional)", "--source-port", "\(ports.source)",
            "--destination-port", "\(ports.destination)",
        ]
        let reflector = try programs.startTraffic(
            "\(stream.name)-reflector", ["reflect", "--from", stream.destination, "--to", stream.source] + both,
            in: layout.ends(ofPair: stream.addressPair).receiver.namespace)
        try reflector.waitUntilReady()
        let sender = try programs.startTraffic(
            "\(stream.name)-sender",
            ["send", "--from", stream.source, "--to", stream.destination, "--rate", "\(stream.rate)", "--size", "\(stream.size)"] + both
                + (stream.keepsDelays ? ["--keep-delays"] : []),
            in: layout.ends(ofPair: stream.addressPair).sender.namespace)
        try sender.waitUntilReady()
        return RunningStream(sender: sender, reflector: reflector)
    }

    private func start(_ connection: Connection) throws(LabError) {
        let receiver = try programs.startTraffic(
            "\(connection.name)-receiver", ["drain", "--from", connection.destination, "--to", connection.source],
            in: layout.ends(ofPair: connection.addressPair).receiver.namespace)
        try receiver.waitUntilReady()
        let sender = try programs.startTraffic(
            "\(connection.name)-sender",
            ["pour", "--from", connection.source, "--to", connection.destination, "--rate", "\(connection.rate)"],
            in: layout.ends(ofPair: connection.addressPair).sender.namespace)
        try sender.waitUntilReady()
        connections[connection.name] = (sender, receiver)
        progress.say("traffic: \(connection.name), TCP, \(Int(connection.rate)) bytes a second")
    }

    /// Lets traffic go on for a stretch of time, which is what is measured.
    func run(for seconds: Double, _ when: String) throws(LabError) {
        let end = monotonicNow() + UInt64(seconds * 1e9)
        while monotonicNow() < end {
            try programs.checkAll()
            if let status = try traffic[scenario.measured.name]?.status() {
                progress.show("\(when): \(status.sent) sent, \(status.arrived) arrived, \(status.answered) answered")
            }
            usleep(50_000)
        }
        progress.clear()
    }

    /// Stops all traffic and counts.
    func finish(_ drops: DropCounters, _ trouble: String?) throws(LabError) -> Observations {
        for name in traffic.values.flatMap({ [$0.sender.name, $0.reflector.name] }) { programs.release(name) }
        for name in connections.values.flatMap({ [$0.sender.name, $0.receiver.name] }) { programs.release(name) }
        var streams: [String: Observations.Ends] = [:]
        for (name, ends) in traffic {
            let sender = try ends.sender.stop()
            let reflector = try ends.reflector.stop(expected: sender.sentPackets)
            streams[name] = Observations.Ends(sender: sender, reflector: reflector)
        }
        var bytes: [LabReport.ConnectionBytes] = []
        for (name, ends) in connections {
            let sent = try ends.sender.stopConnection()
            let received = try ends.receiver.stopConnection()
            bytes.append(
                LabReport.ConnectionBytes(
                    name: name, sent: sent.bytes, received: received.bytes, mismatches: received.mismatches,
                    retransmissions: sent.retransmissions))
        }
        var functions: [Int: StateDump] = [:]
        for function in layout.functions { functions[function] = try? FunctionClient(function: function).dump() }
        for case .function(let function) in disturbed { functions[function]?.refused = 0 }
        for case .agent(let function) in disturbed { functions[function]?.refused = 0 }

        var seen = Observations(streams: streams, functions: functions, drops: try environmentDrops(since: drops))
        seen.trouble = trouble
        seen.connections = bytes
        seen.cachedFlows = cachedFlows
        seen.snapshots = snapshots
        if let rate = scenario.requestRate { seen.requests = requests.report(wanted: rate) }
        if forged > 0 { seen.forged = try countForged() }
        return seen
    }

    /// What the machine dropped where nothing was disturbed on purpose.
    private func environmentDrops(since earlier: DropCounters) throws(LabError) -> [String: Int] {
        try DropCounters.read(processes, openVSwitch, layout).since(earlier).filter { source, _ in
            !disturbed.contains { part in
                switch part {
                case .agent(let function), .function(let function): DropCounters.lies(source, withFunction: function)
                case .controller, .connection: source.contains("rconn_")
                case .northbound, .metrics: false
                }
            }
        }
    }

    /// The switch brings its counters up to date now and then.
    private func countForged() throws(LabError) -> LabReport.Forged {
        var dropped = 0
        try? waitUntil("the switch has counted", within: 5, every: 100) { () throws(LabError) in
            dropped = try openVSwitch.droppedControlFrames()
            return dropped >= forged
        }
        return LabReport.Forged(sent: forged, dropped: dropped)
    }
}

extension Scenario {
    /// The rate of requests that arrive by themselves; nil if there are none.
    fileprivate var requestRate: Double? {
        steps.lazy.compactMap { if case .moveEach(let moves) = $0 { moves.rate } else { nil } }.first
    }
}
