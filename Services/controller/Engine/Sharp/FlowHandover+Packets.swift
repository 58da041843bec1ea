import ControlFrames
import Mutations
import Timing

/// What packets lead to that came to the controller.
extension FlowHandover {
    /// A packet that nobody has got yet: it came under the detection entry or under c1.
    mutating func packet(_ frame: [UInt8], _ course: FlowEntry.Course, _ x: Direction, at now: Instant, actions: inout [Action]) {
        if hasPassed(x) {
            directions[x].sighted(at: now)
            return actions.append(.deliver(frame: frame, to: receiver, x))
        }
        switch state {
        case .closing where directions[x].route == .direct: break
        case .closing, .ended: return deliverLate(frame, x, &actions)
        case .moving, .stopping, .recalling: break
        }
        guard held.packets < 2 * configuration.limits.packetsPerHandover else { return record.lost += 1 }
        directions[x].enqueue(frame, course, at: now)
        // It comes behind what the destination has got from the switch.
        if directions[x].route == .direct { directions[x].sighted(at: now) }
        seen(x, at: now, &actions)
        keepWithinLimits(at: now, &actions)
    }

    /// A packet for which the controller has no room.
    mutating func drop(_ frame: [UInt8], _ course: FlowEntry.Course, _ x: Direction, at now: Instant, actions: inout [Action]) {
        if hasPassed(x) { return packet(frame, course, x, at: now, actions: &actions) }
        guard isOver else { return record.lost += 1 }
        if directions[x].queue.isWaiting { lostBehind += 1 } else { deliverLate(frame, x, &actions) }
    }

    /// Whether the destination of a direct handover lets packets of a direction pass, where the flow stays: those that come to the
    /// controller may go there as they come, in order with each other, and before whatever the destination will report of the flow.
    private func hasPassed(_ x: Direction) -> Bool {
        receiver == .destination && directions[x].route == .direct && directions[x].isReleased && !goesOn
    }

    /// Gives the destination of a direct handover what has waited at the controller until it let the direction pass.
    mutating func deliverWaiting(_ x: Direction, _ actions: inout [Action]) {
        guard hasPassed(x) else { return }
        for frame in directions[x].takeWaiting() { actions.append(.deliver(frame: frame, to: receiver, x)) }
    }

    /// Hands the flow back when too much of it waits.
    private mutating func keepWithinLimits(at now: Instant, _ actions: inout [Action]) {
        guard held.packets > configuration.limits.packetsPerHandover else { return }
        giveUp("more than \(configuration.limits.packetsPerHandover) packets waited at the controller", at: now, &actions)
    }

    /// The destination of a direct handover holds a packet of the flow; or a later one does, past it.
    mutating func sighted(_ x: Direction, at now: Instant, actions: inout [Action]) {
        guard directions[x].route == .direct else { return }
        for x in Mutation.fenceUnseenDirections.isActive ? directions.directions : [x] {
            directions[x].sighted(at: now)
            if isMoving, directions[x].isRedirected { record.marked(at: now) }
            seen(x, at: now, &actions)
        }
    }

    /// A copy of a packet that an instance got directly, under c2.
    mutating func copy(_ copied: FlowEntry.Course, _ x: Direction, at now: Instant, actions: inout [Action]) {
        switch state {
        case .closing, .ended: return
        case .moving, .stopping, .recalling: break
        }
        if copied == .forth { directions[x].countCopy() }
        guard copied == course else { return }
        if directions[x].copied(copied, at: now) { record.marked(at: now) }
        seen(x, at: now, &actions)
    }

    /// The direction has spoken under the newest entry: whatever lies behind older ones can be fenced.
    private mutating func seen(_ x: Direction, at now: Instant, _ actions: inout [Action]) {
        guard isMoving else { return }
        openFences(x, at: now, &actions)
        advance(x, at: now, &actions)
    }

    mutating func openFences(_ x: Direction, at now: Instant, _ actions: inout [Action]) {
        arm(x, at: now, &actions)
        for role in directions[x].openFences(at: now, retry: configuration.retry) {
            if role == .source, isStateLost {
                directions[x].abandonFence(.source)
            } else {
                if role == .source { answering.remove(x) }
                actions.append(.send(.fence(), to: role, x))
            }
        }
    }

    private mutating func arm(_ x: Direction, at now: Instant, _ actions: inout [Action]) {
        if directions[x].startArming(at: now, retry: configuration.retry) {
            sendStart(to: receiver, x, isRepeated: false, &actions)
        }
    }

    /// Sends on what may be sent, and asks the receiver to confirm when that was all.
    mutating func advance(_ x: Direction, at now: Instant, _ actions: inout [Action]) {
        for (sequence, frame) in directions[x].flush() {
            actions.append(.transport(sequence: sequence, frame: frame, to: receiver, x))
        }
        switch directions[x].complete(at: now, retry: configuration.retry) {
        case .wait: break
        case .askReceiver: sendReleaseFinished(x, &actions)
        case .confirmed:
            record.confirmed(at: now)
            awaitRelease(x, at: now)
        }
    }

    mutating func deliverLate(_ frame: [UInt8], _ x: Direction, _ actions: inout [Action]) {
        record.lateFrames += 1
        actions.append(.deliver(frame: frame, to: receiver, x))
    }

    /// Gives the flow entries of its own: the detection entry goes.
    mutating func interceptUnredirected(_ actions: inout [Action]) {
        guard isMoving else { return }
        for x in directions.directions where directions[x].needsIntercept() { actions.append(.install(.moving(.forth, .intercept), x)) }
    }

    // MARK: Fences

    mutating func fence(
        _ role: Role, _ x: Direction, at now: Instant, _ actions: inout [Action], _ event: (inout SourceFence) -> SourceFence.Step
    ) {
        switch directions[x].fence(role, event) {
        case .wait:
            if isMoving { advance(x, at: now, &actions) }
            keepWithinLimits(at: now, &actions)
        case .resend(let missing): actions.append(.send(.resend(missing), to: role, x))
        case .closed:
            record.fenced(stragglers: directions[x].stragglers(of: role), at: now)
            if isMoving, receiver == .source { arm(x, at: now, &actions) }
            if isMoving { advance(x, at: now, &actions) }
        }
    }
}
