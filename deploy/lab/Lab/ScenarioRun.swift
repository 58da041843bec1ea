import ExampleVNFKit
import Foundation
import LabSockets
import TrafficKit

/// One run of the lab, from an empty namespace to a report. Runs contained, on one thread.
package final class ScenarioRun {
    let scenario: Scenario
    let layout: Layout
    let processes: Processes
    let programs: Programs
    let openVSwitch: OpenVSwitch
    let northbound = Northbound()
    let progress = Progress()
    private let network: Network

    /// The running streams, by name.
    var traffic: [String: RunningStream] = [:]
    /// The running TCP connections, by name.
    var connections: [String: (sender: TrafficProcess, receiver: TrafficProcess)] = [:]
    /// Host 1's sender of frames that it should not send, once it is needed.
    var injector: TrafficProcess?
    /// How many control frames host 1 has forged.
    var forged = 0
    /// Where the rules are that were accepted, by the scenario's names.
    var rules: [String: String] = [:]
    /// Handover records as they were last seen, by the rule's address.
    var lastRecords: [String: [Handover]] = [:]
    /// The requests of ``Step/moveEach(_:)``.
    let requests = RequestLog()
    /// What was written down on the way.
    var snapshots: [String: LabReport.Snapshot] = [:]
    /// The most entries seen in the switches' caches.
    var cachedFlows: Int?
    /// The entries in the switches' tables, where somebody looks.
    var tableEntries: TableEntries?
    /// When they are counted next.
    var nextCount: UInt64 = 0
    /// What was killed or stopped on purpose: drops there say nothing about the machine.
    var disturbed: Set<Part> = []

    /// A run in the namespaces that ``Containment/begin(_:)`` prepared.
    package init(_ scenario: Scenario, _ processes: Processes) throws(LabError) {
        self.scenario = scenario
        self.processes = processes
        layout = Layout(functions: scenario.functions, switchesPerSide: scenario.switchesPerSide)
        programs = try Programs(processes)
        network = Network(processes: processes, layout: layout, mtu: scenario.mtu)
        openVSwitch = OpenVSwitch(processes: processes, layout: layout)
    }

    /// The whole system, and everything that the scenario does to it; then the report.
    package func perform() throws(LabError) -> LabReport {
        try bringUp()
        let before = try SwitchCounters.read(openVSwitch, isFirst: true)
        let watch = StandstillWatch()
        let drops = try startTraffic()
        if scenario.countsEntries { tableEntries = TableEntries(before: try openVSwitch.entryCounts()) }
        var trouble: String?
        do {
            for step in scenario.steps { try take(step) }
            try run(for: scenario.margin, "after the last step")
        } catch {
            trouble = error.description
            progress.say("given up: \(error)")
        }
        var seen = try finish(drops, trouble)
        seen.standstills = watch?.stop()
        seen.throughController = try SwitchCounters.read(openVSwitch, isFirst: false).since(before)
        if disturbed.isEmpty { seen.drops.merge(MetricsClient(layout).agentDrops()) { $1 } }
        tableEntries?.ended(try openVSwitch.entryCounts())
        seen.tableEntries = tableEntries
        try addRecords(to: &seen)
        return LabReport(scenario, seen)
    }

    /// The same traffic through the first function without controller, northbound and metrics: what the environment alone does.
    package func measureBaseline(withAgents: Bool) throws(LabError) -> LabReport {
        try bringUpNetwork()
        try openVSwitch.steerStatically(through: 1)
        if withAgents { for function in layout.functions { try startAgent(function) } }
        try startFunctions(behindAgents: withAgents)
        let drops = try startTraffic()
        try run(for: scenario.margin, "without services")
        return LabReport(scenario, try finish(drops, nil))
    }

    /// Brings everything up and stays until the outer process ends.
    package func stayUp() throws(LabError) {
        try bringUp()
        progress.say("up: http://\(Northbound.address)/v1, http://\(MetricsClient.address)/metrics, logs in \(Layout.runDirectory)")
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
        if scenario.cachesEachFlow { try openVSwitch.cacheEachFlow() }
        let hosts = layout.hosts.map(\.namespace).joined(separator: ", ")
        let switches = layout.bridges.map(\.name).joined(separator: ", ") + " (Open vSwitch, userspace datapath)"
        progress.say("network: hosts \(hosts); switches \(switches); \(layout.functions.count) functions")
    }

    private func bringUp() throws(LabError) {
        try bringUpNetwork()
        try programs.startMetrics()
        try startController()
        try programs.startNorthbound()
        for function in layout.functions { try startAgent(function) }
        if scenario.controllerDelayMs > 0 { try programs.startDelayLine(ms: scenario.controllerDelayMs) }
        try openVSwitch.connect(layout.bridges.map(\.name), to: controllerTarget)
        try startFunctions(behindAgents: true)
        try wait("northbound is ready") { self.northbound.isReady() }
        progress.say("services: controller, northbound, metrics, \(layout.functions.count) agents with their functions")
        try register()
        progress.say("registered: \(layout.bridges.count) switches, group g1, \(layout.functions.count) functions (1 is the default)")
    }

    /// Starts the controller, with its state of before if it keeps one.
    func startController() throws(LabError) {
        try programs.startController(
            stateDirectory: scenario.keepsControllerState ? "\(Layout.runDirectory)/state" : nil, stateLimitMs: scenario.stateLimitMs)
    }

    /// Where the switches find the controller.
    var controllerTarget: String { "tcp:" + (scenario.controllerDelayMs > 0 ? Programs.delayLine : Programs.controller) }

    private func startAgent(_ function: Int) throws(LabError) {
        let isSharpOnly = scenario.sharpOnly.contains(function)
        guard scenario.fastPath else {
            try network.makeTaps(of: function)
            return try programs.startAgent(function, isSharpOnly: isSharpOnly)
        }
        try network.makeFunctionLinks(of: function)
        try programs.startAgent(function, fastPath: true, isSharpOnly: isSharpOnly)
        try wait("agent \(function) has its fast paths") {
            let log = (try? String(contentsOfFile: Programs.log(of: "agent-\(function)"), encoding: .utf8)) ?? ""
            return !log.contains("no fast path") && log.split(separator: "\n").count { $0.contains("fast path") } == 2
        }
    }

    private func startFunctions(behindAgents: Bool) throws(LabError) {
        for function in layout.functions { try startFunction(function, behindAgent: behindAgents) }
        for function in layout.functions { try waitForFunction(function, behindAgent: behindAgents) }
        for (function, fault) in scenario.faults where fault == .dies { mayEnd(function) }
    }

    func startFunction(_ function: Int, behindAgent: Bool) throws(LabError) {
        try programs.startFunction(
            function, behindAgent: behindAgent, stateMs: scenario.stateMs, fault: scenario.faults[function]?.rawValue)
    }

    /// A function will end by itself, as it was told.
    private func mayEnd(_ function: Int) {
        disturbed.insert(.function(function))
        programs.release(Part.function(function).description)
    }

    /// Waits until a function answers, and is on its agent's control channel if it has one.
    func waitForFunction(_ function: Int, behindAgent: Bool = true) throws(LabError) {
        try wait("function \(function) is ready") {
            guard let dump = try? FunctionClient(function: function).dump() else { return false }
            return dump.controlChannel == (behindAgent ? true : nil)
        }
    }

    /// Tells the controller what there is; once again if it has forgotten.
    func register() throws(LabError) { try northbound.register(layout, programs) }

    /// Waits for a condition while every program that should run does.
    func wait(
        _ what: String, within seconds: Double = 15, every milliseconds: UInt32 = 2, _ condition: () throws(LabError) -> Bool
    ) throws(LabError) {
        try programs.wait(what, within: seconds, every: milliseconds, condition)
    }

    // MARK: What was seen

    private func addRecords(to seen: inout Observations) throws(LabError) {
        seen.handovers = try northbound.handovers()
        let found = Set(seen.handovers.map(\.id))
        for (name, path) in rules.sorted(by: { $0.key < $1.key }) {
            let known = (lastRecords[path] ?? []).filter { !found.contains($0.id) }
            if let rule = try northbound.rule(path) {
                // What had ended when a controller was killed that keeps its state is in the rule's counts only.
                let lost = rule.lostPackets ?? 0
                seen.lostByRules += lost
                if lost > 0 { progress.say("  \(name): \(counted(lost, "packet")) lost on the way to the controller") }
                seen.handovers += known.filter { $0.outcome != "open" }
            } else {
                seen.handovers += known
                seen.forgotten += known.count { $0.outcome == "open" }
            }
        }
        for record in seen.handovers.prefix(5) { progress.say(record.summary) }
    }
}

extension Handover {
    /// The record in one line.
    var summary: String {
        let phases = HandoverPhase.allCases.compactMap { phase in
            milliseconds(of: phase).map { "\(phase) \(String(format: "%.2f", $0))" }
        }
        return "  \(flow): \(mode.map { "\($0), " } ?? "")\(outcome)" + (durationMs.map { " in \(String(format: "%.2f", $0)) ms" } ?? "")
            + " (\(phases.joined(separator: ", "))); buffered \(controllerBuffered.packets) at the controller,"
            + " \(vnfBuffered.packets) at the function" + (reason.map { "; \($0)" } ?? "")
    }
}
