import ControlFrames
import Frames
import Timing

/// One flow on its way from its source instance to its destination, both directions of it (design, Section 2.2).
///
/// A value: an event goes in, actions come out. Frames that need an answer are repeated with backoff until it comes.
///
/// - `moving` → `closing` when every direction is released, or when it failed.
/// - `closing` (the source is told to stop intercepting) → `ended` when the source has acknowledged, or does not answer.
struct FlowHandover: Sendable {
    /// Which of the two instances a control frame comes from or goes to.
    enum Role: Hashable, Sendable {
        case source
        case destination
    }

    /// What the owner of a handover is to do.
    enum Action: Hashable, Sendable {
        /// Give the flow this exact entry.
        case install(FlowEntry, Direction)
        /// Send a control frame in-band.
        case send(ControlMessage, to: Role, Direction)
        /// Wrap a frame and send it to the destination.
        case transport(sequence: UInt32, frame: [UInt8], Direction)
        /// Give a frame to an instance as it is, outside the protocol.
        case deliver(frame: [UInt8], to: Role, Direction)
        /// The handover came to its outcome.
        case concluded
        /// Nothing is left to be done for it.
        case ended
    }

    enum State: Sendable {
        case moving
        case closing(Backoff, awaited: Set<Direction>)
        case ended
    }

    /// The state of the source's VNF.
    enum Source: Sendable {
        case starting(Backoff)
        case frozen
    }

    /// The order to the destination to fetch the state.
    enum Transfer: Sendable {
        case waiting
        case requesting(Backoff)
        case underWay(limit: Instant)
        case done
    }

    let id: HandoverID
    let source: VNF
    let destination: VNF
    var directions: PerDirection<FlowDirection>
    var state = State.moving
    var record: HandoverRecord
    var sourceState: Source
    var transfer: Transfer
    /// Whether the destination was told to go on without the state.
    var isStateLost = false
    /// Where the flow's packets go once the handover is over.
    var home = Role.destination
    let configuration: Configuration

    /// Starts a handover because of the first packet seen of a flow.
    ///
    /// - Parameters:
    ///   - flow: the flow as it is in the forward direction.
    ///   - seen: the direction in which that packet was seen.
    init(
        id: HandoverID, flow: FlowKey, reverse: FlowKey?, seen: Direction, from source: VNF, to destination: VNF, record: HandoverRecord,
        configuration: Configuration, at now: Instant, actions: inout [Action]
    ) {
        self.id = id
        self.source = source
        self.destination = destination
        self.record = record
        self.configuration = configuration
        let moves = source.id != destination.id
        sourceState = moves ? .starting(Backoff(configuration.retry, startedAt: now)) : .frozen
        transfer = moves ? .waiting : .done
        func direction(_ direction: Direction, _ key: FlowKey) -> FlowDirection {
            FlowDirection(flow: key, seen: direction == seen, armsUnseen: moves, at: now, retry: configuration.retry)
        }
        directions = PerDirection(forward: direction(.forward, flow), reverse: reverse.map { direction(.reverse, $0) })
        for x in directions.directions {
            if moves { sendStart(to: .source, x, &actions) }
            if directions[x].isStarting { sendStart(to: .destination, x, &actions) }
        }
        // The detection entry goes on catching the flow; an entry of its own is needed only when it might expire before c2 is in.
        for x in directions.directions where !directions[x].isStarting { actions.append(.install(.intercept, x)) }
    }

    private var isMoving: Bool {
        if case .moving = state { true } else { false }
    }

    /// Whether the flow changes its instance: the same procedure runs without a source otherwise.
    var moves: Bool { source.id != destination.id }

    /// Whether the flow's packets go to the destination once the handover is over.
    var isAtDestination: Bool { home == .destination }

    /// The frames that the controller holds for this handover.
    var held: BufferCount { directions.all.reduce(BufferCount()) { $0 + $1.queue.held } }

    /// When this handover wants to be looked at, if ever.
    var deadline: Instant? {
        switch state {
        case .ended: return nil
        case .closing(let backoff, _): return backoff.next
        case .moving:
            // Asked for after every packet-in, so nothing is collected to find the earliest.
            var earliest: Instant?
            func consider(_ candidate: Instant?) {
                if let candidate { earliest = min(earliest ?? candidate, candidate) }
            }
            for direction in directions.all {
                consider(direction.retryDeadline)
                consider(direction.silenceDeadline(configuration.silenceGuard))
            }
            if case .starting(let backoff) = sourceState { consider(backoff.next) }
            switch transfer {
            case .waiting, .done: break
            case .requesting(let backoff): consider(backoff.next)
            case .underWay(let limit): consider(limit)
            }
            return earliest
        }
    }

    // MARK: Packets

    /// A packet-in of the flow under the detection entry or one of its exact entries.
    mutating func packet(_ frame: [UInt8], _ x: Direction, under kind: Cookie.Kind, at now: Instant, actions: inout [Action]) {
        guard case .moving = state, directions.has(x) else {
            if kind != .redirect { deliverLate(frame, x, &actions) }
            return
        }
        directions[x].heard(at: now)
        switch kind {
        case .redirect:
            if directions[x].mark() { record.marked(at: now) }
        default:
            directions[x].queue.append(frame)
        }
        openFence(x, at: now, &actions)
        advance(x, at: now, &actions)
        if directions[x].queue.held.packets > configuration.limits.packetsPerHandover {
            handBack("more than \(configuration.limits.packetsPerHandover) packets waited at the controller", at: now, &actions)
        }
    }

