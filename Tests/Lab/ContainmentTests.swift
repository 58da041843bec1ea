import Foundation
import Glibc
import Lab
import Testing

@Suite("Containment", .enabled(if: Machine.canRunLabs, Machine.reason), .serialized)
struct ContainmentTests {
    @Test(arguments: [SIGINT, SIGTERM, SIGKILL]) func nothingIsLeftOfALabThatIsEnded(by signal: Int32) throws {
        let processes = Processes()
        let nothing = open("/dev/null", O_RDWR)
        defer { close(nothing) }
        let lab = try processes.start([try Machine.lab, "baseline", "--margin", "60"], output: nothing, errors: nothing)
        var family: Set<pid_t> = []
        try waitUntil("the lab's traffic runs", within: 30) {
            family = Machine.descendants(of: lab)
            return family.count { Machine.name(of: $0) == "sharp-traffic" } == 2
        }
        kill(lab, signal)
        try waitUntil("all \(family.count) processes are gone", within: 10) {
            _ = processes.status(of: lab)
            return family.allSatisfy { Machine.name(of: $0) == nil }
        }
    }

    @Test func trafficThroughTheBareLabIsCountedExactly() async throws {
        let report = try await runLab(Machine.quiet, executable: try Machine.lab)
        #expect(report.verdict != .failed, "\(report.failures)")
        #expect(report.sent > 0)
    }

    @Test func twoLabsRunSideBySide() async throws {
        let executable = try Machine.lab
        async let first = runLab(Machine.quiet, executable: executable)
        async let second = runLab(Machine.quiet, executable: executable)
        for report in try await [first, second] { #expect(report.verdict != .failed, "\(report.failures)") }
    }
}
