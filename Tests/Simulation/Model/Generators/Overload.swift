import HSLCore
import Timing

/// More than controller and agents may hold.
extension Generators {
    static let overload = [
        Generator("overload", weight: 2, "many packets, slow state, and tight limits at controller and agents") { draft in
            draft.drawConditions()
            draft.scenario.conditions.stateTransfer = draft.random.pick([.milliseconds(1), .milliseconds(100), .milliseconds(500)])
            draft.drawLimits()
            let time = draft.instant(within: .milliseconds(10))
            let later = time + draft.random.span(upTo: .seconds(2))
            for _ in 0..<draft.random.number(in: 1...6) {
                draft.drawFlow(about: draft.random.pick([[time], [time, later]]))
                draft.hurry()
            }
            draft.request(draft.random.chance(0.7) ? .all : draft.selection(), priority: 1, to: 2, at: time)
            if draft.random.chance(0.4) { draft.request(draft.selection(), priority: 2, to: draft.instance(), at: later) }
            if draft.random.chance(0.2) { draft.removeLast(at: later + draft.random.span(upTo: .seconds(2))) }
            draft.scenario.expectation = .onlyFlowsWithoutRoom
        },
        Generator("overload-together", weight: 1, "more packets of flows that move together than the agents may hold") { draft in
            draft.drawConditions()
            draft.scenario.conditions.stateTransfer = draft.random.pick([.milliseconds(1), .milliseconds(100), .milliseconds(500)])
            draft.scenario.conditions.limits.agent.handover = Amount(packets: draft.random.pick([10, 20, 80]), bytes: 1 << 20)
            let time = draft.instant(within: .milliseconds(10))
            for _ in 0..<draft.random.number(in: 1...4) {
                draft.drawFlow(about: [time])
                draft.hurry()
            }
            draft.request(draft.selection(), priority: 1, to: 2, at: time, grouping: .together)
            draft.scenario.expectation = .onlyFlowsWithoutRoom
        },
    ]
}

extension Draft {
    /// Some limits that are tight, others that are not.
    fileprivate mutating func drawLimits() {
        var limits = Conditions.Limits()
        if random.chance(0.4) { limits.controller.packetsPerHandover = random.pick([3, 10, 40]) }
        if random.chance(0.3) { limits.controller.packets = random.pick([4, 15, 60]) }
        if random.chance(0.2) { limits.controller.bytes = random.pick([400, 4_000, 40_000]) }
        if random.chance(0.3) { limits.controller.handovers = random.number(in: 1...4) }
        if random.chance(0.1) { limits.controller.rules = 1 }
        if random.chance(0.4) { limits.agent.handover = Amount(packets: random.pick([4, 20, 80]), bytes: 1 << 20) }
        if random.chance(0.3) { limits.agent.total = Amount(packets: random.pick([10, 40, 160]), bytes: random.pick([2_000, 1 << 20])) }
        scenario.conditions.limits = limits
    }

    /// The last flow sends a lot in a short time.
    fileprivate mutating func hurry() {
        let last = scenario.flows.count - 1
        for index in scenario.flows[last].forward.indices where random.chance(0.6) {
            scenario.flows[last].forward[index].packets = random.number(in: 20...150)
            scenario.flows[last].forward[index].burst = random.pick([10, 150])
            scenario.flows[last].forward[index].gap = random.pick([.microseconds(20), .microseconds(200)])
            scenario.flows[last].forward[index].pause = .milliseconds(5)
        }
    }
}
