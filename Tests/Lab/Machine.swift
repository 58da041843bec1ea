import Foundation
import Glibc
import Lab
import Testing

/// What the machine that runs the tests allows, and what runs on it.
enum Machine {
    /// Why labs cannot run.
    static let reason: Comment = "the lab makes network namespaces and runs Open vSwitch: run the tests as root after deploy/install"

    /// Whether labs can run.
    static var canRunLabs: Bool {
        geteuid() == 0 && FileManager.default.isExecutableFile(atPath: "/usr/sbin/ovs-vswitchd")
    }

    /// A run in which nothing is done to the traffic.
    static var quiet: Scenario {
        var options = LabOptions()
        options.margin = 0.5
        return options.scenario.withoutSteps
    }

    /// The lab's program, which lies beside the tests.
    static var lab: String {
        get throws {
            let executable = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
            return URL(fileURLWithPath: executable).deletingLastPathComponent().appending(path: "sharp-lab").path
        }
    }

    /// Runs the lab; again, at most twice, if the machine itself dropped packets, since such a run says nothing.
    static func run(_ scenario: Scenario) async throws -> LabReport {
        var report = try await runLab(scenario, executable: try lab)
        for _ in 0..<2 where report.verdict == .void { report = try await runLab(scenario, executable: try lab) }
        return report
    }

    /// Expects that everything that the scenario promises held.
    static func expectPassed(_ report: LabReport, location: SourceLocation = #_sourceLocation) {
        let what: Comment = "\(report.title): \(report.failures) \(report.environmentDropsBySource)"
        #expect(report.verdict == .passed, what, sourceLocation: location)
    }

    /// A process and all that it started, and what those started.
    static func descendants(of pid: pid_t) -> Set<pid_t> {
        let children = (try? String(contentsOfFile: "/proc/\(pid)/task/\(pid)/children", encoding: .utf8)) ?? ""
        return children.split(separator: " ").compactMap { pid_t($0) }.reduce(into: [pid]) { $0.formUnion(descendants(of: $1)) }
    }

    /// The name of a process; nil when it is gone.
    static func name(of pid: pid_t) -> String? {
        (try? String(contentsOfFile: "/proc/\(pid)/comm", encoding: .utf8))?.trimmingCharacters(in: .newlines)
    }
}