    private mutating func openFence(_ x: Direction, at now: Instant, _ actions: inout [Action]) {
        if directions[x].startArming(at: now, retry: configuration.retry) { sendStart(to: .destination, x, &actions) }
        guard directions[x].fence.firstSeen(at: now, schedule: configuration.retry) else { return }
        if isStateLost {
            directions[x].queue.prepend(directions[x].fence.abandon())
        } else {
            actions.append(.send(.fence, to: .source, x))
        }
    }

    /// Sends on what may be sent, and asks the destination to confirm when that was all.
    mutating func advance(_ x: Direction, at now: Instant, _ actions: inout [Action]) {
        if directions[x].mayFlush {
            for (sequence, frame) in directions[x].queue.flush() { actions.append(.transport(sequence: sequence, frame: frame, x)) }
        }
        if directions[x].confirm(at: now, retry: configuration.retry) {
            actions.append(.send(.releaseFinished(count: directions[x].queue.sentCount), to: .destination, x))
        }
    }

    private mutating func deliverLate(_ frame: [UInt8], _ x: Direction, _ actions: inout [Action]) {
        guard directions.has(x) else { return }
        record.lateFrames += 1
        actions.append(.deliver(frame: frame, to: home, x))
    }

    // MARK: Control frames

    /// A control frame from one of the two instances.
    mutating func control(_ message: ControlMessage, from role: Role, _ x: Direction, at now: Instant, actions: inout [Action]) {
        guard directions.has(x) else { return }
        switch (role, message) {
        case (.source, .startAck): sourceFrozen(at: now, &actions)
        case (.source, .straggler(let wrapped)) where !isMoving:
            if wrapped.part == nil { deliverLate(wrapped.bytes, x, &actions) }
        case (.source, .straggler(let wrapped)): fenceStep(directions[x].fence.straggler(wrapped), x, at: now, &actions)
        case (.source, .fenceAck(let count)):
            fenceStep(directions[x].fence.acknowledged(stragglers: count), x, at: now, &actions)
        case (.source, .handoverFinishedAck): sourceClosed(x, &actions)
        case (.destination, .startAck): destinationArmed(x, at: now, &actions)
        case (.destination, .resend(let sequences)): resend(sequences, x, &actions)
        case (.destination, .releaseFinishedAck): confirmed(x, at: now, &actions)
        case (.destination, .transferAck):
            if case .requesting = transfer { transfer = .underWay(limit: now + configuration.stateLimit) }
        case (.destination, .handoverFinished(let usage)): released(usage, x, at: now, &actions)
        case (_, .abort(let reason)):
            actions.append(.send(.abortAck, to: role, x))
            refused(reason, by: role, at: now, &actions)
        case (_, .abortAck): return
        default: record.unexpectedFrames += 1
        }
    }

    private mutating func sourceFrozen(at now: Instant, _ actions: inout [Action]) {
        guard case .starting = sourceState else { return }
        sourceState = .frozen
        record.sourceFrozenAt = now
        requestTransfer(at: now, &actions)
    }

    private mutating func destinationArmed(_ x: Direction, at now: Instant, _ actions: inout [Action]) {
        guard directions[x].armed(), case .moving = state else { return }
        guard moves else { return redirect([x], at: now, &actions) }
        guard directions.all.allSatisfy(\.isArmed) else { return }
        redirect(directions.directions, at: now, &actions)
        requestTransfer(at: now, &actions)
    }

    private mutating func redirect(_ ways: [Direction], at now: Instant, _ actions: inout [Action]) {
        record.armedAt = now
        for x in ways {
            directions[x].redirect(at: now)
            actions.append(.install(.redirect, x))
        }
        for x in ways { advance(x, at: now, &actions) }
    }

    mutating func requestTransfer(at now: Instant, _ actions: inout [Action]) {
        guard case .waiting = transfer, case .frozen = sourceState, directions.all.allSatisfy(\.isArmed) else { return }
        transfer = .requesting(Backoff(configuration.retry, startedAt: now))
        record.transferRequestedAt = now
        sendTransfer(&actions)
    }

    private mutating func fenceStep(_ step: SourceFence.Step, _ x: Direction, at now: Instant, _ actions: inout [Action]) {
        switch step {
        case .wait: return
        case .resend(let missing): actions.append(.send(.resend(missing), to: .source, x))
        case .closed(let stragglers):
            record.fenced(stragglers: stragglers.count, at: now)
            directions[x].queue.prepend(stragglers)
            advance(x, at: now, &actions)
        }
    }

    private func resend(_ sequences: [UInt32], _ x: Direction, _ actions: inout [Action]) {
        for sequence in sequences {
            guard let frame = directions[x].queue.frame(sequence) else { continue }
            actions.append(.transport(sequence: sequence, frame: frame, x))
        }
    }

