import ControlFrames
import Timing

/// How a handover ends, well or not.
extension FlowHandover {
    /// Ends the handover if every direction is released, and what it may have lost is known.
    mutating func concludeIfDone(at now: Instant, _ actions: inout [Action]) {
        guard isMoving, directions.all.allSatisfy({ ($0.isReleased || !$0.isTouched) && $0.uncounted.isEmpty }) else { return }
        conclude(at: now, &actions)
    }

    /// Every direction is released.
    private mutating func conclude(at now: Instant, _ actions: inout [Action]) {
        let isComplete = !isStateLost && !record.isIncomplete && record.lost == 0
        conclude(!isComplete ? .failed : receiver == .source ? .aborted : .completed, at: now, &actions)
    }

    private mutating func conclude(_ outcome: HandoverRecord.Outcome, at now: Instant, _ actions: inout [Action]) {
        record.end(outcome, at: now)
        actions.append(.concluded)
        for x in directions.directions where isKept && entry(x) != .kept {
            directions[x].concede()
            actions.append(.install(.kept, x))
        }
        // The direction that was named has entries of its own, which later rules do not change: the flow shall not be divided by them,
        // unless the tables have changed already.
        if namedDirection != nil, !isKept, !goesOn {
            for x in directions.directions where directions[x].route == .direct {
                directions[x].takeOwnEntry()
                actions.append(.install(.moving(course, .direct), x))
            }
        }
        guard kind == .move else { return end(&actions) }
        let ways = Set(directions.directions)
        // A destination that was started anew in between may hold the flow once more: it is told again.
        bid(
            receiver == .destination
                ? Farewell(message: .handoverFinished(nil), role: .source, awaited: ways)
                : Farewell(message: .abort(reason: record.reason ?? ""), role: .destination, awaited: ways),
            at: now, &actions)
    }

    private mutating func bid(_ farewell: Farewell, at now: Instant, _ actions: inout [Action]) {
        state = .closing(Backoff(configuration.retry, startedAt: now), farewell)
        for x in farewell.awaited.sorted() { actions.append(.send(farewell.message, to: farewell.role, x)) }
    }

    mutating func farewellAnswered(_ role: Role, _ x: Direction, at now: Instant, _ actions: inout [Action]) {
        guard case .closing(let backoff, var farewell) = state, farewell.role == role else { return }
        farewell.awaited.remove(x)
        state = .closing(backoff, farewell)
        if farewell.awaited.isEmpty { said(farewell, at: now, &actions) }
    }

    /// A farewell was answered, or nobody is there to answer it. A source that was given up may be there all the same, and intercepts.
    mutating func said(_ farewell: Farewell, at now: Instant, _ actions: inout [Action]) {
        guard receiver == .source, isStateLost, farewell.role == .destination else { return end(&actions) }
        bid(Farewell(message: .handoverFinished(nil), role: .source, awaited: Set(directions.directions)), at: now, &actions)
    }

    mutating func end(_ actions: inout [Action]) {
        state = .ended
        actions.append(.ended)
    }

    // MARK: One side cannot

    /// An instance cannot do its part. Before it has begun, START goes on being repeated: the reason may pass.
    mutating func refused(_ reason: String, by role: Role, _ x: Direction, at now: Instant, _ actions: inout [Action]) {
        guard isMoving else { return }
        record.reason = reason
        let hasForgotten = reason == ControlMessage.unknownHandover
        switch role {
        case .destination where hasForgotten && directions[x].route == .direct && !directions[x].isArmed && !record.isIncomplete:
            // It was started anew since it reported the flow.
            record.isIncomplete = true
            sendStart(to: .destination, x, &actions)
        case receiver where directions[x].isArmed:
            if hasForgotten { receiverIsGone(x, at: now, &actions) } else if role == .destination { giveUp(reason, at: now, &actions) }
        case .source where hasForgotten && receiver == .destination:
            // A source that has started again freezes once more; one that had frozen has given everything but its stragglers.
            guard frozenOn.contains(x) else { return }
            for y in directions.directions where !directions[y].fence.isUnseen && !directions[y].fence.isClosed {
                directions[y].abandonFence(.source)
                record.isIncomplete = true
                advance(y, at: now, &actions)
            }
        case .source where !hasForgotten && receiver == .destination: sourceRefusal = reason
        default: return
        }
    }

    /// The source is gone, and its state: the flow moves all the same, and loses no packet, but its state.
    mutating func goOnWithoutState(_ reason: String, at now: Instant, _ actions: inout [Action]) {
        guard !isStateLost else { return }
        isStateLost = true
        record.reason = reason
        sourceState = .frozen
        if case .done = transfer {} else { transfer = .waiting }
        for x in directions.directions where !directions[x].fence.isUnseen { directions[x].abandonFence(.source) }
        requestTransfer(at: now, &actions)
        for x in directions.directions { advance(x, at: now, &actions) }
    }

