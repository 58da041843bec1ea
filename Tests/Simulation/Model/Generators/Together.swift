import Timing

/// Flows that move all together, also through functions that translate addresses, so that the reverse flow is not the mirror.
extension Generators {
    static let together = [
        Generator("translated-group", weight: 2, "functions translate addresses, and all flows move together") { draft in
            draft.drawConditions()
            let time = draft.instant(within: .milliseconds(10))
            for _ in 0..<draft.random.number(in: 1...4) { draft.drawTranslatedFlow(about: [time]) }
            draft.request(priority: 1, to: 2, at: time, grouping: .together, isTranslated: true)
        },
        Generator("together", weight: 4, "all flows of a rule move together, perhaps back again") { draft in
            draft.scenario.topology = Topology(instances: [draft.random.number(in: 2...3)])
            draft.drawConditions()
            let time = draft.instant(within: .milliseconds(10))
            let removed = time + .milliseconds(Int64(draft.random.number(in: 2_000...4_000)))
            for _ in 0..<draft.random.number(in: 1...4) { draft.drawFlow(about: [time, removed]) }
            draft.request(draft.selection(), priority: 1, to: 2, at: time, grouping: .together)
            if draft.random.chance(0.5) { draft.removeLast(at: removed) }
        },
        Generator("together-under-another-controller", weight: 3, "the controller is killed while all flows of a rule move together") {
            draft in
            draft.drawConditions()
            let time = draft.instant(within: .milliseconds(10))
            let isTranslated = draft.random.chance(0.3)
            for _ in 0..<draft.random.number(in: 1...4) {
                if isTranslated { draft.drawTranslatedFlow(about: [time]) } else { draft.drawFlow(about: [time]) }
            }
            draft.request(priority: 1, to: 2, at: time, grouping: .together, isTranslated: isTranslated)
            for _ in 0..<draft.random.number(in: 1...2) { draft.fault(.controllerKilled, about: time) }
            draft.scenario.expectation = .onlyFlowsMet
        },
        Generator("together-and-back", weight: 3, "all flows of a rule are to move together, and the destination cannot get the state") {
            draft in
            draft.drawGoingBack()
            draft.scenario.expectation = .nothingLostButAborts
        },
        Generator(
            "together-and-back-under-another-controller", weight: 2, "the same, and the controller is killed",
            draw: { draft in
                let times = draft.drawGoingBack()
                for _ in 0..<draft.random.number(in: 1...2) { draft.fault(.controllerKilled, about: draft.random.pick(times)) }
                draft.scenario.expectation = .onlyFlowsMet
            }),
    ]
}

extension Draft {
    /// A group that cannot get to its destination, or not back from there; gives the times of the requests.
    @discardableResult
    fileprivate mutating func drawGoingBack() -> [Instant] {
        scenario.topology = Topology(instances: [random.number(in: 2...3)])
        drawConditions()
        let time = instant(within: .milliseconds(10))
        let later = time + random.span(.seconds(2), .seconds(6))
        let isTranslated = random.chance(0.2)
        for _ in 0..<random.number(in: 1...4) {
            if isTranslated { drawTranslatedFlow(about: [time, later]) } else { drawFlow(about: [time, later]) }
        }
        let rule: RulePlan.Selection = isTranslated ? .all : selection()
        request(rule, priority: 1, to: 2, at: time, grouping: .together, isTranslated: isTranslated)
        if random.chance(0.3) {
            removeLast(at: later)
        } else if !isTranslated, random.chance(0.4) {
            request(selection(), priority: 2, to: random.pick(scenario.topology.instances), at: later)
        }
        // What the state takes is what the fault has time to hit.
        scenario.conditions.stateTransfer = random.pick([.milliseconds(1), .milliseconds(10), .milliseconds(100)])
        let start = max(Scenario.begin, time + random.span(.milliseconds(-5), .milliseconds(20)))
        let isLate = scenario.requests.count > 1 && random.chance(0.4)
        let lasts: TimeSpan = random.pick([.milliseconds(100), .seconds(1), .seconds(1), .seconds(8)])
        if random.chance(0.1) {
            scenario.faults.append(Fault(time: start, lasts: .seconds(1), kind: .functionMute(vnf: 2)))
        } else {
            let about = later + random.span(.milliseconds(-5), .milliseconds(20))
            scenario.faults.append(
                Fault(time: isLate ? about : start, lasts: lasts, kind: .stateFails(vnf: random.pick([2, 2, 2, 1]))))
        }
        scenario.hasCarefulFunctions = true
        return [time, later]
    }
}
