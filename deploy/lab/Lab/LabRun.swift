import Foundation

/// Runs the whole lab once, in a process and namespaces of its own, and gives its report; for tests.
///
/// `executable` is `sharp-lab`, beside which all other programs lie. Throws what the lab complained about if it could not report.
package func runLab(_ scenario: Scenario, executable: String) async throws -> LabReport {
    let finished = Task.detached {
        let file = FileManager.default.temporaryDirectory.appending(path: "sharp-scenario-\(UUID()).json")
        defer { try? FileManager.default.removeItem(at: file) }
        try JSONEncoder().encode(scenario).write(to: file)
        let output = try Processes().capture([executable, "run", "--json", file.path], within: 600)
        guard let report = try? JSONDecoder().decode(LabReport.self, from: Data(output.text.utf8)) else {
            throw LabError(output.errors.split(separator: "\n").last.map(String.init) ?? "sharp-lab said nothing")
        }
        return report
    }
    return try await finished.value
}
