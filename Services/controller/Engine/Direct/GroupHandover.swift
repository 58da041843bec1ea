import ControlFrames
import Frames
import Timing

/// All flows of a match on their way from one instance to another, with the state that they share (design, Sections 2.1 and 2.4).
///
/// The source freezes and returns everything that the match covers; the destination holds each flow that it meets. No flow needs a partner,
/// so it does not matter that a function translates addresses. A value: an event goes in, actions come out.
///
/// - `moving` → `fencing` when detection is over, the state in place, and every flow that was seen is released.
/// - `fencing` (the source is asked for what it has returned of flows that were never seen) → `leaving` when the destination has that.
/// - `leaving` (the destination is told that no more flows join) → `closing` when it has acknowledged.
/// - `closing` (the source is told to stop) → `ended` when it has, or nobody answers.
struct GroupHandover: Sendable {
    typealias Role = FlowHandover.Role
    typealias Member = GroupMember

    /// What the owner of a group handover is to do.
    enum Action: Hashable, Sendable {
        /// Send a control frame in-band.
        case send(ControlMessage, to: Role, Direction)
        /// It came to its outcome.
        case concluded
        /// Nothing is left to be done for it.
        case ended
    }

    enum State: Sendable {
        case moving
        case fencing(Backoff, awaited: Set<Direction>)
        case leaving(Backoff, awaited: Set<Direction>)
        case closing(Backoff, awaited: Set<Direction>)
        case ended
    }

    /// How far a member is.
    enum Progress: Sendable {
        /// FENCE is repeated until the source says that the destination has every straggler of the flow.
        case fencing(Backoff)
        case fenced
        case released
    }

    let id: HandoverID
    let source: VNF
    let destination: VNF
    let matches: PerDirection<FlowMatch>
    let configuration: Configuration
    private(set) var state = State.moving
    private(set) var record: HandoverRecord
    private(set) var members: [Member: Progress] = [:]
    /// In the order in which they joined.
    private(set) var joined: [Member] = []
    private var sourceState: FlowHandover.Source
    private var transfer = FlowHandover.Transfer.waiting
    private var frozenOn: Set<Direction> = []
    private var arming: (backoff: Backoff, awaited: Set<Direction>)
    /// RELEASE_FINISHED to a destination whose source is gone.
    private var releasing: (backoff: Backoff, awaited: Set<Direction>)?
    private(set) var isStateLost = false
    private(set) var isDetectionOver = false

    init(
        id: HandoverID, source: VNF, destination: VNF, matches: PerDirection<FlowMatch>, record: HandoverRecord,
        configuration: Configuration, at now: Instant, actions: inout [Action]
    ) {
        self.id = id
        self.source = source
        self.destination = destination
        self.matches = matches
        self.record = record
        self.configuration = configuration
        sourceState = .starting(Backoff(configuration.retry, startedAt: now))
        arming = (Backoff(configuration.retry, startedAt: now), Set(matches.directions))
        for x in matches.directions {
            sendStart(to: .source, x, isRepeated: false, &actions)
            sendStart(to: .destination, x, isRepeated: false, &actions)
        }
    }

    /// One that another process has begun, with these members. Nothing is sent yet: what is due is repeated.
    init(
        resuming note: GroupNote, _ noted: Members, _ outcome: HandoverRecord.Outcome, of rule: Rule, from source: VNF,
        to destination: VNF, configuration: Configuration, at now: Instant
    ) {
        id = note.id
        self.source = source
        self.destination = destination
        self.configuration = configuration
        matches = rule.matches
        record = HandoverRecord(note, of: rule)
        isStateLost = note.isStateLost
        record.isIncomplete = isStateLost
        record.flows = noted.joined.count
        joined = noted.joined
        let backoff = Backoff(configuration.retry, startedAt: now)
        let everywhere = Set(matches.directions)
        for member in joined {
            members[member] = noted.released.contains(member) ? .released : isStateLost ? .fenced : .fencing(backoff)
        }
        sourceState = isStateLost ? .frozen : .starting(backoff)
        arming = (backoff, everywhere)
        // What was released was released with the state.
        if !noted.released.isEmpty { transfer = .done }
        if isStateLost { releasing = (backoff, everywhere) }
        if outcome != .open {
            record.end(outcome, at: now)
            state = .closing(backoff, awaited: everywhere)
        } else if note.phase == .leaving {
            state = .leaving(backoff, awaited: everywhere)
        }
    }

