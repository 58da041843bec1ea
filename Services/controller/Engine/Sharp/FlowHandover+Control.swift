import ControlFrames
import Timing

/// What the two instances say.
extension FlowHandover {
    /// A control frame from one of the two instances. When they are one, it speaks as the destination.
    mutating func control(_ message: ControlMessage, from role: Role, _ x: Direction, at now: Instant, actions: inout [Action]) {
        if case .startAck(nil) = message, role == .source { return sourceFrozen(x, at: now, &actions) }
        if case .mirror(let flow) = message, role == .source { return named(flow, x, at: now, actions: &actions) }
        guard directions.has(x) else { return record.unexpectedFrames += 1 }
        switch message {
        case .startAck(.some) where isOver && receiver == .destination && role == .destination: letGo(x, &actions)
        case .startAck(let received?): if role == receiver { armed(x, behind: received, at: now, &actions) }
        case .startAck(nil): record.unexpectedFrames += 1
        case .freezing: if role == .source { sourceFreezes(at: now, &actions) }
        case .fencing: if role == .source, isMoving, hasTimeForState(at: now) { directions[x].fence.heard(at: now) }
        case .straggler(let wrapped):
            if isOver {
                if let frame = directions[x].lateStraggler(role, wrapped) { deliverLate(frame, x, &actions) }
            } else {
                fence(role, x, at: now, &actions) { $0.straggler(wrapped) }
            }
        case .fenceAck(let count, _): if !isOver { fence(role, x, at: now, &actions) { $0.acknowledged(stragglers: count) } }
        case .resend(let sequences) where role == receiver: resend(sequences, x, &actions)
        case .releaseFinishedAck where role == receiver: confirmed(x, at: now, &actions)
        case .transferAck where role == .destination:
            answering.insert(x)
            transferAcknowledged(at: now, &actions)
        case .handoverFinished(let usage, _): finished(usage, from: role, x, at: now, &actions)
        case .handoverFinishedAck: farewellAnswered(role, x, at: now, &actions)
        case .abort(let reason):
            actions.append(.send(.abortAck(refusal: nil), to: role, x))
            refused(reason, by: role, x, at: now, &actions)
        case .abortAck(let refusal): abortAcknowledged(by: role, refusal: refusal, x, at: now, &actions)
        default: record.unexpectedFrames += 1
        }
    }

    var isOver: Bool {
        switch state {
        case .closing, .ended: true
        case .moving, .stopping, .recalling: false
        }
    }

    private mutating func sourceFrozen(_ x: Direction, at now: Instant, _ actions: inout [Action]) {
        frozenOn.insert(x)
        proceedWhenFrozen(at: now, &actions)
    }

    /// The source is there, and its function needs time: as much as the state may.
    private mutating func sourceFreezes(at now: Instant, _ actions: inout [Action]) {
        guard isMoving, receiver == .destination, !sourceState.freezes(until: record.startedAt + configuration.stateLimit, at: now) else {
            return
        }
        giveUp("the function of VNF \(source.id) did not get ready in time", at: now, &actions)
    }

    /// Waiting for an end that is there has a limit, too.
    private func hasTimeForState(at now: Instant) -> Bool { now - record.startedAt < configuration.stateLimit }

    /// No packet of the source is on a trunk any more on its way out there.
    mutating func crossed(_ x: Direction, at now: Instant, actions: inout [Action]) {
        crossing.remove(x)
        proceedWhenFrozen(at: now, &actions)
    }

    private mutating func proceedWhenFrozen(at now: Instant, _ actions: inout [Action]) {
        // START_ACK comes behind the last packets that the source has sent out there: the destination's must not overtake them.
        let ways = directions.directions.map(\.opposite)
        guard case .starting = sourceState, ways.allSatisfy({ frozenOn.contains($0) && !crossing.contains($0) }) else { return }
        sourceState = .frozen
        record.sourceFrozenAt = now
        requestTransfer(at: now, &actions)
    }

