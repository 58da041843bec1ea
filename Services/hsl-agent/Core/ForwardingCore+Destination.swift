import ControlFrames
import Frames
import Mutations
import Timing

extension ForwardingCore {
    mutating func startDestination(_ start: Start, _ handover: HandoverID, on port: Int, at now: Instant) {
        guard start.to == configuration.vnf else {
            tally.misdirected += 1
            return
        }
        if case .match(let match) = start.subject, !start.staysHome || start.turnsRound != nil {
            return startGroup(start, of: match, handover, on: port, at: now)
        }
        if let direction = destinations[handover]?.directions[port], direction.subject == start.subject {
            return answer(.startAck(received: direction.received), handover, on: port, hasHeardAll: !start.isRepeated, at: now)
        }
        if let flow = start.flow, case .held? = flows[port][flow], !start.staysHome, wasAborted(handover, on: port, at: now) {
            // ABORT came before START: the controller gets what is held with a FENCE.
            returnHeld(flow, of: start.subject, handover, on: port)
            return answer(.startAck(received: 0), handover, on: port, hasHeardAll: !start.isRepeated, at: now)
        }
        guard !answersLate(start, handover, on: port, at: now) else {
            tally.lateStarts += 1
            return
        }
        if case .gone = function, !start.staysHome { return refuse(.functionGone, handover, on: port) }
        if let flow = start.flow, let arming = start.heldUnder, flows[port].armings.packets(of: flow, under: arming) == 0 {
            // Another process has held it, and is gone.
            return send(.abort(reason: Refusal.unknownHandover), handover, on: port)
        }
        let source = sources[handover]
        if let source, !source.isAborted { return refuse(.sameInstance, handover, on: port) }
        if groups[handover] != nil { return refuse(.anotherFlow, handover, on: port) }
        if let direction = source?.directions[port], direction.subject != start.subject {
            return refuse(.anotherFlow, handover, on: port)
        }
        var role = destinations[handover] ?? DestinationRole(start, afterAbort: source != nil, interfaces: configuration.pairs.count)
        let action = role.started(on: port, start)
        if case .refuse(let refusal) = action { return refuse(refusal, handover, on: port) }
        if let refusal = refusal(start, handover, as: .destination(handover), on: port, at: now) {
            return refuse(refusal, handover, on: port)
        }
        // The flow is here: what an arming held of it came before what the controller has held since.
        if case .here = role.origin, let flow = start.flow { releaseHeld(flow, on: port) }
        if let flow = start.flow, let arming = flows[port].armings.holder(of: flow) {
            role.inheritsFrom = arming
            // Until START has come everywhere, the arming stays: it may be disarmed, and be needed for the other direction.
            destinations[handover] = role
            if let packets = takeHeld(flow, for: .destination(handover), on: port) { role.inherit(packets, on: port) }
        }
        destinations[handover] = role
        flows[port].arm(start.subject, for: .destination(handover))
        // Nobody could take a flow that is handed back: there is nothing to ask for.
        if case .handedBack = role.origin { alarms[handover] = .settled }
        answer(.startAck(received: 0), handover, on: port, hasHeardAll: !start.isRepeated, at: now)
        if case .acknowledgeAndPrepare = action { prepare(handover, at: now) }
    }

    /// Answers a START that comes after the end of its direction, as it was answered then; false if it does not come late.
    ///
    /// Late is, too, what comes after ABORT. A flow that is handed back, however, comes when the source's part has ended.
    mutating func answersLate(_ start: Start, _ handover: HandoverID, on port: Int, at now: Instant) -> Bool {
        switch ended.lateStart(handover, port: port, as: .destination, start.subject, at: now) {
        case .acknowledge(let received):
            answer(.startAck(received: received), handover, on: port, hasHeardAll: !start.isRepeated, at: now)
            return true
        case .ignore:
            return !start.staysHome
        case nil:
            return !start.staysHome && sources[handover]?.isAborted == true
        }
    }

    mutating func prepare(_ handover: HandoverID, at now: Instant) {
        guard case .connected = function, let (subject, fetch) = subjectAndFetch(handover) else {
            return destinationReady(handover, at: now)
        }
        destinations[handover]?.fetch.functionKnows = true
        groups[handover]?.fetch.functionKnows = true
        tell(
            .start(
                handover: handover, role: .destination, subject: subject, isBidirectional: fetch.isBidirectional, peer: fetch.peer))
    }

    private func subjectAndFetch(_ handover: HandoverID) -> (Start.Subject, StateFetch)? {
        if let role = destinations[handover] { return role.subject.map { ($0, role.fetch) } }
        return groups[handover].flatMap { role in role.subject.map { ($0, role.fetch) } }
    }

    mutating func destinationReady(_ handover: HandoverID, at now: Instant) {
        let action = destinations[handover]?.fetch.prepared() ?? groups[handover]?.fetch.prepared()
        perform(action ?? .unexpected, handover, at: now)
    }