    private mutating func confirmed(_ x: Direction, at now: Instant, _ actions: inout [Action]) {
        record.buffered(directions[x].queue)
        guard directions[x].confirmed() else { return }
        record.confirmed(at: now)
        actions.append(.install(.direct, x))
    }

    private mutating func released(_ usage: BufferUsage?, _ x: Direction, at now: Instant, _ actions: inout [Action]) {
        actions.append(.send(.handoverFinishedAck, to: .destination, x))
        guard case .moving = state, !directions[x].isReleased else { return }
        confirmed(x, at: now, &actions)
        directions[x].released(usage)
        guard directions[x].isReleased else { return }
        if let usage { record.released(usage) }
        if directions.all.allSatisfy({ $0.isReleased || $0.isDormant }) {
            record.settledAt = now
            transfer = .done
        }
        if directions.all.allSatisfy(\.isReleased) { conclude(isStateLost ? .failed : .completed, at: now, &actions) }
    }

    private mutating func sourceClosed(_ x: Direction, _ actions: inout [Action]) {
        guard case .closing(let backoff, var awaited) = state else { return }
        awaited.remove(x)
        state = .closing(backoff, awaited: awaited)
        if awaited.isEmpty { end(&actions) }
    }

    // MARK: Time

    /// Repeats what is due, closes what has been silent, and gives up on who does not answer.
    mutating func advance(to now: Instant, actions: inout [Action]) {
        switch state {
        case .ended: return
        case .closing(var backoff, let awaited):
            let step = backoff.step(at: now)
            state = .closing(backoff, awaited: awaited)
            switch step {
            case .wait: return
            case .repeat: for x in awaited.sorted() { actions.append(.send(.handoverFinished(nil), to: .source, x)) }
            case .giveUp: end(&actions)
            }
        case .moving: advanceMoving(to: now, &actions)
        }
    }

    private mutating func advanceMoving(to now: Instant, _ actions: inout [Action]) {
        if case .starting(var backoff) = sourceState {
            let step = backoff.step(at: now)
            sourceState = .starting(backoff)
            switch step {
            case .wait: break
            case .repeat: for x in directions.directions { sendStart(to: .source, x, &actions) }
            case .giveUp: goOnWithoutState("the source, VNF \(source.id), does not answer", at: now, &actions)
            }
        }
        if case .requesting(var backoff) = transfer {
            let step = backoff.step(at: now)
            transfer = .requesting(backoff)
            switch step {
            case .wait: break
            case .repeat: sendTransfer(&actions)
            case .giveUp: return handBack("the destination, VNF \(destination.id), does not answer", at: now, &actions)
            }
        }
        if case .underWay(let limit) = transfer, now >= limit {
            let reason = "the state did not arrive at VNF \(destination.id) in time"
            if isStateLost { return handBack(reason, at: now, &actions) }
            goOnWithoutState(reason, at: now, &actions)
        }
        for x in directions.directions {
            guard advanceDirection(x, to: now, &actions) else {
                return handBack("the destination, VNF \(destination.id), does not answer on the \(x) side", at: now, &actions)
            }
        }
    }

    /// False when the destination has not answered for too long.
    private mutating func advanceDirection(_ x: Direction, to now: Instant, _ actions: inout [Action]) -> Bool {
        switch directions[x].stepArming(at: now) {
        case .wait: break
        case .repeat:
            sendStart(to: .destination, x, &actions)
            if directions[x].needsIntercept() { actions.append(.install(.intercept, x)) }
        case .giveUp: return false
        }
        switch directions[x].fence.step(at: now) {
        case .wait: break
        case .repeat: actions.append(.send(.fence, to: .source, x))
        case .giveUp:
            directions[x].queue.prepend(directions[x].fence.abandon())
            goOnWithoutState("the source, VNF \(source.id), does not answer on the \(x) side", at: now, &actions)
            advance(x, at: now, &actions)
        }
        switch directions[x].stepConfirming(at: now) {
        case .wait: break
        case .repeat: actions.append(.send(.releaseFinished(count: directions[x].queue.sentCount), to: .destination, x))
        case .giveUp: return false
        }
        if let silence = directions[x].silenceDeadline(configuration.silenceGuard), now >= silence {
            openFence(x, at: now, &actions)
            if directions[x].mark() { record.marked(at: now) }
            advance(x, at: now, &actions)
        }
        return true
    }

    // MARK: Frames

    private func sendStart(to role: Role, _ x: Direction, _ actions: inout [Action]) {
        let start = Start(
            from: source.id.value, to: destination.id.value, flow: directions[x].flow, directions: UInt32(directions.directions.count),
            peerAddress: role == .source ? destination.peerAddress : source.peerAddress)
        actions.append(.send(role == .source ? .startSource(start) : .startDestination(start), to: role, x))
    }

    private func sendTransfer(_ actions: inout [Action]) {
        let peer = isStateLost ? Peer.nobody : Peer(vnf: source.id.value, address: source.peerAddress)
        for x in directions.directions {
            actions.append(.send(.transfer(peer), to: .destination, x))
        }
    }
}
