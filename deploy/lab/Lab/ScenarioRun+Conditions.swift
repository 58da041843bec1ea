import ExampleVNFKit
import Foundation
import LabSockets

/// What steps wait for.
extension ScenarioRun {
    /// Waits until a condition holds.
    func wait(for condition: Condition, within seconds: Double) throws(LabError) {
        var last: LabError?
        if condition.interval >= 25 { usleep(condition.interval * 1000) }
        do {
            try wait(condition.text, within: seconds, every: condition.interval) { () throws(LabError) in
                // A service that is down or busy answers later; if it never does, the deadline says so.
                do throws(LabError) {
                    return try holds(condition)
                } catch {
                    last = error
                    return false
                }
            }
        } catch {
            throw last.map { LabError("\(error) (\($0))") } ?? error
        }
        progress.say(condition.text)
    }

    private func holds(_ condition: Condition) throws(LabError) -> Bool {
        switch condition {
        case .detecting(let name): return try rule(name)?.state == "detecting"
        case .phase(let phase, let name): return rememberRecords(ofRule: try path(of: name)).contains { $0.waitsIn == phase }
        case .ended(let name):
            try countEntries()
            return try hasEnded(name)
        case .endedEach: return try haveEndedEach()
        case .settled(let name):
            guard let rule = try rule(name) else { return false }
            return rule.state == "settled" && rule.handovers.open == 0
        case .counted(let name): return try rule(name)?.lostPackets ?? 0 > 0
        case .removed(let name):
            guard let rule = try rule(name) else { return true }
            return rule.state == "removed" && rule.handovers.open == 0
        case .drained(let function): return try northbound.drain(ofFunction: function)?.state == "drained"
        case .inService(let function): return try northbound.drain(ofFunction: function) == nil
        case .owned(let name, let function): return try has(function, name, "owned")
        case .frozen(let name, let function): return try has(function, name, "frozen")
        case .failed(let name):
            guard let rule = try rule(name) else { return false }
            return rule.state == "failed" && rule.handovers.open == 0
        case .goingBack(let name):
            return rememberRecords(ofRule: try path(of: name)).contains { $0.outcome == "open" && $0.reason != nil }
        case .unread(let function): return try unreadBytes(atControlChannelOf: function) > 0
        case .tables(let name):
            guard let before = snapshots[name] else { throw LabError("no snapshot is called \(name)") }
            return try openVSwitch.flowEntries() == before.flowEntries
        case .cached(let count):
            let cached = try openVSwitch.cachedFlows()
            cachedFlows = max(cachedFlows ?? 0, cached)
            return cached >= count
        }
    }

    /// Whether a function has all flows of a stream in a phase.
    private func has(_ function: Int, _ name: String, _ phase: String) throws(LabError) -> Bool {
        guard let stream = scenario.stream(name) else { throw LabError("no stream is called \(name)") }
        let there = Set(try FunctionClient(function: function).dump().flows.filter { $0.phase == phase }.map(\.flow))
        return (0..<stream.flows).allSatisfy { flow in
            let names = stream.names(of: flow)
            return there.contains(names.forward) && (!stream.bidirectional || there.contains(names.reverse))
        }
    }

    private func rule(_ name: String) throws(LabError) -> Northbound.Rule? {
        let path = try path(of: name)
        let rule = try northbound.rule(path)
        if let rule { progress.show("\(name): \(rule.state), \(rule.handovers.open) open, \(rule.handovers.completed) completed") }
        return rule
    }

    /// Counts the entries in the switches' tables now and then, if that is wanted: not at once, for the programs that ask the switches
    /// would take the processors from the handover that has just begun.
    private func countEntries() throws(LabError) {
        guard tableEntries != nil, monotonicNow() >= nextCount else { return }
        tableEntries?.seen(try openVSwitch.entryCounts())
        nextCount = monotonicNow() + Self.countingPause
    }

    /// Nanoseconds between two counts of entries, and before the first one.
    static var countingPause: UInt64 { 250_000_000 }

    private func hasEnded(_ name: String) throws(LabError) -> Bool {
        guard let rule = try rule(name) else { return true }
        let counts = rule.handovers
        return counts.open == 0 && counts.completed + counts.aborted + counts.failed >= scenario.handovers(ofRule: name)
    }

    private func haveEndedEach() throws(LabError) -> Bool {
        let records = try northbound.handovers()
        progress.show("\(records.count { $0.outcome == "open" }) handovers open, \(records.count { $0.outcome == "completed" }) completed")
        return records.count { $0.outcome != "open" } >= scenario.requestedHandovers && !records.contains { $0.outcome == "open" }
    }

    /// What waits in the agent's end of the control channel.
    private func unreadBytes(atControlChannelOf function: Int) throws(LabError) -> Int {
        let sockets = try processes.capture(Network.inside(Layout.namespace(of: function), ["ss", "-xH", "state", "established"])).text
        return sockets.split(separator: "\n").filter { $0.contains(Layout.controlSocket(of: function)) }.reduce(0) { sum, line in
            sum + (line.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0)
        }
    }
}

extension Condition {
    /// What is waited for, in words.
    fileprivate var text: String {
        switch self {
        case .detecting(let rule): "\(rule): flows are being detected"
        case .phase(let phase, let rule): "\(rule): a handover waits in phase \(phase)"
        case .ended(let rule): "\(rule): all handovers have ended"
        case .endedEach: "all requested handovers have ended"
        case .settled(let rule): "\(rule): settled"
        case .counted(let rule): "\(rule): what was lost on the way to the controller is counted"
        case .failed(let rule): "\(rule): failed, and its flows are where they were"
        case .goingBack(let rule): "\(rule): a handover goes back"
        case .removed(let rule): "\(rule): removed"
        case .drained(let function): "function \(function): drained"
        case .inService(let function): "function \(function): back in service"
        case .owned(let stream, let function): "function \(function) owns all flows of \(stream)"
        case .frozen(let stream, let function): "function \(function) has frozen all flows of \(stream)"
        case .unread(let function): "function \(function) has said something that its agent has not read"
        case .tables(let snapshot): "the tables are as they were at \(snapshot)"
        case .cached(let count): "the switches' caches hold \(count) flows"
        }
    }

    /// How often to look, in milliseconds: seldom, since every look runs on the cores that the handover needs.
    fileprivate var interval: UInt32 {
        switch self {
        case .detecting, .phase, .unread, .owned, .frozen, .goingBack: 5
        case .ended, .settled, .failed, .removed, .drained, .inService: 50
        case .endedEach, .cached, .tables, .counted: 250
        }
    }
}
