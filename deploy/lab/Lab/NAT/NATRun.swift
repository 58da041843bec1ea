import Foundation
import LabSockets
import TrafficKit

/// Runs of the lab with unmodified Linux functions behind the agents. Runs contained, on one thread.
package final class NATRun {
    let options: NATOptions
    let processes: Processes
    let layout = Layout(functions: 2, switchesPerSide: 1)
    let programs: Programs
    let northbound = Northbound()
    let progress = Progress()
    let network: NATNetwork
    private let openVSwitch: OpenVSwitch
    /// What is downloaded, by the file's name.
    private var contents: [String: Data] = [:]
    /// How often something was moved: each time from other ports, for those before may still be remembered as closing.
    private var count = 0

    /// A run in the namespaces that ``Containment/begin(_:)`` prepared.
    package init(_ options: NATOptions, _ processes: Processes) throws(LabError) {
        self.options = options
        self.processes = processes
        programs = try Programs(processes)
        network = NATNetwork(processes: processes, function: options.function, leastTimeoutMs: options.leastTimeoutMs)
        openVSwitch = OpenVSwitch(processes: processes, layout: layout)
    }

    /// Everything, from an empty namespace to a report.
    package func perform() throws(LabError) -> NATReport {
        try bringUp()
        var report = NATReport(function: options.function, leastTimeoutMs: options.leastTimeoutMs)
        for run in 1...options.runs {
            for way in options.ways {
                for traffic in options.traffic {
                    let move = try move(traffic, way, run)
                    progress.say(
                        "run \(run), \(way.mode), \(traffic.rawValue): "
                            + (move.failures.isEmpty ? "passed" : move.failures.joined(separator: "; ")))
                    report.moves.append(move)
                }
            }
        }
        return report
    }

    // MARK: Bringing up

    private func bringUp() throws(LabError) {
        try Network(processes: processes, layout: layout, mtu: 1500).build()
        try network.prepareHosts()
        try openVSwitch.start()
        try programs.startMetrics()
        try programs.startController()
        try programs.startNorthbound()
        for function in layout.functions {
            try Network(processes: processes, layout: layout, mtu: 1500).makeTaps(of: function)
            try programs.startAgent(function)
            try programs.startConntrackAdapter(function)
            try network.prepare(function: function)
        }
        try openVSwitch.connect(layout.bridges.map(\.name), to: "tcp:\(Programs.controller)")
        try wait("northbound is ready") { self.northbound.isReady() }
        for function in layout.functions {
            try wait("adapter \(function) is on the control channel") {
                (try? String(contentsOfFile: Programs.log(of: "adapter-\(function)"), encoding: .utf8))?.contains("on the control channel")
                    ?? false
            }
        }
        try northbound.register(layout, programs)
        progress.say("up: client, server, two switches, two Linux functions (\(options.function.rawValue)), and the services")
        try startServer()
    }

    private func startServer() throws(LabError) {
        let rate = options.megabits * 1_000_000 / 8
        let bytes = rate * options.seconds
        do {
            try FileManager.default.createDirectory(atPath: NATLayout.files, withIntermediateDirectories: true)
            for (name, size) in [("whole", bytes), ("part", bytes / options.connections), ("probe", 1)] {
                var generator = SystemRandomNumberGenerator()
                let content = Data((0..<size / 8 + 1).flatMap { _ in withUnsafeBytes(of: generator.next()) { Array($0) } })
                try content.write(to: URL(fileURLWithPath: "\(NATLayout.files)/\(name)"))
                contents[name] = content
            }
        } catch { throw LabError("cannot make the files to be downloaded: \(error.localizedDescription)") }
        try programs.startHTTPServer(
            in: NATLayout.serverNamespace,
            script: NATLayout.httpServer(bytesPerSecond: ["whole": rate, "part": rate / options.connections]))
        try wait("the client reaches the server") { () throws(LabError) in
            try self.processes.capture(
                Network.inside(
                    NATLayout.clientNamespace,
                    ["curl", "--silent", "--max-time", "1", "--output", "/dev/null", "http://\(NATLayout.server)/probe"])
            ).status == 0
        }
    }

    // MARK: Moving

    /// Starts traffic through function 1, moves it to function 2 in its middle, and lets it end.
    private func move(_ traffic: NATOptions.Traffic, _ way: NATOptions.Way, _ run: Int) throws(LabError) -> NATReport.Move {
        count += 1
        return switch traffic {
        case .download: try moveDownloads(traffic, way, of: "whole", connections: 1, from: 61_000..<65_000, run)
        case .downloads: try moveDownloads(traffic, way, of: "part", connections: options.connections, from: 42_000..<61_000, run)
        case .datagrams: try moveDatagrams(way, run)
        }
    }

    private func moveDownloads(
        _ traffic: NATOptions.Traffic, _ way: NATOptions.Way, of file: String, connections: Int, from ports: Range<Int>, _ run: Int
    ) throws(LabError) -> NATReport.Move {
        var move = NATReport.Move(run: run, way: way, traffic: traffic, connections: connections)
        guard let content = contents[file] else { throw LabError("\(file): no such file") }
        let first = ports.lowerBound + count % max(1, ports.count / connections) * connections
        let before = try network.counters()
        let drops = try DropCounters.read(processes, openVSwitch, layout)
        let download = try Download(file, ports: first...first + connections - 1, processes)
        var rule: String?
        do throws(LabError) {
            try wait("function 1 tracks all connections") { () throws(LabError) in
                try self.network.trackedPorts(at: 1, protocol: "tcp").isSuperset(of: download.ports)
            }
            if !options.stays {
                let asked = try request(traffic, way, port: connections == 1 ? first : nil)
                rule = asked
                try waitForEnd(of: asked, connections, &move)
                if download.hasEnded(processes) {
                    move.failures.append("the download ended before the handover did: prolong it with --seconds")
                }
                try look(at: Set(download.ports), protocol: "tcp", &move)
            }
            try wait("the download is over", within: Double(10 * options.seconds + 30), every: 20) { download.hasEnded(self.processes) }
        } catch {
            try download.stop(processes)
            move.failures.append(error.description)
            return move
        }
        let compared = download.compare(with: content, processes)
        move.received = compared.bytes
        move.failures += compared.failures
        move.counters = try network.counters().merging(before) { $0 - $1 }.filter { $0.value != 0 }
        move.environmentDrops = try DropCounters.read(processes, openVSwitch, layout).since(drops)
        if move.retransmissions > 0 { move.failures.append("\(counted(move.retransmissions, "segment")) sent again") }
        if let rule { try remove(rule) }
        return move
    }

    private func moveDatagrams(_ way: NATOptions.Way, _ run: Int) throws(LabError) -> NATReport.Move {
        var move = NATReport.Move(run: run, way: way, traffic: .datagrams, connections: 1)
        // A port that a translation into the function's range leaves as it is, for the server answers to one it is told.
        let port = NATLayout.ports(of: 1).lowerBound + count % 1_000
        let seen = options.function == .nat ? NATLayout.sides[1].address : NATLayout.client
        let reflector = try programs.startTraffic(
            "reflector", ["reflect", "--from", NATLayout.server, "--to", seen, "--source-port", "\(port)"], in: NATLayout.serverNamespace)
        try reflector.waitUntilReady()
        let sender = try programs.startTraffic(
            "sender", ["send", "--from", NATLayout.client, "--to", NATLayout.server, "--source-port", "\(port)", "--rate", "1000"],
            in: NATLayout.clientNamespace)
        try sender.waitUntilReady()
        try wait("function 1 tracks the conversation") { () throws(LabError) in
            try self.network.trackedPorts(at: 1, protocol: "udp").contains(port)
        }
        var rule: String?
        do throws(LabError) {
            if !options.stays {
                let asked = try request(.datagrams, way, port: port)
                rule = asked
                try waitForEnd(of: asked, 1, &move)
                try look(at: [port], protocol: "udp", &move)
            }
            let soFar = try sender.status().sent
            try wait("the conversation has gone on for a second", every: 20) { () throws(LabError) in
                try sender.status().sent > soFar + 1000
            }
        } catch { move.failures.append(error.description) }
        let (forward, reverse) = try end(sender, reflector)
        move.received = forward.received + reverse.received
        move.failures += forward.complaints(" on the way to the server") + reverse.complaints(" on the way back")
        if let rule { try remove(rule) }
        return move
    }

    /// Ends a conversation, and says what became of its packets in either direction.
    private func end(
        _ sender: TrafficProcess, _ reflector: TrafficProcess
    ) throws(LabError) -> (forward: LabReport.Counts, reverse: LabReport.Counts) {
        for end in [sender, reflector] { programs.release(end.name) }
        let sent = try sender.stop()
        let answered = try reflector.stop(expected: sent.sentPackets)
        return (LabReport.Counts(from: sent, to: answered), LabReport.Counts(from: answered, to: sent))
    }

    // MARK: Rules

    /// Asks for flows to move to function 2: of one port, or all.
    private func request(_ traffic: NATOptions.Traffic, _ way: NATOptions.Way, port: Int?) throws(LabError) -> String {
        let name = traffic == .datagrams ? "udp" : "tcp"
        var match: [String: Any] = [
            "eth_type": 0x0800, "ip_proto": traffic == .datagrams ? 17 : 6, "ipv4_src": NATLayout.client, "ipv4_dst": NATLayout.server,
            "\(name)_dst": traffic == .datagrams ? 7000 : NATLayout.httpPort,
        ]
        if let port { match["\(name)_src"] = port }
        var body: [String: Any] = [
            "match": match, "priority": 10, "destination": ["vnf": 2], "maximumSilenceMs": 1000, "mode": way.mode,
        ]
        switch (options.function, way.wayBack) {
        case (.firewall, _): body["bidirectional"] = true
        case (.nat, .rule):
            // The way back carries other addresses: the rule names them, and everything moves together.
            body["bidirectional"] = true
            body["start"] = "group"
            body["reverseMatch"] = [
                "eth_type": 0x0800, "ip_proto": traffic == .datagrams ? 17 : 6, "ipv4_src": NATLayout.server,
                "ipv4_dst": NATLayout.sides[1].address, "\(name)_src": traffic == .datagrams ? 7000 : NATLayout.httpPort,
            ]
        // The function itself names the way back of each flow.
        case (.nat, .function): body["bidirectional"] = false
        }
        let path = try northbound.post("/v1/rules", body)
        progress.say("POST /v1/rules: \(traffic.rawValue) to function 2; accepted as \(path)")
        return path
    }

    private func waitForEnd(of rule: String, _ flows: Int, _ move: inout NATReport.Move) throws(LabError) {
        let isGroup = options.function == .nat && move.way.wayBack == .rule
        try wait("all flows have moved", within: 30, every: 10) { () throws(LabError) in
            guard let rule = try self.northbound.rule(rule) else { return false }
            let counts = rule.handovers
            return counts.open == 0 && counts.completed + counts.aborted + counts.failed >= (isGroup ? 1 : flows)
        }
        let records = try northbound.handovers(ofRule: rule).sorted { ($0.durationMs ?? .infinity) > ($1.durationMs ?? .infinity) }
        move.longestMs = records.lazy.compactMap(\.durationMs).first
        for record in records {
            move.outcomes[record.outcome, default: 0] += 1
            if record.outcome != "completed" { move.failures.append("\(record.flow): \(record.outcome) \(record.reason ?? "")") }
        }
        // The longest.
        for record in records.prefix(3) { progress.say(record.summary) }
    }

    /// Looks into both functions' tables.
    private func look(at ports: Set<Int>, protocol name: String, _ move: inout NATReport.Move) throws(LabError) {
        // It is told last of all that the handover is over.
        try? wait("function 1 has forgotten", within: 2) { () throws(LabError) in
            move.trackedAtSource = try self.network.trackedPorts(at: 1, protocol: name).intersection(ports).count
            return move.trackedAtSource == 0
        }
        move.trackedAtDestination = try network.trackedPorts(at: 2, protocol: name).intersection(ports).count
        if move.trackedAtSource > 0 { move.failures.append("function 1 still has \(counted(move.trackedAtSource, "connection"))") }
        if move.trackedAtDestination < ports.count {
            move.failures.append("function 2 has \(move.trackedAtDestination) of \(counted(ports.count, "connection"))")
        }
    }

    private func remove(_ rule: String) throws(LabError) {
        try northbound.delete(rule)
        try wait("the rule is gone", within: 45, every: 50) { () throws(LabError) in
            guard let rule = try self.northbound.rule(rule) else { return true }
            return rule.state == "removed" && rule.handovers.open == 0
        }
    }

    private func wait(
        _ what: String, within seconds: Double = 15, every milliseconds: UInt32 = 5, _ condition: () throws(LabError) -> Bool
    ) throws(LabError) {
        try programs.wait(what, within: seconds, every: milliseconds, condition)
    }
}
