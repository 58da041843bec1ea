import ArgumentParser
import Foundation
import Lab

/// The options of a run, and the way from the outer process into the contained one and back.
struct LabArguments: ParsableArguments {
    @Option(help: "Packets a second from host 1, over all flows together.") var rate = 1000.0
    @Option(help: "Bytes of each Ethernet frame without its checksum; 58 is the least.") var size = 58
    @Option(help: "UDP flows, moved by one wildcard rule.") var flows = 1
    @Option(help: "Milliseconds by which each state transfer is prolonged.") var stateMs = 0
    @Option(help: "Whether host 2 answers every packet and both directions move.", transform: truth) var bidirectional = true
    @Option(help: "Handovers in a row, to and fro.") var handovers = 1
    @Option(help: "sharp or direct.") var mode = "sharp"
    @Option(help: "Milliseconds a flow may be silent and still be moved with its state.") var maximumSilenceMs = 1000
    @Option(help: "The links' MTU.") var mtu = 1500
    @Option(help: "Seconds of traffic before the first handover and after the last.") var margin = 2.0
    @Flag(help: "Kill northbound and metrics as soon as the first rule was accepted.") var killObservers = false
    @Flag(help: "Write the report to standard output as JSON.") var json = false
    @Option(help: "Write the report to this file as JSON, and all logs beside it.") var report: String?
    @Flag(help: .hidden) var contained = false

    func validate() throws {
        func check(_ name: String, _ holds: Bool, _ range: String) throws {
            guard holds else { throw ValidationError("--\(name): give a number from \(range)") }
        }
        try check("rate", (1...200_000).contains(rate), "1 to 200000")
        try check("mtu", (576...9000).contains(mtu), "576 to 9000")
        try check("size", (58...mtu + 14).contains(size), "58 to \(mtu + 14), the MTU and the Ethernet header")
        try check("flows", (1...10_000).contains(flows), "1 to 10000")
        try check("state-ms", (0...60_000).contains(stateMs), "0 to 60000")
        try check("handovers", (1...10_000).contains(handovers), "1 to 10000")
        try check("margin", (0.1...600).contains(margin), "0.1 to 600")
        try check("maximum-silence-ms", (1...60_000).contains(maximumSilenceMs), "1 to 60000")
    }

    private var options: LabOptions {
        var options = LabOptions()
        options.rate = rate
        options.size = size
        options.flows = flows
        options.stateMs = stateMs
        options.bidirectional = bidirectional
        options.handovers = handovers
        options.mode = mode
        options.maximumSilenceMs = maximumSilenceMs
        options.mtu = mtu
        options.killObservers = killObservers
        options.margin = margin
        options.report = report
        return options
    }

    /// Runs a scenario in namespaces of its own and reports; the exit status says how it went.
    func run(_ body: (Scenario) throws -> LabReport?) throws {
        guard contained else {
            throw ExitCode(try Containment.run(arguments: Array(CommandLine.arguments.dropFirst())))
        }
        let processes = Processes()
        try Containment.begin(processes)
        let files = report.map(ReportFiles.init)
        defer { files?.saveLogs() }
        let found: LabReport?
        do { found = try body(Scenario(options, processes)) } catch {
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

@Sendable
private func truth(_ text: String) throws -> Bool {
    switch text.lowercased() {
    case "1", "true", "yes": return true
    case "0", "false", "no": return false
    default: throw ValidationError("\(text): say true or false")
    }
}
