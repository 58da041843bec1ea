import Foundation
import LabSockets

/// Makes the measurements of a pass that were not made yet, one lab after the other, and writes down what all of them say.
package struct Evaluation {
    /// Runs of one measurement before it is given up as void.
    private static let attempts = 4

    private let store: EvaluationStore
    private let executable: String
    private let progress = Progress()
    private let run: (Scenario, Trial) throws(LabError) -> LabReport

    /// - Parameter executable: `sharp-lab`, which runs each measurement in namespaces of its own.
    package init(_ store: EvaluationStore, executable: String) {
        self.init(store, executable: executable) { scenario, trial throws(LabError) in
            try Self.inLab(scenario, trial, executable: executable)
        }
    }

    /// - Parameter run: makes one measurement.
    package init(
        _ store: EvaluationStore, executable: String = "", run: @escaping (Scenario, Trial) throws(LabError) -> LabReport
    ) {
        self.store = store
        self.executable = executable
        self.run = run
    }

    /// Makes what is missing, until the time is up. How many measurements are missing still.
    package func measure(_ trials: [Trial], within seconds: Double?) throws(LabError) -> Int {
        let start = monotonicNow()
        let missing = trials.filter { store.result(of: $0) == nil }
        if missing.count < trials.count {
            progress.say("\(trials.count - missing.count) of \(trials.count) measurements are there already")
        }
        var failures = 0
        for (number, trial) in missing.enumerated() {
            let elapsed = Double(monotonicNow() - start) / 1e9
            if let seconds, elapsed >= seconds {
                progress.say("\(missing.count - number) measurements left; the same command goes on")
                return missing.count - number + failures
            }
            let left = number == 0 ? "" : ", about \(Int(elapsed / Double(number) * Double(missing.count - number) / 60) + 1) min left"
            progress.say("\(number + 1) of \(missing.count)\(left): \(trial.id)")
            do throws(LabError) {
                let result = try measure(trial)
                try store.save(result)
                progress.say("  \(result.summary)")
            } catch {
                failures += 1
                progress.say("  not made: \(error)")
            }
        }
        return failures
    }

    /// Runs a measurement until the machine drops nothing, or does so time and again.
    private func measure(_ trial: Trial) throws(LabError) -> TrialResult {
        var result = TrialResult(trial: trial, report: try run(trial.scenario, trial))
        while !result.counts, trial.kind != .baseline, result.voidRuns + 1 < Self.attempts {
            progress.say("  void, again: \(result.report.environmentDropsBySource)")
            result = TrialResult(trial: trial, report: try run(trial.scenario, trial), voidRuns: result.voidRuns + 1)
        }
        return result
    }

    private static func inLab(_ scenario: Scenario, _ trial: Trial, executable: String) throws(LabError) -> LabReport {
        let file = FileManager.default.temporaryDirectory.appending(path: "sharp-trial-\(UUID()).json")
        defer { try? FileManager.default.removeItem(at: file) }
        do { try JSONEncoder().encode(scenario).write(to: file) } catch { throw LabError("cannot write \(file.path): \(error)") }
        let baseline = ["baseline", "--with-agents", "--json", "--margin", "1", "--rate", "\(trial.rate)", "--size", "\(trial.size)"]
        let arguments = trial.kind == .baseline ? baseline : ["run", "--json", file.path]
        let output = try Processes().capture([executable] + arguments, within: 600)
        guard let report = try? JSONDecoder().decode(LabReport.self, from: Data(output.text.utf8)) else {
            throw LabError(output.errors.split(separator: "\n").last.map(String.init) ?? "sharp-lab said nothing")
        }
        return report
    }
}

extension TrialResult {
    /// The measurement in one line.
    var summary: String {
        var parts = [report.verdict.rawValue]
        if let added = report.addedDelayMs { parts.append("added delay \(String(format: "%.1f", added.p50)) ms") }
        if let handover = report.handoverMs { parts.append("handover \(String(format: "%.1f", handover.p50)) ms") }
        if let through = report.throughController { parts.append("\(through.packets) packets through the controller") }
        let trouble = report.lost + report.reordered + report.duplicated
        if trouble > 0 { parts.append("\(report.lost) lost, \(report.reordered) reordered, \(report.duplicated) doubled") }
        if let failure = report.failures.first { parts.append(failure) }
        return parts.joined(separator: ", ")
    }
}
