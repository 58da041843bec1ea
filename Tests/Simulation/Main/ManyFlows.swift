import ArgumentParser
import Foundation
import Simulation

/// Very many flows at once: what came of them, and what that took of the machine.
extension SharpSimulate {
    private struct Expense: Encodable {
        let flows: Int
        let mode: String
        let handovers: [String: Int]
        let sent: Int, arrived: Int
        let packetsThroughController: Int
        let peakTableEntries: Int
        let violations: [Report.Hurt]
        let events: Int
        let seconds: Double
        let peakMegabytes: Int
    }

    func moveMany(_ count: Int, in modes: Modes) throws {
        guard (1...Scenario.mostFlows).contains(count) else {
            throw ValidationError("--flows \(count): give a number from 1 to \(Scenario.mostFlows)")
        }
        let meter = Meter(total: 1)
        let outcome = Simulation(Scenario.manyFlows(count, seed: seed ?? 0, in: modes)).run()
        let totals = outcome.totals
        let expense = Expense(
            flows: count, mode: "\(modes)", handovers: totals.outcomes, sent: totals.sent, arrived: totals.arrived,
            packetsThroughController: totals.packetsThroughController, peakTableEntries: totals.peakEntries,
            violations: outcome.violations.map(Report.Hurt.init), events: outcome.events, seconds: meter.seconds,
            peakMegabytes: Self.peakMegabytes)
        if json { try printJSON(expense) } else { print(expense, outcome.violations) }
        if !outcome.violations.isEmpty || totals.outcomes["completed"] != count { throw ExitCode.failure }
    }

    private func print(_ expense: Expense, _ violations: [Violation]) {
        violations.forEach { Swift.print($0) }
        let ended = expense.handovers.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
        Swift.print("\(expense.flows) flows under one rule, \(expense.mode): \(ended)")
        let through = "\(expense.packetsThroughController) by way of the controller"
        Swift.print("\(expense.sent) packets sent, \(expense.arrived) arrived, \(through)")
        Swift.print("at most \(expense.peakTableEntries) entries in a switch's tables, \(violations.count) violations")
        let rate = Int(Double(expense.events) / max(expense.seconds, 1e-9))
        Swift.print(
            "\(expense.events) events in \(String(format: "%.1f", expense.seconds)) s (\(rate) a second), "
                + "at most \(expense.peakMegabytes) MB of memory")
    }

    /// The most memory that the process had so far, as the kernel says; 0 where it does not.
    private static var peakMegabytes: Int {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        return (line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) / 1_024
    }
}
