import Foundation

/// Runs the whole lab once, in a process and namespaces of its own, and gives its report; for tests.
///
/// `executable` is `sharp-lab`, beside which all other programs lie; `command` is what it is to do. Throws what the lab complained about if it could not report.
public func runLab(_ options: LabOptions, executable: String, command: String = "demo") async throws -> LabReport {
    let finished = Task.detached {
        let output = try Processes().capture([executable, command, "--json"] + options.arguments, within: 600)
        guard let report = try? JSONDecoder().decode(LabReport.self, from: Data(output.text.utf8)) else {
            throw LabError(output.errors.split(separator: "\n").last.map(String.init) ?? "sharp-lab said nothing")
        }
        return report
    }
    return try await finished.value
}
