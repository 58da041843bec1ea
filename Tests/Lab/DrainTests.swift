import Lab
import Testing

/// A function is taken out of service, and put back.
@Suite("Drains in the lab", .enabled(if: Machine.canRunLabs, Machine.reason), .serialized)
struct DrainTests {
    @Test func aDrainedFunctionLosesItsFlowsToAnotherAndGetsThemBackLater() async throws {
        var scenario = Scenario()
        scenario.title = "function 1 is drained, and put back into service"
        scenario.measured.flows = 20
        scenario.steps = [
            .drain(function: 1), .wait(.drained(function: 1)), .wait(.owned(stream: Stream.measured, function: 2)), .run(1),
            .endDrain(function: 1), .wait(.inService(function: 1)), .wait(.owned(stream: Stream.measured, function: 1)),
        ]
        let report = try await Machine.run(scenario)
        Machine.expectPassed(report)
        #expect(report.outcomes == ["completed": 40])
        #expect(report.modes == ["direct": 40])
    }
}
