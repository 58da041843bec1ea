import ControlFrames
import Frames
import Timing

/// The destination of a group handover.
extension ForwardingCore {
    mutating func startGroup(_ start: Start, of match: FlowMatch, _ handover: HandoverID, on port: Int, at now: Instant) {
        if let direction = groups[handover]?.directions[port], direction.match == match {
            return answer(.startAck(received: direction.received), handover, on: port, hasHeardAll: !start.isRepeated, at: now)
        }
        guard !answersLate(start, handover, on: port, at: now) else {
            tally.lateStarts += 1
            return
        }
        if case .gone = function, !start.staysHome { return refuse(.functionGone, handover, on: port) }
        guard sources[handover] == nil, destinations[handover] == nil else { return refuse(.sameInstance, handover, on: port) }
        if let refusal = refusal(start, handover) { return refuse(refusal, handover, on: port) }
        if start.staysHome {
            guard let first = start.turnsRound else { return refuse(.sameInstance, handover, on: port) }
            guard mayTurnRound(first, as: handover, on: port, at: now) else { return }
            takeBack(first, on: port, at: now)
        }
        var role = groups[handover] ?? GroupDestinationRole(start, interfaces: configuration.pairs.count)
        let action = role.started(on: port, match)
        if case .refuse(let refusal) = action { return refuse(refusal, handover, on: port) }
        groups[handover] = role
        answer(.startAck(received: 0), handover, on: port, hasHeardAll: !start.isRepeated, at: now)
        if case .acknowledgeAndPrepare = action { prepare(handover, at: now) }
    }

    /// A flow that an arming holds belongs to a group handover. Where that is not known yet, START is on its way, and the controller is
    /// asked again. Where it was aborted meanwhile, the flow is returned with the others.
    mutating func join(_ flow: FlowKey, _ handover: HandoverID, on port: Int, at now: Instant) {
        if let direction = groups[handover]?.directions[port] {
            guard direction.flows.count < configuration.limits.flows else {
                return raiseAlarm(handover, on: port, reason: Refusal.bufferLimit, at: now)
            }
            guard let packets = takeHeld(flow, for: .group(handover), on: port) else { return }
            let isReady = groups[handover]?.join(flow, packets, on: port) ?? false
            if configuration.limits.isNear(flows: direction.flows.count + 1) {
                raiseAlarm(handover, on: port, reason: Refusal.bufferLimit, at: now)
            }
            if isReady { openMember(flow, handover, on: port, at: now) }
        } else if wasAborted(handover, on: port, at: now), case .held(let arming)? = flows[port][flow],
            let match = flows[port].armings[arming]?.arm.match
        {
            returnHeld(flow, of: .match(match), handover, on: port)
        } else {
            tally.unexpected += 1
        }
    }

    /// Keeps a frame of a flow that has joined, until the flow opens; nil if it passes.
    mutating func hold(_ frame: RawSpan, of flow: FlowKey, inGroup handover: HandoverID, on port: Int, at now: Instant) -> Keeping? {
        guard let keeping = groups[handover]?.hold(frame, of: flow, on: port, slab: &slab, ledger: &ledger) else { return nil }
        noteHeld(keeping, handover, on: port, at: now)
        return keeping
    }

    /// The state is in place: stragglers go as far as they are complete, and flows that wait for nothing else open.
    mutating func releaseGroup(_ handover: HandoverID, at now: Instant) {
        for port in groups[handover]?.ports ?? [] {
            release(groups[handover]?.stateInPlace(on: port, ledger: &ledger) ?? [], on: port)
            openReadyMembers(handover, on: port, at: now)
        }
    }

    mutating func openReadyMembers(_ handover: HandoverID, on port: Int, at now: Instant) {
        for flow in groups[handover]?.directions[port]?.readyFlows ?? [] { openMember(flow, handover, on: port, at: now) }
    }

    mutating func openMember(_ flow: FlowKey, _ handover: HandoverID, on port: Int, at now: Instant) {
        let backoff = Backoff(configuration.retry, startedAt: now)
        guard let packets = groups[handover]?.open(flow, on: port, backoff, ledger: &ledger) else { return }
        if packets.packets > 0 { output.append(.packets(packets, .function(port))) }
        settle(flow, of: .group(handover), on: port)
        timers.schedule(.memberFinished(flow, handover, port: port), at: backoff.next)
        send(.handoverFinished(groups[handover]?.directions[port]?[flow]?.usage, flow: flow), handover, on: port)
    }

    mutating func repeatFinished(_ flow: FlowKey, of handover: HandoverID, on port: Int, at now: Instant) {
        guard let due = groups[handover]?.repeatFinished(flow, on: port, at: now) else { return }
        switch due.step {
        case .wait:
            break
        case .repeat:
            timers.schedule(.memberFinished(flow, handover, port: port), at: due.next)
            send(.handoverFinished(groups[handover]?.directions[port]?[flow]?.usage, flow: flow), handover, on: port)
        case .giveUp:
            tally.unacknowledged += 1
            _ = groups[handover]?.finish(flow, on: port)
        }
    }

    /// The controller knows that a flow is open.
    mutating func finishMember(_ flow: FlowKey, _ handover: HandoverID, on port: Int, at now: Instant) {
        if groups[handover]?.finish(flow, on: port) == true { return }
        if ended.role(handover, port: port, at: now) == nil { tally.unexpected += 1 }
    }

    /// The controller knows all flows of the group: the role ends where none of them waits. Otherwise it will say so again.
    mutating func endGroup(_ handover: HandoverID, on port: Int, at now: Instant) {
        guard let direction = groups[handover]?.end(port, ledger: &ledger), let role = groups[handover] else { return }
        ended.insert(
            handover, port: port, as: .destination, .match(direction.match), lateStart: .acknowledge(received: direction.received), at: now)
        if role.ports.isEmpty {
            groups[handover] = nil
            alarms[handover] = nil
            if role.fetch.functionKnows { tell(.end(handover: handover, outcome: role.fetch.outcome)) }
        }
        send(.handoverFinishedAck(), handover, on: port)
    }
}
