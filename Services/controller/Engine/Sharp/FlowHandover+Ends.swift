import ControlFrames
import Timing

/// How a handover ends, well or not.
extension FlowHandover {
    mutating func conclude(_ outcome: HandoverRecord.Outcome, at now: Instant, _ actions: inout [Action]) {
        record.end(outcome, at: now)
        actions.append(.concluded)
        guard moves else { return end(&actions) }
        state = .closing(Backoff(configuration.retry, startedAt: now), awaited: Set(directions.directions))
        for x in directions.directions { actions.append(.send(.handoverFinished(nil), to: .source, x)) }
    }

    mutating func end(_ actions: inout [Action]) {
        state = .ended
        actions.append(.ended)
    }

    /// An instance cannot do its part. Before it has begun, START goes on being repeated: the reason may pass.
    mutating func refused(_ reason: String, by role: Role, at now: Instant, _ actions: inout [Action]) {
        guard case .moving = state else { return }
        record.reason = reason
        if role == .destination, directions.all.allSatisfy(\.isArmed) { goOnWithoutState(reason, at: now, &actions) }
    }

    /// The source is gone, or its state: the flow moves all the same, and loses no packet, but its state.
    mutating func goOnWithoutState(_ reason: String, at now: Instant, _ actions: inout [Action]) {
        guard !isStateLost else { return }
        isStateLost = true
        record.reason = reason
        sourceState = .frozen
        transfer = .waiting
        for x in directions.directions where !directions[x].fence.isClosed && !directions[x].fence.isUnseen {
            directions[x].queue.prepend(directions[x].fence.abandon())
        }
        requestTransfer(at: now, &actions)
        for x in directions.directions { advance(x, at: now, &actions) }
    }

    /// The destination is gone: the flow stays at its source, which gets in order what the controller holds.
    mutating func handBack(_ reason: String, at now: Instant, _ actions: inout [Action]) {
        let wasRedirected = directions.all.contains { $0.entry != .intercept }
        record.reason = reason
        home = .source
        for x in directions.directions {
            actions.append(.send(.abort(reason: reason), to: .destination, x))
            guard moves else { continue }
            // Before the packets, or they would be taken for stragglers.
            actions.append(.send(.abort(reason: reason), to: .source, x))
            actions.append(.send(.handoverFinished(nil), to: .source, x))
        }
        for x in directions.directions {
            if !directions[x].fence.isClosed { directions[x].queue.prepend(directions[x].fence.abandon()) }
            record.buffered(directions[x].queue)
            for frame in directions[x].queue.takeAll() { actions.append(.deliver(frame: frame, to: .source, x)) }
            actions.append(.install(.handBack, x))
        }
        // What the destination got directly, or had confirmed, is lost with it.
        conclude(wasRedirected ? .failed : .aborted, at: now, &actions)
    }
}