    /// The destination cannot take the flow: it is told to give up, and the flow goes back to its source.
    mutating func giveUp(_ reason: String, at now: Instant, _ actions: inout [Action]) {
        guard isMoving, kind == .move, receiver == .destination else { return }
        record.reason = reason
        guard directions.all.allSatisfy({ $0.route == .relayed || $0.isArmed }) else { return postponedReason = reason }
        guard destinationMayHaveSome else {
            return recall(reason, destinationReturns: false, at: now, &actions)
        }
        state = .stopping(Backoff(configuration.retry, startedAt: now), reason: reason)
        sendAbort(to: .destination, reason, &actions)
    }

    /// Whether the destination may have packets of the flow, or its state.
    private var destinationMayHaveSome: Bool {
        if case .waiting = transfer { directions.all.contains(where: \.isRedirected) } else { true }
    }

    /// Whoever is to receive the flow does not answer.
    mutating func receiverIsGone(_ x: Direction?, at now: Instant, _ actions: inout [Action]) {
        let side = x.map { " on the \($0) side" } ?? ""
        guard kind == .move, receiver == .destination else {
            return deliverAll("VNF \(home.id) does not answer\(side)", at: now, &actions)
        }
        recall("the destination, VNF \(destination.id), does not answer\(side)", destinationReturns: false, at: now, &actions)
    }

    func sendAbort(to role: Role, _ reason: String, _ actions: inout [Action]) {
        for x in directions.directions { actions.append(.send(.abort(reason: reason), to: role, x)) }
    }

    mutating func abortAcknowledged(by role: Role, refusal: String?, _ x: Direction, at now: Instant, _ actions: inout [Action]) {
        switch (state, role) {
        case (.stopping(_, let reason), .destination):
            guard refusal != nil else { return recall(reason, destinationReturns: true, at: now, &actions) }
            hasState = true
            goOn(at: now, &actions)
        case (.recalling, .source): comeBack(at: now, &actions)
        case (.closing(_, let farewell), .destination):
            guard case .abort = farewell.message else { return }
            // It knows now, and returns what comes, which nothing does: it may forget the flow.
            bid(Farewell(message: .handoverFinished(nil), role: .destination, awaited: farewell.awaited), at: now, &actions)
        default: return
        }
    }

    /// The destination has the state already and releases the flow: it is too late to give up.
    mutating func goOn(at now: Instant, _ actions: inout [Action]) {
        state = .moving
        record.reason = nil
        if case .underWay = transfer { transfer = .underWay(limit: now + configuration.stateLimit) }
        stateIsInPlace(at: now, &actions)
        for x in directions.directions {
            openFences(x, at: now, &actions)
            advance(x, at: now, &actions)
        }
    }

    // MARK: Back to the source

    /// The flow goes back to its source: from now on its packets come to the controller.
    mutating func recall(_ reason: String, destinationReturns: Bool, at now: Instant, _ actions: inout [Action]) {
        record.reason = reason
        transfer = .done
        sourceState = .frozen
        receiver = .source
        for x in directions.directions {
            if directions[x].mayHaveReachedDestination, !destinationReturns {
                record.lost += directions[x].copies
                record.isIncomplete = true
            }
            lose(directions[x].turn(destinationReturns: destinationReturns, at: now))
            actions.append(.install(.moving(.back, .intercept), x))
        }
        if isStateLost { return deliverAll(reason, at: now, &actions) }
        state = .recalling(Backoff(configuration.retry, startedAt: now))
        sendAbort(to: .source, reason, &actions)
    }

    /// The source goes on: it gets back what it has not got yet, in order.
    private mutating func comeBack(at now: Instant, _ actions: inout [Action]) {
        state = .moving
        for x in directions.directions { openFences(x, at: now, &actions) }
    }

    /// No handover support layer answers: the flow's instance gets what the controller holds as it is, in order as far as that is known.
    mutating func deliverAll(_ reason: String, at now: Instant, _ actions: inout [Action]) {
        record.reason = reason
        record.isIncomplete = true
        for x in directions.directions {
            record.buffered(directions[x].queue)
            for frame in directions[x].takeAll() { actions.append(.deliver(frame: frame, to: receiver, x)) }
            directions[x].concede()
            if let entry = entry(x) { actions.append(.install(entry, x)) }
        }
        conclude(.failed, at: now, &actions)
    }
}
