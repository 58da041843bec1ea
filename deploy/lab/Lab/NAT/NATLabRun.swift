import Foundation

/// Runs `sharp-lab demo-nat` once, in a process and namespaces of its own, and gives its report; for tests.
///
/// `executable` is `sharp-lab`, beside which all other programs lie. Throws what the lab complained about if it could not report.
package func runNATLab(_ arguments: [String], executable: String) async throws -> NATReport {
    let finished = Task.detached {
        let output = try Processes().capture([executable, "demo-nat", "--json"] + arguments, within: 300)
        guard let report = try? JSONDecoder().decode(NATReport.self, from: Data(output.text.utf8)) else {
            throw LabError(output.errors.split(separator: "\n").last.map(String.init) ?? "sharp-lab said nothing")
        }
        return report
    }
    return try await finished.value
}
