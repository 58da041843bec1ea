import Lab
import Testing

/// The whole system at its work: real services, Open vSwitch, real traffic.
@Suite("Handovers in the lab", .enabled(if: Machine.canRunLabs, Machine.reason), .serialized)
struct HandoverTests {
    private func run(_ change: (inout LabOptions) -> Void) async throws -> LabReport {
        var options = LabOptions()
        options.margin = 1
        change(&options)
        return try await Machine.run(options.scenario)
    }

    @Test func bothDirectionsOfAFlowMove() async throws {
        Machine.expectPassed(try await run { _ in })
    }

    @Test func oneDirectionMovesAlone() async throws {
        Machine.expectPassed(try await run { $0.bidirectional = false })
    }

    @Test func twentyFlowsMoveUnderOneWildcard() async throws {
        Machine.expectPassed(try await run { $0.flows = 20 })
    }

    @Test func aThousandBytesAreMovedLikeFew() async throws {
        Machine.expectPassed(try await run { $0.size = 1000 })
    }

    @Test func framesOfFullSizeAreWrappedOnLinksOfTheSameSize() async throws {
        Machine.expectPassed(try await run { $0.size = 1514 })
    }

    @Test func tenThousandPacketsASecondMove() async throws {
        Machine.expectPassed(try await run { $0.rate = 10_000 })
    }

    @Test func packetsAreHeldWhileStateTakesItsTime() async throws {
        let report = try await run { $0.stateMs = 300 }
        Machine.expectPassed(report)
        #expect(report.vnfBuffered.packets > report.controllerBuffered.packets)
    }

    @Test func flowsMoveToAndFro() async throws {
        let report = try await run { $0.handovers = 4 }
        Machine.expectPassed(report)
        #expect(report.outcomes == ["completed": 4])
    }

    @Test("Frames that go past the agents while nothing is armed are none of them lost or overtaken", arguments: ["sharp", "direct"])
    func flowsMoveToAndFroWithAFastPath(mode: String) async throws {
        let report = try await run {
            $0.fastPath = true
            $0.mode = mode
            $0.rate = 10_000
            $0.flows = 20
            $0.handovers = 4
        }
        Machine.expectPassed(report)
        #expect(report.outcomes == ["completed": 80])
    }

    @Test func aHandoverCompletesWithNorthboundAndMetricsKilled() async throws {
        Machine.expectPassed(try await run { $0.killObservers = true })
    }
}