    private mutating func armed(_ x: Direction, behind received: UInt32, at now: Instant, _ actions: inout [Action]) {
        // On the direct route it counts what the source sent.
        if directions[x].route == .relayed { directions[x].resumed(behind: received) }
        guard isMoving, directions[x].armed() else { return }
        guard kind == .move, receiver == .destination else {
            record.armedAt = now
            return redirect([x], at: now, &actions)
        }
        guard directions.all.allSatisfy(\.isArmed) else { return }
        record.armedAt = now
        if redirection == .whenArmed { redirect(directions.directions, at: now, &actions) }
        if let postponedReason { return giveUp(postponedReason, at: now, &actions) }
        requestTransfer(at: now, &actions)
    }

    /// START has come late, to a process that was started anew and knows nothing of the end: what it holds goes to the function, which
    /// has the state. One that knows of the end says so again.
    private func letGo(_ x: Direction, _ actions: inout [Action]) {
        actions.append(.send(.transfer(.nobody), to: .destination, x))
        actions.append(.send(.releaseFinished(count: .max), to: .destination, x))
    }

    private mutating func redirect(_ ways: [Direction], at now: Instant, _ actions: inout [Action]) {
        for x in ways where !directions[x].isRedirected {
            directions[x].redirect(at: now)
            if let entry = entry(x) { actions.append(.install(entry, x)) }
        }
        for x in ways { advance(x, at: now, &actions) }
    }

    mutating func requestTransfer(at now: Instant, _ actions: inout [Action]) {
        guard isMoving, case .waiting = transfer, case .frozen = sourceState, directions.all.allSatisfy(\.isArmed) else { return }
        transfer = .requesting(Backoff(transferSchedule, startedAt: now))
        record.transferRequestedAt = now
        sendTransfer(&actions)
    }

    /// Repeats of TRANSFER: where its acknowledgement says that the state is in place, that may take as long as the state may.
    private var transferSchedule: Backoff.Schedule {
        let retry = configuration.retry
        return switch redirection {
        case .whenArmed: retry
        case .whenStateIsInPlace: Backoff.Schedule(first: retry.first, longest: retry.longest, limit: configuration.stateLimit)
        }
    }

    private mutating func transferAcknowledged(at now: Instant, _ actions: inout [Action]) {
        guard case .requesting = transfer else { return }
        transfer = .underWay(limit: now + configuration.stateLimit)
        if isMoving { stateIsInPlace(at: now, &actions) }
    }

    /// The destination has the state: packets that had to wait for that are sent to it, in order.
    mutating func stateIsInPlace(at now: Instant, _ actions: inout [Action]) {
        if redirection == .whenStateIsInPlace { redirect(directions.directions, at: now, &actions) }
    }

    private mutating func resend(_ sequences: [UInt32], _ x: Direction, _ actions: inout [Action]) {
        for sequence in sequences {
            guard let frame = directions[x].queue.frame(sequence) else { continue }
            if frame.isEmpty, directions[x].queue.missed(sequence) { lose(1) }
            actions.append(.transport(sequence: sequence, frame: frame, to: receiver, x))
        }
    }

    private mutating func confirmed(_ x: Direction, at now: Instant, _ actions: inout [Action]) {
        guard directions[x].confirmed() else { return }
        record.confirmed(at: now)
        awaitRelease(x, at: now)
        if let entry = entry(x) { actions.append(.install(entry, x)) }
    }

    private mutating func finished(_ usage: BufferUsage?, from role: Role, _ x: Direction, at now: Instant, _ actions: inout [Action]) {
        actions.append(.send(.handoverFinishedAck(), to: role, x))
        guard role == receiver, !isOver else { return }
        // The source may have said to it directly that the state is frozen: then this may come before its START_ACK, if that was lost.
        if directions[x].route == .direct { armed(x, behind: 0, at: now, &actions) }
        // What has released its packets has the state: there is no way back any more.
        if case .stopping = state, role == .destination { goOn(at: now, &actions) }
        guard isMoving, !directions[x].isReleased else { return }
        confirmed(x, at: now, &actions)
        if directions[x].isConfirmed { record.buffered(directions[x].queue) }
        directions[x].released()
        guard directions[x].isReleased else { return }
        deliverWaiting(x, &actions)
        if let usage { record.released(usage) }
        if directions.all.allSatisfy({ $0.isReleased || $0.isDormant }) {
            if record.settledAt == nil { record.settledAt = now }
            transfer = .done
        }
        concludeIfDone(at: now, &actions)
    }
}
