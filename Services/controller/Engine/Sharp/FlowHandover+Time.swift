import ControlFrames
import Timing

/// What happens because nothing else has.
extension FlowHandover {
    /// Repeats what is due, closes what has been silent, and gives up on who does not answer.
    ///
    /// - Parameter isPatient: whether an instance cannot be reached for now, so that its silence means nothing.
    mutating func advance(to now: Instant, isPatient: Bool, actions: inout [Action]) {
        switch state {
        case .ended: return
        case .closing(var backoff, let farewell):
            let step = backoff.step(at: now, isPatient: isPatient)
            state = .closing(backoff, farewell)
            switch step {
            case .wait: return
            case .repeat: for x in farewell.awaited.sorted() { actions.append(.send(farewell.message, to: farewell.role, x)) }
            case .giveUp: said(farewell, at: now, &actions)
            }
        case .stopping(var backoff, let reason):
            let step = backoff.step(at: now, isPatient: isPatient)
            state = .stopping(backoff, reason: reason)
            switch step {
            case .wait: return
            case .repeat: sendAbort(to: .destination, reason, &actions)
            case .giveUp: recall(reason, destinationReturns: false, at: now, &actions)
            }
        case .recalling(var backoff):
            let step = backoff.step(at: now, isPatient: isPatient)
            state = .recalling(backoff)
            switch step {
            case .wait: return
            case .repeat: sendAbort(to: .source, record.reason ?? "", &actions)
            case .giveUp: deliverAll("the source, VNF \(source.id), does not answer either", at: now, &actions)
            }
        case .moving: advanceMoving(to: now, isPatient: isPatient, &actions)
        }
    }

    /// The instances can be reached again: limits count from now on.
    mutating func reconnected(at now: Instant) {
        switch state {
        case .ended: return
        case .closing(var backoff, let farewell):
            backoff.restart(at: now)
            state = .closing(backoff, farewell)
        case .stopping(var backoff, let reason):
            backoff.restart(at: now)
            state = .stopping(backoff, reason: reason)
        case .recalling(var backoff):
            backoff.restart(at: now)
            state = .recalling(backoff)
        case .moving:
            for x in directions.directions { directions[x].restart(at: now) }
            if case .starting(var backoff) = sourceState {
                backoff.restart(at: now)
                sourceState = .starting(backoff)
            }
            if case .requesting(var backoff) = transfer {
                backoff.restart(at: now)
                transfer = .requesting(backoff)
            }
        }
    }

    private mutating func advanceMoving(to now: Instant, isPatient: Bool, _ actions: inout [Action]) {
        if case .starting(var backoff) = sourceState {
            let step = backoff.step(at: now, isPatient: isPatient)
            sourceState = .starting(backoff)
            switch step {
            case .wait: break
            case .repeat: for x in directions.directions { sendStart(to: .source, x, &actions) }
            case .giveUp:
                // It has the state, and no room to take part.
                if let sourceRefusal { return giveUp(sourceRefusal, at: now, &actions) }
                goOnWithoutState("the source, VNF \(source.id), does not answer", at: now, &actions)
            }
        }
        if case .requesting(var backoff) = transfer {
            let step = backoff.step(at: now, isPatient: isPatient)
            transfer = .requesting(backoff)
            switch step {
            case .wait: break
            case .repeat:
                interceptUnredirected(&actions)
                sendTransfer(&actions)
            case .giveUp: return receiverIsGone(nil, at: now, &actions)
            }
        }
        if case .underWay(let limit) = transfer, now >= limit {
            // It has had the state for so long, and does not let the flow go: it does not know all of it.
            if hasState { return receiverIsGone(nil, at: now, &actions) }
            giveUp("the state did not arrive at VNF \(destination.id) in time", at: now, &actions)
            guard isMoving else { return }
        }
        for x in directions.directions {
            guard advance(x, to: now, isPatient: isPatient, &actions) else { return receiverIsGone(x, at: now, &actions) }
        }
    }

    /// False when the receiver has not answered for too long.
    private mutating func advance(_ x: Direction, to now: Instant, isPatient: Bool, _ actions: inout [Action]) -> Bool {
        switch directions[x].stepArming(at: now, isPatient: isPatient) {
        case .wait: break
        case .repeat:
            sendStart(to: receiver, x, &actions)
            if directions[x].needsIntercept(), let entry = entry(x) { actions.append(.install(entry, x)) }
        case .giveUp: return false
        }
        for (role, step) in directions[x].stepFences(at: now, isPatient: isPatient) {
            switch step {
            case .wait: break
            case .repeat:
                actions.append(.send(.fence(), to: role, x))
                askDestination(role, x, &actions)
            case .giveUp where !isAnswering(role, x): return false
            case .giveUp: fenceIsGone(role, x, at: now, &actions)
            }
        }
        switch directions[x].stepConfirming(at: now, isPatient: isPatient) {
        case .wait: break
        case .repeat: sendReleaseFinished(x, &actions)
        case .giveUp: return false
        }
        guard askForRelease(x, at: now, isPatient: isPatient, &actions) else { return false }
        if let silence = directions[x].silenceDeadline(configuration.silenceGuard), now >= silence {
            directions[x].heard(course, at: now)
            openFences(x, at: now, &actions)
            if directions[x].mark() { record.marked(at: now) }
            advance(x, at: now, &actions)
        }
        return true
    }

    /// On the direct route the source answers for both: whether the destination knows of the handover is found out by asking it something
    /// that it has been told before.
    private func askDestination(_ role: Role, _ x: Direction, _ actions: inout [Action]) {
        guard role == .source, directions[x].route == .direct else { return }
        switch transfer {
        case .waiting, .requesting: return
        case .underWay, .done: actions.append(.send(.transfer(transferPeer), to: .destination, x))
        }
    }

    /// Whether it is the instance itself that does not answer a FENCE.
    private func isAnswering(_ role: Role, _ x: Direction) -> Bool {
        guard role == .source, directions[x].route == .direct else { return true }
        switch transfer {
        case .waiting, .requesting: return true
        case .underWay, .done: return answering.contains(x)
        }
    }

    private mutating func fenceIsGone(_ role: Role, _ x: Direction, at now: Instant, _ actions: inout [Action]) {
        directions[x].abandonFence(role)
        switch role {
        case .source where receiver == .destination:
            goOnWithoutState("the source, VNF \(source.id), does not answer on the \(x) side", at: now, &actions)
        case .source: record.isIncomplete = true
        case .destination:
            record.lost += directions[x].copies
            record.isIncomplete = true
        }
        openFences(x, at: now, &actions)
        advance(x, at: now, &actions)
    }
}