    /// Whether the destination is told that no more flows join.
    var isLeaving: Bool { if case .leaving = state { true } else { false } }

    /// Whether it has still to come to its outcome.
    var isOpen: Bool { record.outcome == .open }

    /// Whether nothing is left to be done for it.
    var isEnded: Bool { if case .ended = state { true } else { false } }

    /// When it wants to be looked at, if ever.
    var deadline: Instant? {
        switch state {
        case .ended: return nil
        case .fencing(let backoff, _), .leaving(let backoff, _), .closing(let backoff, _): return backoff.next
        case .moving: break
        }
        var due: [Instant] = []
        if case .starting(let backoff) = sourceState { due.append(backoff.next) }
        if !arming.awaited.isEmpty { due.append(arming.backoff.next) }
        if let releasing { due.append(releasing.backoff.next) }
        switch transfer {
        case .waiting, .done: break
        case .requesting(let backoff): due.append(backoff.next)
        case .underWay(let limit): due.append(limit)
        }
        for case .fencing(let backoff) in members.values { due.append(backoff.next) }
        return due.min()
    }

    // MARK: Events

    /// The destination holds a flow: whatever the source still gets of it lies before a frame that is sent now.
    mutating func joined(_ flow: FlowKey, _ x: Direction, at now: Instant, actions: inout [Action]) {
        let member = Member(flow: flow, direction: x)
        guard case .moving = state, members[member] == nil else { return }
        record.flows += 1
        joined.append(member)
        if isStateLost {
            members[member] = .fenced
        } else {
            members[member] = .fencing(Backoff(configuration.retry, startedAt: now))
            actions.append(.send(.fence(flow: flow), to: .source, x))
        }
    }

    /// No flow joins any more.
    mutating func detectionEnded(at now: Instant, actions: inout [Action]) {
        isDetectionOver = true
        leave(at: now, &actions)
    }

    mutating func control(_ message: ControlMessage, from role: Role, _ x: Direction, at now: Instant, actions: inout [Action]) {
        switch (message, role) {
        case (.startAck(nil), .source): sourceFrozen(x, at: now, &actions)
        case (.startAck, .destination): armed(x, at: now, &actions)
        case (.fenceAck(_, let flow?), .source): fenced(Member(flow: flow, direction: x), at: now)
        case (.fenceAck(_, nil), .source): lastFenceClosed(x, at: now, &actions)
        case (.transferAck, .destination):
            if case .requesting = transfer { transfer = .underWay(limit: now + configuration.stateLimit) }
        case (.handoverFinished(let usage, let flow?), .destination):
            actions.append(.send(.handoverFinishedAck(flow: flow), to: role, x))
            released(Member(flow: flow, direction: x), usage, at: now, &actions)
        case (.handoverFinishedAck, _): farewellAnswered(role, x, at: now, &actions)
        case (.releaseFinishedAck, .destination):
            releasing?.awaited.remove(x)
            guard releasing?.awaited.isEmpty ?? false else { return }
            releasing = nil
            leave(at: now, &actions)
        case (.abort(let reason), _):
            actions.append(.send(.abortAck(refusal: nil), to: role, x))
            refused(reason, by: role, x, at: now, &actions)
        default: record.unexpectedFrames += 1
        }
    }

    /// As in a handover of one flow, but packets come to either end before it has said anything.
    mutating func hears(_ message: ControlMessage, from role: Role, begun: Instant?) {
        guard let begun, begun > record.startedAt, isOpen else { return }
        switch (message, role) {
        case (.fenceAck, .source), (.startAck(received: _?), .destination): break
        default: return
        }
        record.isIncomplete = true
        record.reason = "VNF \(role == .source ? source.id : destination.id) was started anew"
    }

    private mutating func sourceFrozen(_ x: Direction, at now: Instant, _ actions: inout [Action]) {
        frozenOn.insert(x)
        guard case .starting = sourceState, matches.directions.allSatisfy({ frozenOn.contains($0.opposite) }) else { return }
        sourceState = .frozen
        record.sourceFrozenAt = now
        requestTransfer(at: now, &actions)
    }

    private mutating func armed(_ x: Direction, at now: Instant, _ actions: inout [Action]) {
        arming.awaited.remove(x)
        guard arming.awaited.isEmpty, record.armedAt == nil else { return }
        record.armedAt = now
        requestTransfer(at: now, &actions)
    }

