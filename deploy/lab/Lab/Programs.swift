import CLab
import Foundation
import LabSockets

/// The system's programs as they run in the lab: services, agents, functions. They lie beside `sharp-lab` itself.
final class Programs {
    static let controller = "127.0.0.1:6653"
    /// Where the way to the controller begins that takes longer.
    static let delayLine = "127.0.0.1:6654"
    static let requests = "ipc://\(Layout.runDirectory)/requests"
    static let events = "ipc://\(Layout.runDirectory)/events"
    static let metrics = "ipc://\(Layout.runDirectory)/metrics"
    /// Has programs bind the symbols of their libraries when they start, as the images do, whose programs are linked statically.
    private static let boundAtStart = ["LD_BIND_NOW": "1"]
    private let processes: Processes
    private let directory: String
    private var running: [String: pid_t] = [:]

    init(_ processes: Processes) throws(LabError) {
        self.processes = processes
        guard let executable = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") else {
            throw LabError("cannot tell where sharp-lab lies: is /proc mounted?")
        }
        directory = (executable as NSString).deletingLastPathComponent
    }

    /// The log of a program.
    static func log(of name: String) -> String { "\(Layout.runDirectory)/\(name).log" }

    /// Starts the controller; with a directory it keeps its state there.
    func startController(stateDirectory: String? = nil, stateLimitMs: Int? = nil) throws(LabError) {
        let state = stateDirectory.map { ["--state-directory", $0] } ?? []
        let limit = stateLimitMs.map { ["--state-limit", "\($0)"] } ?? []
        try start(
            "controller", "sharp-controller",
            ["--listen", Self.controller, "--requests", Self.requests, "--events", Self.events] + state + limit)
    }

    func startDelayLine(ms: Double) throws(LabError) {
        try start("delay-line", "sharp-traffic", ["delay", "--listen", Self.delayLine, "--to", Self.controller, "--ms", "\(ms)"])
    }

    func startNorthbound() throws(LabError) {
        try start(
            "northbound", "sharp-northbound", ["--listen", Northbound.address, "--requests", Self.requests, "--events", Self.events])
    }

    func startMetrics() throws(LabError) {
        try start("metrics", "sharp-metrics", ["--listen", MetricsClient.address, "--bind", Self.metrics, "--connect", Self.events])
    }

    /// Starts an agent on TAPs, or on links and with a fast path.
    func startAgent(_ function: Int, fastPath: Bool = false, isSharpOnly: Bool = false) throws(LabError) {
        let ports = fastPath ? Layout.tapsOfAgent.map { "packet:\($0)" } : Layout.taps.map { "tap:\($0)" }
        try start(
            "agent-\(function)", "sharp-hsl-agent",
            [
                "--vnf", "\(function)", "--pair", "packet:eth0,\(ports[0])", "--pair", "packet:eth1,\(ports[1])",
                "--control-channel", Layout.controlSocket(of: function), "--metrics", Self.metrics, "--fast-path", fastPath ? "on" : "off",
            ] + (isSharpOnly ? ["--sharp-only"] : []), in: Layout.namespace(of: function))
    }

    /// Starts an example function: behind its agent, or on the links themselves.
    func startFunction(_ function: Int, behindAgent: Bool, stateMs: Int, fault: String? = nil) throws(LabError) {
        let interfaces = behindAgent ? Layout.taps : ["eth0", "eth1"]
        let channel = behindAgent ? ["--control-channel", Layout.controlSocket(of: function)] : []
        try start(
            "vnf-\(function)", "sharp-example-vnf",
            ["--left", interfaces[0], "--right", interfaces[1], "--listen", Layout.peerAddress(of: function), "--state-ms", "\(stateMs)"]
                + channel + (fault.map { ["--fault", $0] } ?? []), in: Layout.namespace(of: function))
    }

    /// Starts the adapter that speaks for a Linux function.
    func startConntrackAdapter(_ function: Int) throws(LabError) {
        try start(
            "adapter-\(function)", "sharp-conntrack-adapter",
            ["--control-channel", Layout.controlSocket(of: function), "--listen", Layout.peerAddress(of: function)],
            in: Layout.namespace(of: function))
    }

    /// Starts an HTTP server that a script in Python is.
    func startHTTPServer(in namespace: String, script: String) throws(LabError) {
        try start("http-server", at: "python3", ["-c", script], in: namespace)
    }

    /// One end of the traffic, driven through pipes.
    func startTraffic(_ name: String, _ arguments: [String], in namespace: String) throws(LabError) -> TrafficProcess {
        var pipes: [[Int32]] = [[0, 0], [0, 0]]
        for index in pipes.indices { guard pipe(&pipes[index]) == 0 else { throw LabError("cannot make a pipe") } }
        defer {
            close(pipes[0][0])
            close(pipes[1][1])
        }
        try start(name, "sharp-traffic", arguments, in: namespace, input: pipes[0][0], output: pipes[1][1])
        do {
            return TrafficProcess(name: name, stream: try LineStream(Descriptor(pipes[1][0]), output: Descriptor(pipes[0][1])))
        } catch { throw LabError("\(error)") }
    }

    /// Waits for a condition while every program that should run does.
    func wait(
        _ what: String, within seconds: Double = 15, every milliseconds: UInt32 = 2, _ condition: () throws(LabError) -> Bool
    ) throws(LabError) {
        try waitUntil(what, within: seconds, every: milliseconds) { () throws(LabError) in
            try checkAll()
            return try condition()
        }
    }

    /// Throws if a program that should run has ended.
    func checkAll() throws(LabError) {
        for (name, pid) in running {
            guard let status = processes.status(of: pid) else { continue }
            let last = (try? String(contentsOfFile: Self.log(of: name), encoding: .utf8))?.split(separator: "\n").last
            throw LabError("\(name) ended \(status < 0 ? "by a signal" : "with status \(status)"): \(last ?? "it said nothing")")
        }
    }

    /// Stops a program, or lets it go on.
    func pause(_ name: String, _ isPaused: Bool) {
        if let pid = running[name] { Glibc.kill(pid, isPaused ? SIGSTOP : SIGCONT) }
    }

    /// Ends a program at once.
    func kill(_ name: String) throws(LabError) {
        guard let pid = running.removeValue(forKey: name) else { return }
        try processes.kill(pid)
    }

    /// Lets a program end by itself from now on.
    func release(_ name: String) {
        running[name] = nil
    }

    private func start(
        _ name: String, _ program: String, _ arguments: [String], in namespace: String? = nil, input: Int32? = nil, output: Int32? = nil
    ) throws(LabError) {
        let path = "\(directory)/\(program)"
        guard FileManager.default.isExecutableFile(atPath: path) else { throw LabError("\(path) is not there: run make build") }
        try start(name, at: path, arguments, in: namespace, input: input, output: output)
    }

    private func start(
        _ name: String, at path: String, _ arguments: [String], in namespace: String?, input: Int32? = nil, output: Int32? = nil
    ) throws(LabError) {
        let log = open(Self.log(of: name), O_WRONLY | O_CREAT | O_APPEND, 0o644)
        guard log >= 0 else { throw LabError("cannot write \(Self.log(of: name))") }
        defer { close(log) }
        let command = [path] + arguments
        running[name] = try processes.start(
            namespace.map { Network.inside($0, command) } ?? command, environment: Self.boundAtStart, input: input, output: output ?? log,
            errors: log)
    }
}
