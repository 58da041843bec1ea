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
        if let direction = destinations[handover]?.directions[port], direction.flow == start.flow {
            return send(.startAck(received: direction.received), handover, on: port)
        }
        guard !answersLate(start, handover, on: port, at: now) else {
            tally.lateStarts += 1
            return
        }
        if case .gone = function, !start.staysHome { return refuse(.functionGone, handover, on: port) }
        let source = sources[handover]
        if let source, !source.isAborted { return refuse(.sameInstance, handover, on: port) }
        if let direction = source?.directions[port], direction.flow != start.flow { return refuse(.anotherFlow, handover, on: port) }
        var role = destinations[handover] ?? DestinationRole(start, afterAbort: source != nil, interfaces: configuration.pairs.count)
        let action = role.started(on: port, flow: start.flow)
        if case .refuse(let refusal) = action { return refuse(refusal, handover, on: port) }
        if let refusal = refusal(start, handover, as: .destination(handover), on: port, at: now) {
            return refuse(refusal, handover, on: port)
        }
        destinations[handover] = role
        flows[port].arm(start.flow, for: .destination(handover))
        // Nobody could take a flow that is handed back: there is nothing to ask for.
        if case .handedBack = role.origin { alarms[handover] = .settled }
        send(.startAck(received: 0), handover, on: port)
        if case .acknowledgeAndPrepare = action { prepare(handover, at: now) }
    }

    /// Answers a START that comes after the end of its direction, as it was answered then; false if it does not come late.
    ///
    /// Late is, too, what comes after ABORT. A flow that is handed back, however, comes when the source's part has ended.
    private mutating func answersLate(_ start: Start, _ handover: HandoverID, on port: Int, at now: Instant) -> Bool {
        switch ended.lateStart(handover, port: port, as: .destination, flow: start.flow, at: now) {
        case .acknowledge(let received):
            send(.startAck(received: received), handover, on: port)
            return true
        case .ignore:
            return !start.staysHome
        case nil:
            return !start.staysHome && sources[handover]?.isAborted == true
        }
    }

    private mutating func prepare(_ handover: HandoverID, at now: Instant) {
        guard case .connected = function, let role = destinations[handover], let flow = role.flow else {
            return destinationReady(handover, at: now)
        }
        destinations[handover]?.functionKnows = true
        tell(.start(handover: handover, role: .destination, flow: flow, peer: role.peer))
    }

    mutating func destinationReady(_ handover: HandoverID, at now: Instant) {
        perform(destinations[handover]?.prepared() ?? .unexpected, handover, at: now)
    }

    mutating func transfer(_ peer: Peer, _ handover: HandoverID, on port: Int, at now: Instant) {
        guard let action = destinations[handover]?.transfer(peer) else {
            unfit(handover, on: port, at: now)
            if ended.role(handover, port: port, at: now) == .destination { send(.transferAck, handover, on: port) }
            return
        }
        send(.transferAck, handover, on: port)
        perform(action, handover, at: now)
    }

    private mutating func perform(_ action: DestinationRole.Action, _ handover: HandoverID, at now: Instant) {
        switch action {
        case .none:
            break
        case .prepare:
            prepare(handover, at: now)
        case .fetch(let peer):
            guard case .connected = function, let flow = destinations[handover]?.flow else { return stateReady(handover, at: now) }
            tell(.transfer(handover: handover, flow: flow, peer: peer))
        case .goOn:
            alarms[handover] = nil
            stateReady(handover, at: now)
        case .unexpected:
            tally.unexpected += 1
        }
    }

    /// The state is in place: what was held may go to the function.
    mutating func stateReady(_ handover: HandoverID, at now: Instant) {
        guard destinations[handover]?.fetched() == true, let ports = destinations[handover]?.ports else {
            tally.unexpected += 1
            return
        }
        for port in ports {
            guard let released = destinations[handover]?.stateInPlace(on: port, ledger: &ledger) else { continue }
            if Mutation.releaseSwitchBufferFirst.isActive, released.complete { open(handover, on: port, at: now) }
            release(released.frames, on: port)
            if released.complete { open(handover, on: port, at: now) }
        }
    }

    mutating func stateFailed(_ handover: HandoverID, reason: String, at now: Instant) {
        guard destinations[handover]?.fail() == true, let port = destinations[handover]?.ports.first else {
            tally.unexpected += 1
            return
        }
        raiseAlarm(handover, on: port, reason: reason, at: now)
    }

    /// Keeps a frame that arrived directly until the direction opens; nil if it passes.
    mutating func hold(_ frame: RawSpan, _ handover: HandoverID, on port: Int, at now: Instant) -> Keeping? {
        if Mutation.passDirectPackets.isActive { return nil }
        guard let keeping = destinations[handover]?.hold(frame, on: port, slab: &slab, ledger: &ledger) else { return nil }
        switch keeping {
        case .kept(let nearLimit):
            tally.held &+= 1
            if nearLimit { raiseAlarm(handover, on: port, reason: Refusal.bufferLimit, at: now) }
        case .dropped:
            raiseAlarm(handover, on: port, reason: Refusal.bufferLimit, at: now)
        }
        return keeping
    }

    mutating func transport(_ wrapped: WrappedFrame, _ handover: HandoverID, on port: Int, at now: Instant) {
        switch destinations[handover]?.accept(wrapped, on: port, ledger: &ledger) {
        case .kept(let nearLimit):
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
            if ended.role(handover, port: port, at: now) == .destination {
                tally.duplicateTransports += 1
            } else {
                unfit(handover, on: port, at: now)
            }
        }
    }

    mutating func releaseFinished(_ count: UInt32, _ handover: HandoverID, on port: Int, at now: Instant) {
        let limit = Fragmentation.resendLimit(maximumFrame: configuration.pairs[port].maximumFrame)
        switch destinations[handover]?.releaseFinished(count: count, on: port, resendLimit: limit) {
        case .acknowledge:
            send(.releaseFinishedAck, handover, on: port)
        case .acknowledgeAndOpen:
            send(.releaseFinishedAck, handover, on: port)
            open(handover, on: port, at: now)
        case .resend(let missing):
            send(.resend(missing), handover, on: port)
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

    private mutating func release(_ frames: [[UInt8]], on port: Int) {
        for frame in frames where !frame.isEmpty { output.append(.frame(frame, .function(port))) }
    }

    /// Releases the switch buffer, and lets the flow pass from now on.
    private mutating func open(_ handover: HandoverID, on port: Int, at now: Instant) {
        let backoff = Backoff(configuration.retry, startedAt: now)
        guard let packets = destinations[handover]?.open(port, backoff, ledger: &ledger),
            let direction = destinations[handover]?.directions[port]
        else { return }
        if packets.packets > 0 { output.append(.packets(packets, .function(port))) }
        flows[port].disarm(direction.flow, of: .destination(handover))
        timers.schedule(.finished(handover, port: port), at: backoff.next)
        send(.handoverFinished(direction.usage), handover, on: port)
    }

    mutating func repeatFinished(_ handover: HandoverID, on port: Int, at now: Instant) {
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

    /// The controller knows that a direction is open: it may be forgotten.
    mutating func finishDestination(_ handover: HandoverID, on port: Int, at now: Instant) {
        guard let direction = destinations[handover]?.end(port), let role = destinations[handover] else {
            if ended.role(handover, port: port, at: now) == nil { tally.unexpected += 1 }
            return
        }
        ended.insert(
            handover, port: port, as: .destination, flow: direction.flow, lateStart: .acknowledge(received: direction.received), at: now)
        guard role.ports.isEmpty else { return }
        destinations[handover] = nil
        if sources[handover] == nil { alarms[handover] = nil }
        if role.functionKnows { tell(.end(handover: handover, outcome: role.outcome)) }
    }

    /// The flow lives at its source again, although this VNF may have the state: it was given up while the agent was started anew.
    mutating func abandonDestination(_ handover: HandoverID, on port: Int, at now: Instant) {
        guard let direction = destinations[handover]?.abandon(port, ledger: &ledger), let role = destinations[handover] else { return }
        tally.abandoned += UInt64(direction.direct.packets)
        slab.release(direction.direct)
        flows[port].disarm(direction.flow, of: .destination(handover))
        ended.insert(handover, port: port, as: .source, flow: direction.flow, lateStart: .ignore, at: now)
        guard role.ports.isEmpty else { return }
        destinations[handover] = nil
        alarms[handover] = nil
        if role.functionKnows { tell(.end(handover: handover, outcome: .aborted)) }
    }
}