    mutating func transfer(_ peer: Peer, _ handover: HandoverID, on port: Int, at now: Instant) {
        guard let action = destinations[handover]?.fetch.transfer(peer) ?? groups[handover]?.fetch.transfer(peer) else {
            unfit(handover, on: port, at: now)
            if ended.role(handover, port: port, at: now) == .destination { send(.transferAck, handover, on: port) }
            return
        }
        if destinations[handover]?.directions[port] == nil, groups[handover]?.directions[port] == nil,
            ended.role(handover, port: port, at: now) == nil
        {
            // START was acknowledged on every interface before. Where it never came to this process, another one has said so.
            disown(handover, on: port, at: now)
        }
        let fetch = destinations[handover]?.fetch ?? groups[handover]?.fetch
        if fetch?.mayAcknowledge ?? true { send(.transferAck, handover, on: port) }
        perform(action, handover, at: now)
    }

    mutating func perform(_ action: StateFetch.Action, _ handover: HandoverID, at now: Instant) {
        switch action {
        case .none:
            break
        case .fetch(let peer):
            guard case .connected = function, let (subject, _) = subjectAndFetch(handover) else { return stateReady(handover, at: now) }
            tell(.transfer(handover: handover, subject: subject, peer: peer))
        case .goOn:
            alarms[handover] = nil
            stateReady(handover, at: now)
        case .unexpected:
            tally.unexpected += 1
        }
    }

    /// The state is in place: what was held may go to the function.
    mutating func stateReady(_ handover: HandoverID, at now: Instant) {
        guard (destinations[handover]?.fetch.fetched() ?? groups[handover]?.fetch.fetched()) == true else {
            tally.unexpected += 1
            return
        }
        releaseGroup(handover, at: now)
        if let role = destinations[handover], role.fetch.acknowledgesState {
            for port in role.ports { send(.transferAck, handover, on: port) }
        }
        for port in destinations[handover]?.ports ?? [] {
            guard let released = destinations[handover]?.stateInPlace(on: port, ledger: &ledger) else { continue }
            if Mutation.releaseSwitchBufferFirst.isActive, released.complete { open(handover, on: port, at: now) }
            release(released.frames, on: port)
            if released.complete { open(handover, on: port, at: now) }
        }
    }

    mutating func stateFailed(_ handover: HandoverID, reason: String, at now: Instant) {
        guard (destinations[handover]?.fetch.fail() ?? groups[handover]?.fetch.fail()) == true,
            let port = destinations[handover]?.ports.first ?? groups[handover]?.ports.first
        else {
            tally.unexpected += 1
            return
        }
        raiseAlarm(handover, on: port, reason: reason, at: now)
    }

    /// Keeps a frame that arrived directly until the direction opens; nil if it passes.
    mutating func hold(_ frame: RawSpan, _ handover: HandoverID, on port: Int, at now: Instant) -> Keeping? {
        if Mutation.passDirectPackets.isActive { return nil }
        guard let keeping = destinations[handover]?.hold(frame, on: port, slab: &slab, ledger: &ledger) else { return nil }
        noteHeld(keeping, handover, on: port, at: now)
        askIfFirst(frame, handover, on: port, at: now)
        return keeping
    }

    /// A frame that the controller buffered.
    mutating func transport(_ wrapped: WrappedFrame, _ handover: HandoverID, on port: Int, at now: Instant) {
        guard !accept(wrapped, handover, on: port, at: now) else { return }
        unfit(handover, on: port, at: now)
    }

    /// A frame from the source's HSL. It may overtake START, which says what it is about: then it will be asked for again.
    mutating func straggler(_ wrapped: WrappedFrame, _ handover: HandoverID, on port: Int, at now: Instant) {
        if !accept(wrapped, handover, on: port, at: now) { tally.unexpected += 1 }
    }

    /// Takes in a wrapped frame; false if nothing is known of its handover.
    private mutating func accept(_ wrapped: WrappedFrame, _ handover: HandoverID, on port: Int, at now: Instant) -> Bool {
        let acceptance =
            destinations[handover]?.accept(wrapped, on: port, ledger: &ledger)
            ?? groups[handover]?.accept(wrapped, on: port, ledger: &ledger)
        switch acceptance {
        case .kept(_, let nearLimit):
            if wrapped.isTombstone { tally.tombstones += 1 } else { tally.held &+= 1 }
            if nearLimit { raiseAlarm(handover, on: port, reason: Refusal.bufferLimit, at: now) }
        case .incomplete:
            break
        case .release(let frames):
            if wrapped.isTombstone { tally.tombstones += 1 }
            release(frames, on: port)
        case .duplicate:
            tally.duplicateTransports += 1
        case .refused(let nearLimit):
            tally.refusedTransports += 1
            if nearLimit { raiseAlarm(handover, on: port, reason: Refusal.bufferLimit, at: now) }
        case .contradiction:
            tally.unexpected += 1
        case nil:
            guard ended.role(handover, port: port, at: now) == .destination else { return false }
            tally.duplicateTransports += 1
        }
        return true
    }

