import ArgumentParser
import Foundation
import Lab

extension Victim: ExpressibleByArgument {}
extension Moment: ExpressibleByArgument {}

/// Where a run's report goes.
struct ReportArguments: ParsableArguments {
    @Flag(help: "Write the report to standard output as JSON.") var json = false
    @Option(help: "Write the report to this file as JSON, and all logs beside it.") var report: String?
    @Flag(help: .hidden) var contained = false

    /// Runs a scenario in namespaces of its own, by way of an outer process and back, and reports; the exit status says how it went.
    func run(_ scenario: () throws -> Scenario, _ body: (ScenarioRun) throws -> LabReport?) throws {
        guard contained else {
            throw ExitCode(try Containment.run(arguments: Array(CommandLine.arguments.dropFirst())))
        }
        let scenario = try scenario()
        let processes = Processes()
        try Containment.begin(processes)
        let files = report.map(ReportFiles.init)
        defer { files?.saveLogs() }
        let found: LabReport?
        do { found = try body(ScenarioRun(scenario, processes)) } catch {
            throw LabError("\(error)" + (files.map { "; logs in \($0.logs)" } ?? "; with --report FILE the logs are kept beside it"))
        }
        guard let found else { return }
        try files?.save(found)
        print(json ? try ReportFiles.json(found) : found.text)
        switch found.verdict {
        case .passed: return
        case .failed: throw ExitCode(1)
        case .void: throw ExitCode(2)
        }
    }
}

/// What a run is to do.
struct LabArguments: ParsableArguments {
    @Option(help: "Packets a second from host 1, over all flows; 1000, or 50 a flow with --requests.") var rate: Double?
    @Option(help: "Bytes of each Ethernet frame without its checksum; 58 is the least.") var size = 58
    @Option(help: "UDP flows, moved by one wildcard rule.") var flows = 1
    @Option(help: "Milliseconds by which each state transfer is prolonged.") var stateMs = 0
    @Option(help: "Whether host 2 answers every packet and both directions move.", transform: truth) var bidirectional = true
    @Option(help: "Handovers in a row, to and fro.") var handovers = 1
    @Option(help: "sharp (the paper's), direct, opennf (to compare with), or auto: name none.") var mode = "auto"
    @Option(help: "A function whose agent takes no part in direct mode; may be given more than once.") var sharpOnly: [Int] = []
    @Option(help: "Milliseconds a flow may be silent and still be moved with its state; 1000, or three pauses of a flow.")
    var maximumSilenceMs: Int?
    @Option(help: "The links' MTU.") var mtu = 1500
    @Flag(help: "Let frames go past the agents while nothing is armed.") var fastPath = false
    @Option(help: "Switches on each side, 1 or 2; with two, hosts and functions are at both.") var switchesPerSide = 1
    @Option(help: "Milliseconds that OpenFlow messages take longer, each way.") var controllerDelayMs = 0.0
    @Option(help: "Seconds of traffic before the first handover and after the last.") var margin = 2.0
    @Option(help: "Move so many flows by a request for each, arriving as a Poisson process; the others stay.") var requests = 0
    @Option(help: "How many of these requests arrive a second, on average.") var requestRate = 10.0
    @Option(help: "What their arrivals are drawn from.") var seed: UInt64 = 1
    @Option(help: "Other flows, which stay, to fill the switches' caches.") var backgroundFlows = 0
    @Option(help: "Packets a second of all of them together.") var backgroundRate = 3000.0
    @Option(help: ArgumentHelp("Kill, in the middle of the handover: \(Victim.allValueStrings.joined(separator: ", "))."))
    var kill: Victim?
    @Option(help: ArgumentHelp("When to kill it: \(Moment.allValueStrings.joined(separator: ", ")).")) var killAt = Moment.transferring
    @Option(help: "Seconds until it is started again.") var killDelay = 1.0
    @Flag(help: "Have the controller keep its state in a directory that outlives it.") var controllerState = false
    @Option(help: "Rounds of forged control frames that host 1 sends during each handover.") var forge = 0
    @Flag(help: "Kill northbound and metrics as soon as the first rule was accepted.") var killObservers = false

    func validate() throws {
        func check(_ name: String, _ holds: Bool, _ range: String) throws {
            guard holds else { throw ValidationError("--\(name): give a number from \(range)") }
        }
        try check("rate", rate.map { (0.1...200_000).contains($0) } ?? true, "0.1 to 200000")
        try check("mtu", (576...9000).contains(mtu), "576 to 9000")
        try check("size", (58...mtu + 14).contains(size), "58 to \(mtu + 14), the MTU and the Ethernet header")
        guard ["sharp", "direct", "opennf", "auto"].contains(mode) else {
            throw ValidationError("--mode \(mode): give sharp, direct, opennf or auto")
        }
        try check("sharp-only", sharpOnly.allSatisfy { (1...2).contains($0) }, "1 and 2")
        try check("flows", (1...10_000).contains(flows), "1 to 10000")
        try check("state-ms", (0...60_000).contains(stateMs), "0 to 60000")
        try check("controller-delay-ms", (0...1000).contains(controllerDelayMs), "0 to 1000")
        try check("handovers", (1...10_000).contains(handovers), "1 to 10000")
        try check("margin", (0.1...600).contains(margin), "0.1 to 600")
        try check("maximum-silence-ms", maximumSilenceMs.map { (1...60_000).contains($0) } ?? true, "1 to 60000")
        try check("requests", (0...10_000).contains(requests), "0 to 10000")
        try check("request-rate", (0.1...1000).contains(requestRate), "0.1 to 1000")
        try check("background-flows", (0...10_000).contains(backgroundFlows), "0 to 10000")
        try check("background-rate", (1...200_000).contains(backgroundRate), "1 to 200000")
        try check("switches-per-side", (1...2).contains(switchesPerSide), "1 and 2")
        try check("kill-delay", (0...60).contains(killDelay), "0 to 60")
        try check("forge", (0...1000).contains(forge), "0 to 1000")
        let kinds = [handovers > 1 || forge > 0 || killObservers, requests > 0, kill != nil].count { $0 }
        guard kinds <= 1 else {
            throw ValidationError("--handovers, --forge and --kill-observers, --requests, and --kill are runs of three kinds: choose one")
        }
    }

    /// The case that is asked for.
    var scenario: Scenario {
        var options = LabOptions()
        options.rate = rate
        options.size = size
        options.flows = flows
        options.stateMs = stateMs
        options.bidirectional = bidirectional
        options.handovers = handovers
        options.mode = mode
        options.sharpOnly = Set(sharpOnly)
        options.controllerDelayMs = controllerDelayMs
        options.maximumSilenceMs = maximumSilenceMs
        options.mtu = mtu
        options.fastPath = fastPath
        options.margin = margin
        options.switchesPerSide = switchesPerSide
        options.requests = requests
        options.requestRate = requestRate
        options.seed = seed
        options.backgroundFlows = backgroundFlows
        options.backgroundRate = backgroundRate
        options.kill = kill
        options.killAt = killAt
        options.killDelay = killDelay
        options.keepsControllerState = controllerState
        options.forge = forge
        options.countsEntries = kill == nil && requests == 0
        options.killObservers = killObservers
        return options.scenario
    }
}

@Sendable
private func truth(_ text: String) throws -> Bool {
    switch text.lowercased() {
    case "1", "true", "yes": return true
    case "0", "false", "no": return false
    default: throw ValidationError("\(text): say true or false")
    }
}
