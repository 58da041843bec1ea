import ControlFrames
import Timing

/// What becomes of a group when one side cannot go on.
extension GroupHandover {
    mutating func refused(_ reason: String, by role: Role, _ x: Direction, at now: Instant, _ actions: inout [Action]) {
        switch state {
        case .moving, .fencing: break
        case .leaving where stateLimit != nil: break
        case .stopping, .recalling, .leaving, .closing, .ended: return
        }
        let hasForgotten = reason == ControlMessage.unknownHandover
        switch role {
        case .destination where !arming.awaited.contains(x):
            if hasForgotten {
                lose("the destination, VNF \(destination.id), was started anew", at: now, &actions)
            } else if turned == nil {
                giveBack("VNF \(destination.id): \(reason)", at: now, &actions)
            }
        case .source where hasForgotten && frozenOn.contains(x):
            goOnWithoutState("the source, VNF \(source.id), was started anew", at: now, &actions)
        case .source, .destination:
            guard turned != nil else { return note(reason, by: role) }
            if hasForgotten { begin(anewAt: role, &actions) }
        }
    }

    /// START is repeated: the reason may go by.
    private mutating func note(_ reason: String, by role: Role) {
        record.reason = reason
        if role == .source, case .starting = sourceState { sourceRefusal = "VNF \(source.id): \(reason)" }
    }

    /// An instance has lost what it had: nobody can tell what that was.
    mutating func isStartedAnew(_ role: Role) {
        record.isIncomplete = true
        add("VNF \(role == .source ? source.id : destination.id) was started anew")
    }

    private mutating func add(_ reason: String) {
        record.reason = turned == nil ? reason : [record.reason, reason].compactMap(\.self).joined(separator: "; ")
    }

    /// The state is lost, and stragglers that the destination has not got: its function goes on with what there is.
    ///
    /// On the way back, it is what the source held that is lost.
    mutating func goOnWithoutState(_ reason: String, at now: Instant, _ actions: inout [Action]) {
        guard !isStateLost else { return }
        isStateLost = true
        add(reason)
        record.isIncomplete = true
        state = .moving
        sourceState = .frozen
        for (member, progress) in members {
            if case .fencing = progress { members[member] = .fenced }
        }
        if case .done = transfer {} else { transfer = .waiting }
        requestTransfer(at: now, &actions)
        releasing = (Backoff(configuration.retry, startedAt: now), Set(matches.directions))
        sendReleaseFinished(&actions)
    }

    /// The destination is gone. Before it was told to fetch the state, that is at the source, and so can the flows be.
    private mutating func lose(_ reason: String, at now: Instant, _ actions: inout [Action]) {
        guard canGoBack, case .waiting = transfer else { return abandon(reason, at: now, &actions) }
        record.reason = reason
        record.isIncomplete = true
        lostDestination = reason
        recall(at: now, &actions)
    }

    /// Whoever was to receive the flows is gone, with what it held.
    mutating func abandon(_ reason: String, at now: Instant, _ actions: inout [Action]) {
        add(reason)
        record.isIncomplete = true
        for member in members.keys { members[member] = .released }
        releasing = nil
        conclude(at: now, &actions)
    }

    // MARK: Going back

    /// Whether the flows can go back to where their state is. A way back never can.
    var canGoBack: Bool { mayGoBack && !isStateLost }

    /// The destination cannot have the group. It is told first: it may have the state by now, and then the handover goes on.
    mutating func giveBack(_ reason: String, at now: Instant, _ actions: inout [Action]) {
        guard canGoBack else { return goOnWithoutState(reason, at: now, &actions) }
        record.reason = reason
        state = .stopping(Backoff(configuration.retry, startedAt: now))
        sendAbort(to: .destination, &actions)
    }

    mutating func abortAnswered(by role: Role, refusal: String?, at now: Instant, _ actions: inout [Action]) {
        switch (state, role) {
        case (.stopping, .destination):
            if refusal == nil { return recall(at: now, &actions) }
            state = .moving
            transfer = .done
            leave(at: now, &actions)
        case (.recalling, .source): actions.append(.givenUp)
        default: break
        }
    }

    /// Nothing was released at the destination, and nothing will be: the source may go on, with the state that it has kept.
    private mutating func recall(at now: Instant, _ actions: inout [Action]) {
        state = .recalling(Backoff(configuration.retry, startedAt: now))
        sendAbort(to: .source, &actions)
    }

    func sendAbort(to role: Role, _ actions: inout [Action]) {
        for x in matches.directions { actions.append(.send(.abort(reason: record.reason ?? ""), to: role, x)) }
    }

    mutating func stopped(_ step: Backoff.Step, at now: Instant, _ actions: inout [Action]) {
        switch step {
        case .wait: break
        case .repeat: sendAbort(to: .destination, &actions)
        case .giveUp:
            state = .moving
            lose("the destination, VNF \(destination.id), does not answer", at: now, &actions)
        }
    }

    mutating func recalled(_ step: Backoff.Step, _ actions: inout [Action]) {
        switch step {
        case .wait: break
        case .repeat: sendAbort(to: .source, &actions)
        case .giveUp:
            record.isIncomplete = true
            actions.append(.givenUp)
        }
    }
}