    private mutating func requestTransfer(at now: Instant, _ actions: inout [Action]) {
        guard case .moving = state, case .waiting = transfer, case .frozen = sourceState, arming.awaited.isEmpty else { return }
        transfer = .requesting(Backoff(configuration.retry, startedAt: now))
        record.transferRequestedAt = now
        sendTransfer(&actions)
    }

    private mutating func fenced(_ member: Member, at now: Instant) {
        guard case .fencing = members[member] else { return }
        members[member] = .fenced
        record.fenced(stragglers: 0, at: now)
    }

    private mutating func released(_ member: Member, _ usage: BufferUsage?, at now: Instant, _ actions: inout [Action]) {
        if case .released = members[member] { return }
        guard members[member] != nil else { return }
        members[member] = .released
        if let usage { record.released(usage) }
        // A flow is released only when the state is in place.
        transfer = .done
        record.settledAt = now
        leave(at: now, &actions)
    }

    // MARK: The end

    private var isComplete: Bool { members.values.allSatisfy { if case .released = $0 { true } else { false } } }

    private mutating func leave(at now: Instant, _ actions: inout [Action]) {
        guard case .moving = state, isDetectionOver, isComplete, releasing == nil else { return }
        switch transfer {
        case .done: break
        // Nothing was held, so nothing was released: the destination's farewell says that the state is there.
        case .underWay where members.isEmpty: break
        default: return
        }
        if isStateLost { return sayFarewell(at: now, &actions) }
        state = .fencing(Backoff(configuration.retry, startedAt: now), awaited: Set(matches.directions))
        for x in matches.directions { actions.append(.send(.fence(), to: .source, x)) }
    }

    /// The destination has what the source returned of flows that never came to the destination.
    private mutating func lastFenceClosed(_ x: Direction, at now: Instant, _ actions: inout [Action]) {
        guard case .fencing(let backoff, var awaited) = state else { return }
        awaited.remove(x)
        state = .fencing(backoff, awaited: awaited)
        if awaited.isEmpty { sayFarewell(at: now, &actions) }
    }

    private mutating func sayFarewell(at now: Instant, _ actions: inout [Action]) {
        state = .leaving(Backoff(configuration.retry, startedAt: now), awaited: Set(matches.directions))
        for x in matches.directions { actions.append(.send(.handoverFinished(nil), to: .destination, x)) }
    }

    private mutating func farewellAnswered(_ role: Role, _ x: Direction, at now: Instant, _ actions: inout [Action]) {
        switch (state, role) {
        case (.leaving(let backoff, var awaited), .destination):
            awaited.remove(x)
            state = .leaving(backoff, awaited: awaited)
            if awaited.isEmpty { conclude(at: now, &actions) }
        case (.closing(let backoff, var awaited), .source):
            awaited.remove(x)
            state = .closing(backoff, awaited: awaited)
            if awaited.isEmpty { end(&actions) }
        default: break
        }
    }

    private mutating func conclude(at now: Instant, _ actions: inout [Action]) {
        record.end(isStateLost || record.isIncomplete ? .failed : .completed, at: now)
        actions.append(.concluded)
        state = .closing(Backoff(configuration.retry, startedAt: now), awaited: Set(matches.directions))
        for x in matches.directions { actions.append(.send(.handoverFinished(nil), to: .source, x)) }
    }

    private mutating func end(_ actions: inout [Action]) {
        state = .ended
        actions.append(.ended)
    }

    // MARK: One side cannot

    private mutating func refused(_ reason: String, by role: Role, _ x: Direction, at now: Instant, _ actions: inout [Action]) {
        switch state {
        case .moving, .fencing: break
        case .leaving, .closing, .ended: return
        }
        let hasForgotten = reason == ControlMessage.unknownHandover
        switch role {
        case .destination where !arming.awaited.contains(x):
            if hasForgotten {
                abandon("the destination, VNF \(destination.id), was started anew", at: now, &actions)
            } else {
                goOnWithoutState("VNF \(destination.id): \(reason)", at: now, &actions)
            }
        case .source where hasForgotten && frozenOn.contains(x):
            goOnWithoutState("the source, VNF \(source.id), was started anew", at: now, &actions)
        default: record.reason = reason
        }
    }

