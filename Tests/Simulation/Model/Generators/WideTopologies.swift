import Timing

/// More than one group of two instances.
extension Generators {
    static let wideTopologies = [
        Generator("groups", weight: 4, "up to three groups on the same switches hand over at the same time") { draft in
            draft.scenario.topology = Topology(
                instances: (0..<draft.random.number(in: 1...3)).map { _ in draft.random.number(in: 2...5) })
            draft.drawConditions()
            for group in draft.scenario.topology.groups.indices {
                let times = (0..<draft.random.number(in: 1...2)).map { _ in draft.instant(within: .milliseconds(500)) }
                for _ in 0..<draft.random.number(in: 1...3) { draft.drawFlow(about: times, group: group) }
                for time in times {
                    draft.request(
                        draft.random.chance(0.5) ? .all : draft.selection(in: group), priority: draft.random.number(in: 1...4),
                        to: draft.instance(of: group), at: time)
                }
            }
        },
        Generator("chain", weight: 4, "two or three groups one behind the other, each between switches of its own") { draft in
            draft.scenario.topology = Topology(chain: (0..<draft.random.number(in: 2...3)).map { _ in 2 })
            draft.drawConditions()
            let time = draft.instant(within: .milliseconds(10))
            for _ in 0..<draft.random.number(in: 1...3) { draft.drawFlow(about: [time]) }
            for group in draft.scenario.topology.groups.indices where group == 0 || draft.random.chance(0.6) {
                let selection = draft.random.chance(0.7) ? .all : draft.selection()
                let spread: TimeSpan = draft.random.pick([.zero, .milliseconds(10), .milliseconds(1_500)])
                draft.request(selection, priority: 1, to: draft.instance(of: group), at: time + draft.random.span(upTo: spread))
            }
        },
        Generator("hosts", weight: 4, "several hosts on each side, whose places are learned") { draft in
            draft.scenario.topology = Topology(instances: [draft.random.number(in: 2...3)], hosts: draft.random.number(in: 2...4))
            draft.drawConditions()
            let time = draft.instant(within: .milliseconds(10))
            for _ in 0..<draft.random.number(in: 2...6) { draft.drawFlow(about: [time]) }
            draft.request(draft.random.chance(0.5) ? .all : draft.selection(), priority: 2, to: 2, at: time)
        },
    ]
}
