import HSLCore
import Timing

/// Very many flows under one rule, to see what that takes.
extension Scenario {
    /// So many flows that all move at the same time: each speaks a little before the rule is asked for and a little after.
    ///
    /// - Parameter flows: at most ``mostFlows``: the controller knows no more that have moved under one rule.
    public static func manyFlows(_ flows: Int, seed: UInt64 = 0, in mode: Modes) -> Scenario {
        var draft = Draft(seed: seed)
        draft.scenario.generator = "many-flows"
        // They are to wait for each other, not for the functions.
        draft.scenario.conditions.processing = TimeSpan(nanoseconds: 200)
        draft.scenario.conditions.limits.controller.packets = 2_000_000
        draft.scenario.conditions.limits.agent = HSLCore.Limits()
        // A flow must not be silent for so long that it counts as new.
        let (spread, pause): (TimeSpan, TimeSpan) = (.milliseconds(800), .milliseconds(850))
        draft.scenario.flows = (0..<flows).map { number in
            var flow = Flow(clientPort: UInt16(5_000 + number % 60_000), serverPort: UInt16(7 + number / 60_000))
            let first = Scenario.begin + TimeSpan(nanoseconds: spread.nanoseconds * Int64(number) / Int64(flows))
            flow.forward = [first, first + pause].map { start in
                Stream(start: start, packets: 1, burst: 1, gap: .zero, pause: .zero)
            }
            flow.reverse = .answers(after: .microseconds(100))
            return flow
        }
        draft.request(priority: 1, to: 2, at: Scenario.begin + .milliseconds(840))
        draft.scenario.use(mode)
        return draft.scenario
    }

    /// The most flows that the scenario is made for.
    public static let mostFlows = 500_000

    private typealias Stream = Flow.Stream
}
