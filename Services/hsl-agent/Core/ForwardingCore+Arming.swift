import ControlFrames
import Frames
import Mutations
import Timing

/// Direct mode: flows are held before anybody knows them (design, Section 2.4).
extension ForwardingCore {
    /// Holds what the match covers and does not live here, from the acknowledgement on.
    mutating func arm(_ arm: Arm, _ id: HandoverID, on port: Int, at now: Instant) {
        guard arm.vnf == configuration.vnf else {
            tally.misdirected += 1
            return
        }
        guard configuration.capabilities.contains(.direct) else { return refuse(.directMode, id, on: port) }
        if let arming = flows[port].armings[id], arming.arm == arm, !arming.isDisarmed { return answer(.armAck, id, on: port, at: now) }
        guard disarmed.lateStart(id, port: port, as: .destination, .match(arm.match), at: now) == nil else {
            tally.lateStarts += 1
            return
        }
        guard flows[port].armings.count < configuration.limits.armings else { return refuse(.armingLimit, id, on: port) }
        flows[port].arm(arm, as: id)
        answer(.armAck, id, on: port, at: now)
    }

    /// Holds nothing new, on any interface, so that no flow passes in one direction and is held in the other. What is held stays held, and
    /// is asked about, until the controller has answered.
    mutating func disarm(_ id: HandoverID, on port: Int, at now: Instant) {
        for port in flows.indices {
            let subject = flows[port].armings[id].map { Start.Subject.match($0.arm.match) }
            if subject != nil || disarmed.role(id, port: port, at: now) == nil {
                disarmed.insert(id, port: port, as: .destination, subject, lateStart: .ignore, at: now)
            }
            flows[port].disarm(id)
        }
        forgetIfOver(id)
        // Until nothing is held under it any more, the controller has to know of it.
        if flows[port].armings[id] == nil { send(.disarmAck, id, on: port) }
    }

    /// Decides on a frame that no handover takes; nil if it passes.
    mutating func screen(_ frame: RawSpan, _ headers: PacketHeaders, on port: Int, at now: Instant) -> Keeping? {
        if Mutation.passUnknownFlows.isActive { return nil }
        switch flows[port].armings.decide(headers) {
        case nil:
            guard let arming = holderOfMirror(headers, on: port) else { return nil }
            return holdNew(frame, of: headers.flow, under: arming, on: port, at: now)
        case .pass(let arming):
            // The list of owners says the same each time: what has to be remembered comes first.
            flows[port].remember(headers.flow, under: arming, limit: configuration.limits.remembered)
            return nil
        case .hold(let arming):
            return holdNew(frame, of: headers.flow, under: arming, on: port, at: now)
        }
    }

    /// The disarmed arming that still holds the other direction of a frame's flow, or held it until START came there, and not here yet.
    private func holderOfMirror(_ headers: PacketHeaders, on port: Int) -> HandoverID? {
        let mirror = headers.flow.mirrored
        return flows[port].armings.disarmed(covering: headers).first { id in
            flows.indices.contains { other in
                guard other != port else { return false }
                if case .destination(let handover)? = flows[other][mirror] { return destinations[handover]?.isArriving(from: id) ?? false }
                return flows[other].armings.holder(of: mirror) == id
            }
        }
    }

    /// Keeps a frame of a flow of which nothing was held yet, and asks about the flow.
    private mutating func holdNew(
        _ frame: RawSpan, of flow: FlowKey, under arming: HandoverID, on port: Int, at now: Instant
    ) -> Keeping {
        guard flows[port].armings.flows(under: arming) < configuration.limits.flows else {
            raiseAlarm(arming, on: port, reason: Refusal.bufferLimit, at: now)
            return .dropped(.handoverLimit)
        }
        let keeping = hold(frame, of: flow, under: arming, on: port, at: now)
        if case .kept = keeping, !flows[port].armings.isAsking(flow) {
            ask(Seen(flow, beginningOf: frame), under: arming, on: port, at: now)
        }
        if configuration.limits.isNear(flows: flows[port].armings.flows(under: arming)) {
            raiseAlarm(arming, on: port, reason: Refusal.bufferLimit, at: now)
        }
        return keeping
    }

    /// Keeps a frame of a flow that an arming holds.
    mutating func hold(_ frame: RawSpan, of flow: FlowKey, under arming: HandoverID, on port: Int, at now: Instant) -> Keeping {
        let keeping = flows[port].hold(frame, of: flow, under: arming, slab: &slab, ledger: &ledger)
        noteHeld(keeping, arming, on: port, at: now)
        return keeping
    }

    /// Counts a frame that arrived directly and was to be held, and sees to it that the controller hears of a limit.
    mutating func noteHeld(_ keeping: Keeping, _ id: HandoverID, on port: Int, at now: Instant) {
        switch keeping {
        case .kept(let nearLimit):
            tally.held &+= 1
            if nearLimit { raiseAlarm(id, on: port, reason: Refusal.bufferLimit, at: now) }
        case .dropped:
            raiseAlarm(id, on: port, reason: Refusal.bufferLimit, at: now)
        }
    }

