import Timing

/// Functions that translate addresses, whose source names the flow's other direction.
extension Generators {
    static let namedMirrors = [
        Generator("named-mirror", weight: 4, "functions translate addresses, and the source names the reverse flow") { draft in
            draft.drawConditions()
            let time = draft.instant(within: .milliseconds(10))
            for _ in 0..<draft.random.number(in: 1...3) { draft.drawTranslatedFlow(over: time) }
            draft.request(priority: 1, to: 2, at: time, isBidirectional: false)
        },
        Generator("named-mirror-and-on", weight: 2, "the same, and the flows go on or back") { draft in
            draft.scenario.topology = Topology(instances: [draft.random.number(in: 2...3)])
            draft.drawConditions()
            let time = draft.instant(within: .milliseconds(10))
            let later = time + draft.random.span(upTo: draft.random.pick([.milliseconds(30), .seconds(3)]))
            for _ in 0..<draft.random.number(in: 1...3) { draft.drawTranslatedFlow(from: time, over: later) }
            draft.request(priority: 1, to: 2, at: time, isBidirectional: false)
            if draft.random.chance(0.4) {
                draft.removeLast(at: later)
            } else {
                draft.request(draft.selection(), priority: 2, to: draft.instance(), at: later, isBidirectional: false)
            }
        },
        Generator("named-mirror-broken", weight: 2, "the same once, and an instance or the controller cannot do its part") { draft in
            draft.drawConditions()
            let time = draft.instant(within: .milliseconds(10))
            let end = time + draft.random.span(upTo: draft.random.pick([.milliseconds(50), .seconds(2)]))
            for _ in 0..<draft.random.number(in: 1...3) { draft.drawTranslatedFlow(from: time, over: end) }
            draft.request(priority: 1, to: 2, at: time, isBidirectional: false)
            let vnf = draft.instance()
            draft.scenario.expectation = .onlyFlowsAt([vnf])
            switch draft.random.number(in: 0...5) {
            case 0: draft.fault(.functionMute(vnf: vnf), about: time)
            case 1: draft.fault(.stateFails(vnf: vnf), about: time)
            case 2: draft.fault(.functionLeaves(vnf: vnf), about: time)
            case 3: draft.fault(.agentKilled(vnf: vnf), about: time)
            case 4:
                draft.fault(.functionSlow(vnf: vnf, draft.random.span(upTo: .milliseconds(300))), about: time)
                draft.scenario.expectation = .nothingLost
            default:
                draft.fault(.controllerKilled, about: time)
                draft.scenario.expectation = .onlyFlowsMet
            }
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
    fileprivate mutating func drawTranslatedFlow(over time: Instant) {
        drawTranslatedFlow(from: time, gap: random.pick([.microseconds(500), .milliseconds(2)]), packets: 20...60)
    }

    /// A flow that speaks before an instant, and on until after another one, without a silence that would make it a new one.
    fileprivate mutating func drawTranslatedFlow(from time: Instant, over end: Instant) {
        let least = max(.microseconds(500), TimeSpan(nanoseconds: (end - Scenario.begin).nanoseconds / 60))
        drawTranslatedFlow(from: time, gap: random.pick([least, least * 2]), packets: 70...100)
    }

    private mutating func drawTranslatedFlow(from time: Instant, gap: TimeSpan, packets: ClosedRange<Int>) {
        drawTranslatedFlow(about: [])
        let start = Scenario.begin + random.span(upTo: time - Scenario.begin)
        let count = random.number(in: packets)
        let stream = Flow.Stream(start: start, packets: count, burst: count, gap: gap, pause: .zero)
        scenario.flows[scenario.flows.count - 1].forward = [stream]
    }
}
