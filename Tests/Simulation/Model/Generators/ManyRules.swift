import Timing

/// Rules at any time: overlapping, alike, taken back, many at once; and many flows under one.
extension Generators {
    static let manyRules = [
        Generator("overlap", weight: 8, "rules over some of the same flows, at any time, with any priority") { draft in
            draft.scenario.topology = Topology(instances: [draft.random.number(in: 2...4)])
            draft.drawConditions()
            let times = (0..<draft.random.number(in: 2...4)).map { _ in draft.instant(within: .seconds(3)) }.sorted()
            for _ in 0..<draft.random.number(in: 1...5) { draft.drawFlow(about: draft.random.pick([times, [times[0]], times.suffix(1)])) }
            for time in times {
                draft.request(draft.selection(), priority: draft.random.number(in: 1...6), to: draft.instance(), at: time)
                if draft.random.chance(0.2) { draft.removeLast(at: time + draft.random.span(upTo: .seconds(3))) }
            }
        },
        Generator("removal", weight: 8, "a rule is taken back at once, while flows move, or later") { draft in
            draft.drawConditions()
            let time = draft.instant(within: .milliseconds(10))
            let longest: TimeSpan = draft.random.pick([.zero, .milliseconds(5), .milliseconds(50), .milliseconds(2_500)])
            let removed = time + draft.random.span(upTo: longest)
            for _ in 0..<draft.random.number(in: 1...3) { draft.drawFlow(about: [time, removed, removed + .milliseconds(1_200)]) }
            draft.request(draft.random.pick([.all, draft.selection()]), priority: 1, to: 2, at: time)
            draft.removeLast(at: removed)
            if draft.random.chance(0.3) {
                let again = removed + draft.random.span(upTo: .seconds(2))
                draft.request(priority: 1, to: draft.instance(), at: again)
            }
        },
        Generator("twice", weight: 3, "the same rule again, at once or later, and after its removal") { draft in
            draft.drawConditions()
            let time = draft.instant(within: .milliseconds(10))
            let again = time + draft.random.pick([.zero, .milliseconds(1), .milliseconds(30), .seconds(2)])
            for _ in 0..<draft.random.number(in: 1...2) { draft.drawFlow(about: [time, again]) }
            let priority = draft.random.number(in: 1...3)
            draft.request(priority: priority, to: 2, at: time)
            if draft.random.chance(0.4) { draft.removeLast(at: time + draft.random.span(upTo: .milliseconds(1_500))) }
            draft.request(priority: priority, to: 2, at: again)
        },
        Generator("rule-for-each", weight: 3, "many rules of one flow each that arrive as a Poisson process") { draft in
            draft.scenario.topology = Topology(instances: [draft.random.number(in: 2...5)])
            draft.drawConditions()
            let count = draft.random.number(in: 5...20)
            let length = TimeSpan.milliseconds(Int64(1_000 * count / draft.random.pick([2, 5, 10, 50])))
            // Given their number, the arrivals of a Poisson process are independent and uniform.
            let times = (0..<count).map { _ in draft.instant(within: length) }
            for time in times { draft.drawFlow(about: [time]) }
            for (flow, time) in times.enumerated() {
                let priority = draft.random.chance(0.5) ? 1 : draft.random.number(in: 1...5)
                draft.request(.flow(draft.scenario.flows[flow].key), priority: priority, to: draft.instance(), at: time)
            }
        },
        Generator("many-flows", weight: 1, "up to 200 flows move under one rule") { draft in
            draft.drawConditions()
            let time = draft.instant(within: .milliseconds(10))
            for _ in 0..<draft.random.number(in: 20...draft.random.pick([40, 40, 40, 200])) { draft.drawFlow(about: [time]) }
            for flow in draft.scenario.flows.indices { draft.scenario.flows[flow].length = TestFrame.shortest }
            draft.request(priority: 1, to: 2, at: time)
        },
    ]
}