    // MARK: Asking whose a flow is

    private mutating func ask(_ seen: Seen, under arming: HandoverID, on port: Int, at now: Instant) {
        let backoff = Backoff(configuration.retry, startedAt: now)
        flows[port].ask(seen, under: arming, backoff)
        timers.schedule(.seen(seen.flow, port: port), at: backoff.next)
        tally.seen &+= 1
        send(.seen(seen), arming, on: port)
    }

    /// Says that the first frame of a direction has come which START had armed before: the switch has let go of the old rule there too,
    /// and the source can be fenced.
    mutating func askIfFirst(_ frame: RawSpan, _ handover: HandoverID, on port: Int, at now: Instant) {
        guard !flows[port].armings.isEmpty, let role = destinations[handover], case .peer = role.origin,
            let direction = role.directions[port], direction.direct.packets == 1, case .flow(let flow) = direction.subject,
            !flows[port].armings.isAsking(flow), let arming = flows[port].armings.covering(flow)
        else { return }
        ask(Seen(flow, beginningOf: frame), under: arming, on: port, at: now)
    }

    mutating func repeatSeen(_ flow: FlowKey, on port: Int, at now: Instant) {
        if let question = flows[port].armings.question(about: flow), let later = answerTime.earliestRepeat(after: question.asked, at: now) {
            return timers.schedule(.seen(flow, port: port), at: later)
        }
        guard let due = flows[port].repeatQuestion(flow, at: now), case .repeat = due.step else { return }
        timers.schedule(.seen(flow, port: port), at: due.next)
        send(.seen(Seen(flow: flow, sample: due.sample)), due.arming, on: port)
    }

    /// The controller says what becomes of a flow. It may say so again when that has happened already.
    mutating func seenAck(_ answer: SeenAck, _ arming: HandoverID, on port: Int, at now: Instant) {
        let flow = answer.flow
        if let question = flows[port].armings.question(about: flow), question.isOpen {
            answerTime.answered(after: now - question.asked, at: now)
        }
        switch flows[port][flow] {
        case .held(arming):
            switch answer.verdict {
            case .wait: postponeQuestion(flow, under: arming, on: port, at: now)
            case .yours: releaseHeld(flow, on: port)
            case .joins(let handover): join(flow, handover, on: port, at: now)
            }
        case .destination:
            flows[port].stopAsking(flow)
        default:
            if !isKnown(arming, at: now) { unfit(arming, on: port, at: now) }
        }
    }

    /// START follows, when its turn has come. Should it not, because the controller that knew the flow has died, it is asked about again.
    private mutating func postponeQuestion(_ flow: FlowKey, under arming: HandoverID, on port: Int, at now: Instant) {
        guard let next = flows[port].postponeQuestion(flow, first: configuration.retry.longest, at: now) else { return }
        timers.schedule(.seen(flow, port: port), at: next)
    }

    /// The flow lives here: what was held goes to the function, and the rest passes.
    mutating func releaseHeld(_ flow: FlowKey, on port: Int) {
        guard case .held(let arming)? = flows[port][flow],
            let taken = flows[port].takeOwned(flow, limit: configuration.limits.remembered, ledger: &ledger)
        else { return }
        if !taken.isRemembered { tally.unremembered &+= 1 }
        output.append(.packets(taken.packets, .function(port)))
        forgetIfOver(arming)
    }

    /// Lets a flow pass that has arrived.
    mutating func settle(_ flow: FlowKey, of owner: FlowTable.Owner, on port: Int) {
        if !flows[port].settle(flow, of: owner, limit: configuration.limits.remembered) { tally.unremembered &+= 1 }
    }

    /// What an arming holds of a flow, for its new owner.
    mutating func takeHeld(_ flow: FlowKey, for owner: FlowTable.Owner, on port: Int) -> PacketFIFO? {
        guard let arming = flows[port].armings.holder(of: flow) else { return nil }
        defer { forgetIfOver(arming) }
        return flows[port].takeHeld(flow, for: owner)
    }

    /// An arming is over when nothing is held under it on any interface.
    private mutating func forgetIfOver(_ arming: HandoverID) {
        if flows.allSatisfy({ $0.armings.isOver(arming) }), !destinations.values.contains(where: { $0.isArriving(from: arming) }) {
            for port in flows.indices { flows[port].forget(arming) }
        }
        forgetAlarm(of: arming)
    }

    /// Forgets that a limit was reported when the arming is over.
    mutating func forgetAlarm(of arming: HandoverID) {
        if alarms[arming] != nil, !isArmed(arming), !isOpen(arming) { alarms[arming] = nil }
    }

    /// Whether there is an arming of that number on some interface.
    func isArmed(_ id: HandoverID) -> Bool {
        flows.contains { $0.armings[id] != nil }
    }
}

extension Seen {
    fileprivate init(_ flow: FlowKey, beginningOf frame: RawSpan) {
        self.init(flow: flow, sample: [UInt8](copying: frame.extracting(0..<min(frame.byteCount, Self.longestSample))))
    }
}