    /// The state is lost, and stragglers that the destination has not got: its function goes on with what there is.
    private mutating func goOnWithoutState(_ reason: String, at now: Instant, _ actions: inout [Action]) {
        guard !isStateLost else { return }
        isStateLost = true
        record.reason = reason
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

    /// Whoever was to receive the flows is gone, with what it held.
    private mutating func abandon(_ reason: String, at now: Instant, _ actions: inout [Action]) {
        record.reason = reason
        record.isIncomplete = true
        for member in members.keys { members[member] = .released }
        releasing = nil
        conclude(at: now, &actions)
    }

    // MARK: Time

    /// Repeats what is due, and gives up on who does not answer.
    mutating func advance(to now: Instant, isPatient: Bool, actions: inout [Action]) {
        switch state {
        case .ended: return
        case .fencing(var backoff, let awaited):
            let step = backoff.step(at: now, isPatient: isPatient)
            state = .fencing(backoff, awaited: awaited)
            if step == .repeat { for x in awaited.sorted() { actions.append(.send(.fence(), to: .source, x)) } }
            if step == .giveUp { goOnWithoutState("the source, VNF \(source.id), does not answer", at: now, &actions) }
        case .leaving(var backoff, let awaited):
            let step = backoff.step(at: now, isPatient: isPatient)
            state = .leaving(backoff, awaited: awaited)
            if step == .repeat { for x in awaited.sorted() { actions.append(.send(.handoverFinished(nil), to: .destination, x)) } }
            if step == .giveUp { abandon("the destination, VNF \(destination.id), does not answer", at: now, &actions) }
        case .closing(var backoff, let awaited):
            let step = backoff.step(at: now, isPatient: isPatient)
            state = .closing(backoff, awaited: awaited)
            if step == .repeat { for x in awaited.sorted() { actions.append(.send(.handoverFinished(nil), to: .source, x)) } }
            if step == .giveUp { end(&actions) }
        case .moving: advanceMoving(to: now, isPatient: isPatient, &actions)
        }
    }

    private mutating func advanceMoving(to now: Instant, isPatient: Bool, _ actions: inout [Action]) {
        if case .starting(var backoff) = sourceState {
            let step = backoff.step(at: now, isPatient: isPatient)
            sourceState = .starting(backoff)
            if step == .repeat { for x in matches.directions { sendStart(to: .source, x, &actions) } }
            if step == .giveUp { goOnWithoutState("the source, VNF \(source.id), does not answer", at: now, &actions) }
        }
        if !arming.awaited.isEmpty {
            let step = arming.backoff.step(at: now, isPatient: isPatient)
            if step == .repeat { for x in arming.awaited.sorted() { sendStart(to: .destination, x, &actions) } }
            if step == .giveUp { return abandon("the destination, VNF \(destination.id), does not answer", at: now, &actions) }
        }
        if releasing != nil {
            let step = releasing?.backoff.step(at: now, isPatient: isPatient)
            if step == .repeat { sendReleaseFinished(&actions) }
            if step == .giveUp { return abandon("the destination, VNF \(destination.id), does not answer", at: now, &actions) }
        }
        switch transfer {
        case .waiting, .done: break
        case .requesting(var backoff):
            let step = backoff.step(at: now, isPatient: isPatient)
            transfer = .requesting(backoff)
            if step == .repeat { sendTransfer(&actions) }
            if step == .giveUp { return abandon("the destination, VNF \(destination.id), does not answer", at: now, &actions) }
        case .underWay(let limit):
            if now >= limit { goOnWithoutState("the state did not arrive at VNF \(destination.id) in time", at: now, &actions) }
        }
        for member in joined { repeatFence(member, at: now, isPatient, &actions) }
    }

    private mutating func repeatFence(_ member: Member, at now: Instant, _ isPatient: Bool, _ actions: inout [Action]) {
        guard case .fencing(var backoff) = members[member] else { return }
        let step = backoff.step(at: now, isPatient: isPatient)
        members[member] = .fencing(backoff)
        if step == .repeat { actions.append(.send(.fence(flow: member.flow), to: .source, member.direction)) }
        if step == .giveUp { goOnWithoutState("the source, VNF \(source.id), does not answer", at: now, &actions) }
    }

    private func sendReleaseFinished(_ actions: inout [Action]) {
        for x in releasing?.awaited.sorted() ?? [] { actions.append(.send(.releaseFinished(count: .max), to: .destination, x)) }
    }
}
