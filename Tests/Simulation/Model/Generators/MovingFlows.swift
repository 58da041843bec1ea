import Timing

/// One thing after the other: few rules, few flows, every kind of traffic.
extension Generators {
    static let movingFlows = [
        Generator("one-rule", weight: 60, "one or two flows move once") { draft in
            draft.drawConditions()
            let time = draft.instant(within: .milliseconds(10))
            for _ in 0..<draft.random.number(in: 1...2) { draft.drawFlow(about: [time]) }
            draft.request(priority: 1, to: draft.random.pick([2, 2, 2, 1]), at: time)
        },
        Generator("one-way", weight: 6, "the rule and its flows know one direction only") { draft in
            draft.drawConditions()
            let time = draft.instant(within: .milliseconds(10))
            for _ in 0..<draft.random.number(in: 1...3) { draft.drawFlow(about: [time], isBidirectional: false) }
            draft.request(priority: 1, to: 2, at: time, isBidirectional: false)
        },
        Generator("one-after-the-other", weight: 8, "rules that move everything, one after the other, and a removal") { draft in
            draft.drawConditions()
            let rounds = draft.random.number(in: 2...4)
            let times = (0..<rounds).map { Scenario.begin + .seconds(4) * Int64($0) + draft.random.span(upTo: .milliseconds(20)) }
            for _ in 0..<draft.random.number(in: 1...4) { draft.drawFlow(about: times) }
            for (index, time) in times.enumerated() {
                let isLast = index == rounds - 1
                if isLast, draft.random.chance(0.5) {
                    draft.removeLast(at: time)
                } else {
                    draft.request(priority: index + 1, to: index == 0 ? 2 : draft.random.pick([1, 2]), at: time)
                }
            }
        },
        Generator("silence", weight: 8, "flows that speak rarely, late, or when detection ends") { draft in
            draft.drawConditions()
            let time = draft.instant(within: .milliseconds(10))
            let later = time + draft.random.span(.milliseconds(700), .milliseconds(3_500))
            for _ in 0..<draft.random.number(in: 1...5) {
                draft.drawFlow(about: draft.random.pick([[time], [later], [time, later], [Scenario.begin, later]]))
            }
            draft.request(priority: 1, to: 2, at: time)
        },
    ]
}
