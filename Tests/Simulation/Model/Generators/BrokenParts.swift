import Timing

/// What breaks while flows move.
extension Generators {
    static let brokenParts = [
        Generator("slow-links", weight: 5, "everything on some links takes up to 200 ms longer for a while") { draft in
            let time = draft.drawHandover()
            for _ in 0..<draft.random.number(in: 1...2) {
                let pair = draft.random.number(in: 0...1)
                let instance = draft.random.number(in: 0...1)
                let link = draft.random.pick([
                    LinkName.toController(switch: pair), .fromController(switch: pair), .toInstance(instance, pair: pair),
                    .fromInstance(instance, pair: pair), .toFunction(instance), .fromFunction(instance),
                ])
                draft.fault(.slow(link, draft.random.span(upTo: .milliseconds(200))), about: time)
            }
        },
        Generator("slow-functions", weight: 5, "a function takes up to half a minute before it answers") { draft in
            let time = draft.drawHandover()
            let span = draft.random.span(upTo: draft.random.pick([.milliseconds(10), .milliseconds(300), .seconds(4), .seconds(30)]))
            draft.fault(.functionSlow(vnf: draft.instance(), span), about: time)
        },
        Generator("mute-function", weight: 2, "a function never says that it is ready") { draft in
            draft.drawHarm { .functionMute(vnf: $0) }
        },
        Generator("failed-state", weight: 2, "a function cannot get the state") { draft in
            draft.drawHarm { .stateFails(vnf: $0) }
        },
        Generator("absent-function", weight: 2, "a function leaves its control channel and comes back") { draft in
            draft.drawHarm { .functionLeaves(vnf: $0) }
        },
        Generator("killed-agent", weight: 2, "an agent is killed and started again") { draft in
            draft.drawHarm { .agentKilled(vnf: $0) }
        },
        Generator("lost-switch", weight: 2, "a switch and the controller lose each other for a while") { draft in
            let time = draft.drawHandover()
            draft.fault(.disconnection(switch: draft.random.number(in: 0...1)), about: time)
            draft.scenario.expectation = .onlyFlowsMet
        },
        Generator("killed-controller", weight: 4, "the controller is killed and started again, perhaps more than once") { draft in
            let times = draft.random.chance(0.5) ? [draft.drawHandover()] : draft.drawRules()
            for time in times { draft.fault(.controllerKilled, about: time) }
            // Handovers that are being given up, and a switch that is away, at the same time.
            switch draft.random.number(in: 0...9) {
            case 0: draft.fault(.stateFails(vnf: draft.instance()), about: times[0])
            case 1: draft.fault(.functionSlow(vnf: draft.instance(), .milliseconds(300)), about: times[0])
            case 2: draft.fault(.disconnection(switch: draft.random.number(in: 0...1)), about: times[0])
            default: break
            }
            draft.scenario.expectation = .onlyFlowsMet
        },
    ]
}

extension Draft {
    /// A few flows under one rule; gives the time of the request.
    fileprivate mutating func drawHandover() -> Instant {
        drawConditions()
        let time = instant(within: .milliseconds(10))
        for _ in 0..<random.number(in: 1...3) { drawFlow(about: [time]) }
        request(priority: 1, to: 2, at: time)
        return time
    }

    /// Rules over some of the same flows, of which one may be taken back; gives the times of the requests.
    fileprivate mutating func drawRules() -> [Instant] {
        scenario.topology = Topology(instances: [random.number(in: 2...3)])
        drawConditions()
        let times = (0..<random.number(in: 2...3)).map { _ in instant(within: .seconds(3)) }.sorted()
        for _ in 0..<random.number(in: 1...4) { drawFlow(about: random.pick([times, [times[0]], times.suffix(1)])) }
        for time in times {
            request(selection(), priority: random.number(in: 1...6), to: instance(), at: time)
            if random.chance(0.3) { removeLast(at: time + random.span(upTo: .seconds(3))) }
        }
        return times
    }

    /// A fault at some time from just before a request until detection has ended.
    mutating func fault(_ kind: Fault.Kind, about time: Instant) {
        let longest: TimeSpan = random.pick([.milliseconds(10), .milliseconds(10), .milliseconds(200), .seconds(2)])
        let start = max(Scenario.begin, time + random.span(.milliseconds(-3), longest))
        let lasts = random.span(upTo: random.pick([.milliseconds(5), .milliseconds(100), .seconds(1)]))
        scenario.faults.append(Fault(time: start, lasts: lasts, kind: kind))
    }

    /// A handover, and a fault at one of its instances that may harm the flows there.
    fileprivate mutating func drawHarm(_ kind: (UInt16) -> Fault.Kind) {
        let time = drawHandover()
        let vnf = instance()
        fault(kind(vnf), about: time)
        scenario.expectation = .onlyFlowsAt([vnf])
    }
}
