import ArgumentParser
import Foundation
import Lab

extension NATOptions.Function: ExpressibleByArgument {}
extension NATOptions.Traffic: ExpressibleByArgument {}
extension NATOptions.Way.Namer: ExpressibleByArgument {}

/// `sharp-lab demo-nat`.
struct DemoNAT: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo-nat",
        abstract: "Moves running connections from one unmodified Linux NAT (or firewall) to another, with their tracked state.",
        discussion: """
            Downloads with curl from an HTTP server, one and many at once, and a UDP conversation: every byte is compared, and TcpRetransSegs \
            of both ends and the connection tables of both functions are looked at. Exit status: 0 passed, 1 failed.
            """)
    @Option(help: ArgumentHelp("What the functions are: nat or firewall.")) var function = NATOptions.Function.nat
    @Option(help: "What moves: download, datagrams, downloads; may be repeated. All of them unless given.")
    var what: [NATOptions.Traffic] = []
    @Option(help: "sharp or direct; both of them unless given.") var mode: String?
    @Option(help: "Who says what comes back through a NAT: function (of each flow) or rule (of all, in direct mode); both unless given.")
    var wayBack: NATOptions.Way.Namer?
    @Option(help: "How often.") var runs = 1
    @Option(help: "Downloads at once.") var connections = 100
    @Option(help: "Megabits a second that the server sends in all.") var megabits = 40
    @Option(help: "Seconds that a download lasts.") var seconds = 6
    @Option(help: "Milliseconds that TCP waits at the least before it sends again: 1000 in RFC 6298, 200 in Linux.")
    var rtoMinMs = 1_000
    @Flag(help: "Move nothing: what the machine does by itself.") var stay = false
    @Flag(help: "Write the report to standard output as JSON.") var json = false
    @Option(help: "Write the report to this file as JSON, and all logs beside it.") var report: String?
    @Flag(help: .hidden) var contained = false

    func validate() throws {
        func check(_ name: String, _ value: Int, _ range: ClosedRange<Int>) throws {
            guard range.contains(value) else {
                throw ValidationError("--\(name): give a number from \(range.lowerBound) to \(range.upperBound)")
            }
        }
        try check("runs", runs, 1...10_000)
        try check("connections", connections, 1...1_000)
        try check("megabits", megabits, 1...10_000)
        try check("seconds", seconds, 1...600)
        try check("rto-min-ms", rtoMinMs, 5...60_000)
        if let mode, !["sharp", "direct"].contains(mode) { throw ValidationError("--mode \(mode): sharp or direct") }
        if ways.isEmpty { throw ValidationError("--way-back rule: flows that a rule names together move in direct mode; leave --mode out") }
    }

    private var ways: [NATOptions.Way] {
        // A firewall translates nothing, so nobody has to say what comes back.
        let namers = function == .firewall ? [.function] : wayBack.map { [$0] } ?? NATOptions.Way.Namer.allCases
        return NATOptions.Way.all(modes: mode.map { [$0] } ?? ["sharp", "direct"], wayBack: namers)
    }

    func run() throws {
        guard contained else { throw ExitCode(try Containment.run(arguments: Array(CommandLine.arguments.dropFirst()))) }
        var options = NATOptions()
        options.function = function
        if !what.isEmpty { options.traffic = what }
        options.ways = ways
        options.runs = runs
        options.connections = connections
        options.megabits = megabits
        options.seconds = seconds
        options.leastTimeoutMs = rtoMinMs
        options.stays = stay
        let processes = Processes()
        try Containment.begin(processes)
        let files = report.map(ReportFiles.init)
        defer { files?.saveLogs() }
        let found: NATReport
        do { found = try NATRun(options, processes).perform() } catch {
            throw LabError("\(error)" + (files.map { "; logs in \($0.logs)" } ?? "; with --report FILE the logs are kept beside it"))
        }
        try files?.save(found)
        print(json ? try ReportFiles.json(found) : found.text)
        if !found.hasPassed { throw ExitCode(1) }
    }
}
