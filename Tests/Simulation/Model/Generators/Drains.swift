import Timing

/// Instances that are taken out of service, and put back.
extension Generators {
    /// Only by name, so that the seeds of the mix go on meaning what they meant.
    static let drains = [
        Generator("drain", weight: 0, "an instance is drained, the default or one that rules name, and perhaps put back") { draft in
            draft.scenario.topology = Topology(instances: [draft.random.number(in: 2...4)])
            draft.drawConditions()
            let ruled = draft.instant(within: .milliseconds(500))
            let drained = draft.random.chance(0.5) ? draft.instant(within: .seconds(2)) : ruled + .seconds(4)
            let back = drained + draft.random.span(upTo: draft.random.pick([.milliseconds(20), .milliseconds(1_500), .seconds(4)]))
            let times = [ruled, drained, back].sorted()
            for _ in 0..<draft.random.number(in: 1...5) { draft.drawFlow(about: draft.random.pick([times, [drained], [drained, back]])) }
            for number in 0..<draft.random.number(in: 0...2) {
                draft.request(draft.selection(), priority: 10 * (number + 1), to: draft.instance(), at: ruled)
            }
            let vnf = draft.random.chance(0.5) ? 1 : draft.instance()
            draft.scenario.requests.append(Request(time: drained, action: .drain(vnf: vnf, mode: .sharp)))
            if draft.random.chance(0.3) {
                // New rules to it are refused; others are carried out beside it.
                draft.request(draft.selection(), priority: 5, to: draft.instance(), at: drained + draft.random.span(upTo: .seconds(1)))
            }
            if draft.random.chance(0.6) { draft.scenario.requests.append(Request(time: back, action: .endDrain(vnf: vnf))) }
        }
    ]
}
