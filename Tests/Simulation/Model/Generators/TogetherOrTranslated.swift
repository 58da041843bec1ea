import Timing

/// Functions that translate addresses, so that the reverse flow is not the mirror; and flows that move all together.
extension Generators {
    static let togetherOrTranslated = [
        Generator("named-mirror", weight: 4, "functions translate addresses, and the source names the reverse flow") { draft in
            draft.drawConditions()
            let time = draft.instant(within: .milliseconds(10))
            for _ in 0..<draft.random.number(in: 1...3) { draft.drawTranslatedFlow(over: time) }
            draft.request(priority: 1, to: 2, at: time, isBidirectional: false)
        },
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
    ]
}

extension Draft {
    /// A flow whose client is translated, and that only its client can begin.
    mutating func drawTranslatedFlow(about times: [Instant]) {
        drawFlow(about: times, isBidirectional: true)
        let last = scenario.flows.count - 1
        scenario.flows[last].translatedPort = UInt16(20_000 + last)
        scenario.flows[last].reverse = .answers(after: random.pick([.zero, .microseconds(100), .milliseconds(5)]))
    }

    /// A flow that speaks before and after an instant. Of one that begins later, nobody would name the reverse direction.
    mutating func drawTranslatedFlow(over time: Instant) {
        drawTranslatedFlow(about: [])
        let start = Scenario.begin + random.span(upTo: time - Scenario.begin)
        let packets = random.number(in: 20...60)
        let stream = Flow.Stream(
            start: start, packets: packets, burst: packets, gap: random.pick([.microseconds(500), .milliseconds(2)]), pause: .zero)
        scenario.flows[scenario.flows.count - 1].forward = [stream]
    }
}
