import Lab
import Testing

/// Rules that name no mode, and very many flows under one rule in direct mode.
@Suite("Modes in the lab", .enabled(if: Machine.canRunLabs, Machine.reason), .serialized)
struct ModeTests {
    private func run(_ change: (inout LabOptions) -> Void) async throws -> LabReport {
        var options = LabOptions()
        options.margin = 1
        options.mode = "auto"
        options.flows = 5
        options.countsEntries = true
        change(&options)
        return try await Machine.run(options.scenario)
    }

    @Test func withoutAModeFlowsMoveInDirectModeWhereEveryAgentCan() async throws {
        let report = try await run { _ in }
        Machine.expectPassed(report)
        #expect(report.modes == ["direct": 5])
        #expect(report.modeReasons == ["every instance of the group can": 5])
        #expect(report.throughController?.packets == 0)
    }

    @Test(arguments: [1, 2])
    func oneAgentThatCannotMakesItSharp(_ function: Int) async throws {
        let report = try await run { $0.sharpOnly = [function] }
        Machine.expectPassed(report)
        #expect(report.modes == ["sharp": 5])
        #expect(report.modeReasons == ["VNF \(function) takes no part in direct mode": 5])
    }

    @Test func tenThousandFlowsMoveInDirectModeUnderOneRule() async throws {
        let report = try await run { options in
            options.mode = "direct"
            options.flows = 10_000
            options.rate = 1_000
        }
        Machine.expectPassed(report)
        #expect(report.outcomes == ["completed": 10_000])
        #expect(report.modes == ["direct": 10_000])
        #expect(report.throughController?.packets == 0)
        let entries = try #require(report.tableEntries)
        for (name, before) in entries.before {
            #expect(entries.during[name] == before + 1 && entries.after[name] == before + 1, "one steering entry in \(name)")
        }
    }
}
