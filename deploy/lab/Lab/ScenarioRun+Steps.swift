import Foundation
import LabSockets
import TrafficKit

/// What is done in a run, step by step.
extension ScenarioRun {
    /// Takes a step.
    func take(_ step: Step) throws(LabError) {
        switch step {
        case .move(let move): try request(move)
        case .moveEach(let moves): try request(moves)
        case .remove(let rule):
            try northbound.delete(path(of: rule))
            progress.say("removed rule \(rule)")
        case .drain(let function):
            try northbound.post("/v1/vnfs/\(function)/drain", [:])
            progress.say("function \(function) is being drained")
        case .endDrain(let function):
            try northbound.delete("/v1/vnfs/\(function)/drain")
            progress.say("function \(function) is being put back into service")
        case .wait(let condition, let seconds): try wait(for: condition, within: seconds)
        case .run(let seconds): try run(for: seconds, "running")
        case .mark(let label): traffic[scenario.measured.name]?.mark(label)
        case .start(let name):
            guard let stream = scenario.stream(name) else { throw LabError("no stream is called \(name)") }
            try waitForPath()
            try start(stream)
        case .quiet(let name): try silence(name)
        case .speak(let name): traffic[name]?.sender.setQuiet(false)
        case .kill(let part): try kill(part)
        case .restart(let part): try restart(part)
        case .pause(let part):
            disturbed.insert(part)
            programs.pause(part.description, true)
        case .resume(let part): programs.pause(part.description, false)
        case .snapshot(let name): snapshots[name] = try snapshot()
        case .inject(let frames, let times): try inject(frames, times: times)
        }
    }

    /// Where a rule is that was asked for.
    func path(of rule: String) throws(LabError) -> String {
        guard let path = rules[rule] else { throw LabError("no rule is called \(rule)") }
        return path
    }

    // MARK: Requests

    private func request(_ move: Step.Move) throws(LabError) {
        var match: [String: Any] = ["eth_type": 0x0800]
        var isBidirectional = true
        if let stream = scenario.stream(move.what) {
            match["ip_proto"] = 17
            match["ipv4_src"] = stream.source
            isBidirectional = stream.bidirectional
        } else if let connection = scenario.connections.first(where: { $0.name == move.what }) {
            match["ip_proto"] = 6
            match["ipv4_src"] = connection.source
        } else {
            throw LabError("neither a stream nor a connection is called \(move.what)")
        }
        var body: [String: Any] = [
            "match": match, "priority": move.priority, "destination": ["vnf": move.destination],
            "bidirectional": move.isBidirectional ?? isBidirectional, "start": move.isGroup ? "group" : "perFlow",
            "maximumSilenceMs": move.maximumSilenceMs,
        ]
        body["mode"] = move.isGroup ? nil : Step.named(move.mode)
        let path = try northbound.post("/v1/rules", body)
        rules[move.rule] = path
        nextCount = monotonicNow() + Self.countingPause
        progress.say("\(move.rule): POST /v1/rules, destination function \(move.destination); accepted as \(path)")
    }

    /// Sends each request when it is due, whether or not those before it were answered.
    private func request(_ moves: Step.Moves) throws(LabError) {
        guard let stream = scenario.stream(moves.stream), moves.count <= stream.flows else {
            throw LabError("no stream with \(moves.count) flows is called \(moves.stream)")
        }
        let sender = traffic[stream.name].map { stream.bidirectional ? $0.sender : $0.reflector }
        let start = monotonicNow()
        let times = PoissonArrivals.times(count: moves.count, rate: moves.rate, seed: moves.seed)
        for (flow, time) in times.enumerated() {
            while case let now = monotonicNow(), now < start + time { usleep(UInt32(min(start + time - now, 1_000_000) / 1000 + 1)) }
            let ports = stream.ports(of: flow)
            let name = "\(stream.name) \(flow)"
            var body: [String: Any] = [
                "match": [
                    "eth_type": 0x0800, "ip_proto": 17, "ipv4_src": stream.source, "ipv4_dst": stream.destination,
                    "udp_src": ports.source, "udp_dst": ports.destination,
                ], "priority": 10, "destination": ["vnf": moves.destination], "bidirectional": stream.bidirectional,
                "start": "perFlow", "maximumSilenceMs": moves.maximumSilenceMs,
            ]
            body["mode"] = Step.named(moves.mode)
            sender?.watch(flow: flow)
            requests.sent(name, due: start + time)
            try northbound.post("/v1/rules", body) { [requests] in requests.answered(name, $0) }
            progress.show("\(flow + 1) of \(moves.count) requests sent, \(requests.unanswered) not answered")
        }
        try wait("all requests are answered", within: 30, every: 20) { self.requests.unanswered == 0 }
        if let refusal = requests.refusal { throw refusal }
        rules.merge(requests.paths) { _, new in new }
        let achieved = requests.report(wanted: moves.rate).achievedPerSecond
        progress.say("\(moves.count) requests for a flow each, \(String(format: "%.1f", achieved)) a second; all accepted")
    }

