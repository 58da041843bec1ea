import Lab
import Testing

/// Two switches on each side, hosts at all of them, and the functions at different ones.
@Suite("Many switches", .enabled(if: Machine.canRunLabs, Machine.reason), .serialized)
struct ManySwitchTests {
    /// A stream that enters at each ingress switch; the second function is across a trunk from where the first is, on both sides.
    private static var scenario: Scenario {
        var scenario = Scenario()
        scenario.title = "two switches on each side"
        scenario.switchesPerSide = 2
        scenario.measured.flows = 5
        scenario.streams.append(Stream("other", flows: 5, rate: 1000, addressPair: 3))
        return scenario
    }

    @Test func flowsThatEnterAtDifferentSwitchesMoveToAndFro() async throws {
        var scenario = Self.scenario
        scenario.steps = [
            .mark(.during), .move(Step.Move("there", to: 2)), .move(Step.Move("other there", of: "other", to: 2)),
            .wait(.settled(rule: "there")), .wait(.settled(rule: "other there")), .move(Step.Move("back", to: 1, priority: 20)),
            .move(Step.Move("other back", of: "other", to: 1, priority: 20)), .wait(.settled(rule: "back")),
            .wait(.settled(rule: "other back")), .mark(.after),
        ]
        let report = try await Machine.run(scenario)
        Machine.expectPassed(report)
        #expect(report.outcomes == ["completed": 20])
    }

    @Test func framesOfFullSizeCrossTrunks() async throws {
        var scenario = Self.scenario
        scenario.measured.size = 1_514
        scenario.steps = [.mark(.during), .move(Step.Move("there", to: 2)), .wait(.settled(rule: "there")), .mark(.after)]
        let report = try await Machine.run(scenario)
        Machine.expectPassed(report)
        #expect(report.outcomes == ["completed": 5])
    }

    @Test func manyPacketsASecondCrossTrunksInOrder() async throws {
        var scenario = Self.scenario
        scenario.measured.rate = 10_000
        scenario.steps = [
            .mark(.during), .move(Step.Move("there", to: 2)), .wait(.settled(rule: "there")), .remove(rule: "there"),
            .wait(.removed(rule: "there")), .mark(.after),
        ]
        Machine.expectPassed(try await Machine.run(scenario))
    }
}
