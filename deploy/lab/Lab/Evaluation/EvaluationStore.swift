import Foundation

/// A measurement that was made.
package struct TrialResult: Hashable, Sendable, Codable {
    /// What was measured.
    package var trial: Trial
    /// What the lab found.
    package var report: LabReport
    /// How many runs before it were void, because the machine dropped packets.
    package var voidRuns: Int

    /// A measurement and what it found.
    package init(trial: Trial, report: LabReport, voidRuns: Int = 0) {
        self.trial = trial
        self.report = report
        self.voidRuns = voidRuns
    }

    /// Whether it says something: the machine itself dropped nothing.
    package var counts: Bool { report.verdict != .void }
}

/// A directory with a file for each measurement that was made, so that nothing is measured twice and a pass can be interrupted.
package struct EvaluationStore {
    /// The directory.
    package let directory: String
    private var trials: String { directory + "/trials" }

    /// The directory, which need not exist.
    package init(_ directory: String) { self.directory = directory }

    /// A file beside the measurements.
    package func path(_ name: String) -> String { "\(directory)/\(name)" }

    /// What was found by a measurement that was made; nil if it was not, or its file makes no sense.
    package func result(of trial: Trial) -> TrialResult? {
        guard let data = try? Data(contentsOf: URL(fileURLWithPath: file(of: trial))) else { return nil }
        return try? JSONDecoder().decode(TrialResult.self, from: data)
    }

    /// Keeps a measurement: its file is there whole, or not at all.
    package func save(_ result: TrialResult) throws(LabError) {
        try ReportFiles(file(of: result.trial)).save(result)
    }

    /// All measurements that were made, by their names.
    package func results() -> [TrialResult] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: trials)) ?? []
        return names.filter { $0.hasSuffix(".json") }.sorted().compactMap { name in
            (try? Data(contentsOf: URL(fileURLWithPath: "\(trials)/\(name)"))).flatMap {
                try? JSONDecoder().decode(TrialResult.self, from: $0)
            }
        }
    }

    private func file(of trial: Trial) -> String { "\(trials)/\(trial.id).json" }
}