    // MARK: Disturbances

    private func kill(_ part: Part) throws(LabError) {
        disturbed.insert(part)
        if part == .controller { for path in rules.values { rememberRecords(ofRule: path) } }
        if case .connection(let bridge) = part {
            // Nobody listens at the port.
            try openVSwitch.connect([bridge], to: "tcp:127.0.0.1:1")
        } else {
            try programs.kill(part.description)
        }
        progress.say("killed: \(part)")
    }

    private func restart(_ part: Part) throws(LabError) {
        switch part {
        case .controller:
            try startController()
            try wait("northbound reaches the controller again", every: 20) { self.northbound.isReady() }
            if !scenario.keepsControllerState { try register() }
            for bridge in layout.bridges { try waitForConnection(of: bridge.name) }
        case .northbound:
            try programs.startNorthbound()
            try wait("northbound is ready again") { self.northbound.isReady() }
        case .metrics: try programs.startMetrics()
        case .agent(let function):
            try programs.startAgent(function, fastPath: scenario.fastPath, isSharpOnly: scenario.sharpOnly.contains(function))
            try waitForFunction(function)
        case .function(let function):
            try startFunction(function, behindAgent: true)
            try waitForFunction(function)
        case .connection(let bridge):
            try openVSwitch.connect([bridge], to: controllerTarget)
            try waitForConnection(of: bridge)
        }
        progress.say("back: \(part)")
    }

    private func waitForConnection(of bridge: String) throws(LabError) {
        try wait("switch \(bridge) is connected again", every: 20) { () throws(LabError) in
            try self.northbound.isConnected(switch: bridge)
        }
    }

    private func silence(_ name: String) throws(LabError) {
        guard let ends = traffic[name], let stream = scenario.stream(name) else { throw LabError("no stream called \(name) is running") }
        ends.sender.setQuiet(true)
        try wait("all packets of \(name) have arrived") { () throws(LabError) in
            let status = try ends.status()
            return status.arrived == status.sent && (!stream.bidirectional || status.answered == status.sent)
        }
    }

    private func inject(_ frames: [HostileFrame], times: Int) throws(LabError) {
        if injector == nil {
            let started = try programs.startTraffic("injector", ["inject", "--interface", "eth0"], in: Layout.hosts[0].namespace)
            try started.waitUntilReady()
            injector = started
        }
        guard let injector else { return }
        for _ in 0..<times {
            for frame in frames {
                _ = try injector.inject(frame.bytes, times: 1)
                if case .control = frame { forged += 1 }
            }
        }
        progress.say("host 1 sent \(times * frames.count) frames that it should not")
    }

    // MARK: Looking

    private func snapshot() throws(LabError) -> LabReport.Snapshot {
        let metrics = MetricsClient(layout).current()
        func sum(_ name: String) -> Int { Int(MetricsClient.sum(of: name, in: metrics)) }
        return LabReport.Snapshot(
            flowEntries: try openVSwitch.flowEntries(), packetIns: sum("sharp_controller_packet_ins_total"),
            openHandovers: sum("sharp_handovers_open"),
            heldPackets: sum("sharp_controller_buffered_packets") + sum("sharp_hsl_buffered_packets"))
    }

    /// Keeps what is known of a rule's handovers, for when the controller will have forgotten.
    @discardableResult
    func rememberRecords(ofRule path: String) -> [Handover] {
        guard let records = try? northbound.handovers(ofRule: path) else { return [] }
        lastRecords[path] = records
        return records
    }
}