    mutating func releaseFinished(_ count: UInt32, _ handover: HandoverID, on port: Int, at now: Instant) {
        let limit = Fragmentation.resendLimit(maximumFrame: configuration.pairs[port].maximumFrame)
        var count = count
        // In direct mode, from a controller that has lost the source.
        if count == .max,
            let stream = destinations[handover]?.endStream(on: port, ledger: &ledger)
                ?? groups[handover]?.endStream(on: port, ledger: &ledger)
        {
            release(stream.frames, on: port)
            count = stream.count
        }
        let answer =
            destinations[handover]?.releaseFinished(count: count, on: port, resendLimit: limit)
            ?? groups[handover]?.releaseFinished(count: count, on: port, resendLimit: limit)
        switch answer {
        case .acknowledge:
            send(.releaseFinishedAck, handover, on: port)
        case .acknowledgeAndOpen:
            send(.releaseFinishedAck, handover, on: port)
            open(handover, on: port, at: now)
            openReadyMembers(handover, on: port, at: now)
        case .resend(let missing):
            send(.resend(missing), handover, on: port)
        case .wait: break
        case .contradiction:
            tally.unexpected += 1
        case nil:
            if ended.role(handover, port: port, at: now) == .destination {
                send(.releaseFinishedAck, handover, on: port)
                // Whoever still asks has not heard it: a controller that was away for longer than it was repeated.
                send(.handoverFinished(nil), handover, on: port)
            } else {
                unfit(handover, on: port, at: now)
            }
        }
    }

    mutating func release(_ frames: [[UInt8]], on port: Int) {
        for frame in frames where !frame.isEmpty { output.append(.frame(frame, .function(port))) }
    }

    /// Releases the switch buffer, and lets the flow pass from now on.
    mutating func open(_ handover: HandoverID, on port: Int, at now: Instant) {
        let backoff = Backoff(configuration.retry, startedAt: now)
        guard let packets = destinations[handover]?.open(port, backoff, ledger: &ledger),
            let direction = destinations[handover]?.directions[port]
        else { return }
        if packets.packets > 0 { output.append(.packets(packets, .function(port))) }
        switch direction.subject {
        case .flow(let flow): settle(flow, of: .destination(handover), on: port)
        case .match: flows[port].disarm(direction.subject, of: .destination(handover))
        }
        timers.schedule(.finished(handover, port: port), at: backoff.next)
        send(.handoverFinished(direction.usage), handover, on: port)
    }

    mutating func repeatFinished(_ handover: HandoverID, on port: Int, at now: Instant) {
        if let openedAt = destinations[handover]?.directions[port]?.openedAt,
            let later = answerTime.earliestRepeat(after: openedAt, at: now)
        {
            return timers.schedule(.finished(handover, port: port), at: later)
        }
        guard let due = destinations[handover]?.repeatFinished(on: port, at: now) else { return }
        switch due.step {
        case .wait:
            break
        case .repeat:
            guard let usage = destinations[handover]?.directions[port]?.usage else { return }
            timers.schedule(.finished(handover, port: port), at: due.next)
            send(.handoverFinished(usage), handover, on: port)
        case .giveUp:
            tally.unacknowledged += 1
            finishDestination(handover, on: port, at: now)
        }
    }

    /// The controller has answered HANDOVER_FINISHED.
    mutating func finishAcknowledged(_ handover: HandoverID, on port: Int, at now: Instant) {
        if let openedAt = destinations[handover]?.directions[port]?.openedAt { answerTime.answered(after: now - openedAt, at: now) }
        finishDestination(handover, on: port, at: now)
    }

    /// The controller knows that a direction is open: it may be forgotten.
    mutating func finishDestination(_ handover: HandoverID, on port: Int, at now: Instant) {
        guard let direction = destinations[handover]?.end(port), let role = destinations[handover] else {
            if ended.role(handover, port: port, at: now) == nil { tally.unexpected += 1 }
            return
        }
        ended.insert(
            handover, port: port, as: .destination, direction.subject, lateStart: .acknowledge(received: direction.received), at: now)
        guard role.ports.isEmpty else { return }
        destinations[handover] = nil
        if sources[handover] == nil { alarms[handover] = nil }
        if role.fetch.functionKnows { tell(.end(handover: handover, outcome: role.fetch.outcome)) }
    }

    /// The flow lives at its source again, although this VNF may have the state: it was given up while the agent was started anew.
    mutating func abandonDestination(_ handover: HandoverID, on port: Int, at now: Instant) {
        guard let direction = destinations[handover]?.abandon(port, ledger: &ledger), let role = destinations[handover] else { return }
        tally.abandoned += UInt64(direction.direct.packets)
        slab.release(direction.direct)
        flows[port].disarm(direction.subject, of: .destination(handover))
        ended.insert(handover, port: port, as: .source, direction.subject, lateStart: .ignore, at: now)
        guard role.ports.isEmpty else { return }
        destinations[handover] = nil
        alarms[handover] = nil
        if role.fetch.functionKnows { tell(.end(handover: handover, outcome: .aborted)) }
    }
}
