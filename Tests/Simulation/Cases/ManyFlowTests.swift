import Simulation
import Testing

/// Very many flows under one rule.
@Suite struct ManyFlowTests {
    @Test func tenThousandFlowsMoveInDirectModeWithoutThePacketsOfOneGoingThroughTheController() {
        let outcome = Simulation(Scenario.manyFlows(10_000, in: .direct)).run()
        #expect(outcome.violations.isEmpty, "\(outcome.violations.first?.description ?? "")")
        #expect(outcome.totals.outcomes == ["completed": 10_000])
        #expect(outcome.totals.packetsThroughController == 0)
        #expect(outcome.totals.sent == 40_000 && outcome.totals.arrived == 40_000)
        #expect(outcome.totals.peakEntries < 30)
    }

    @Test func aThousandFlowsMoveInSharpMode() {
        let outcome = Simulation(Scenario.manyFlows(1_000, in: .sharp)).run()
        #expect(outcome.violations.isEmpty, "\(outcome.violations.first?.description ?? "")")
        #expect(outcome.totals.outcomes == ["completed": 1_000])
    }

    @Test func agentsThatCannotDirectModeMakeSharpRules() {
        var generators = Generators.everyday
        generators.modes = .auto
        var modes: [String: Int] = [:]
        for seed in UInt64(0)..<100 {
            let totals = Simulation(seed: seed, by: generators).run().totals
            modes.merge(totals.modes) { $0 + $1 }
        }
        #expect(modes["direct", default: 0] > 20 && modes["sharp", default: 0] > 20)
        #expect(modes["none"] == nil)
    }
}
