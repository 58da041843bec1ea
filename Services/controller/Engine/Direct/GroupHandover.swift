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
///
/// Where the destination cannot go on, the group goes back: `moving`, `fencing` → `stopping` (the destination is told to give up) →
/// `moving` when it has the state already, else `recalling` (the source is told to give up) → another handover takes its place, with the
/// roles turned, which has the state already and nothing to transfer.
struct GroupHandover: Sendable {
    typealias Role = FlowHandover.Role
    typealias Member = GroupMember

    /// What the owner of a group handover is to do.
    enum Action: Hashable, Sendable {
        /// Send a control frame in-band.
        case send(ControlMessage, to: Role, Direction)
        /// On the way back: send one of the first way.
        case sendOfFirst(ControlMessage, to: Role, Direction)
        /// It came to its outcome.
        case concluded
        /// Both instances have given it up: it is to be turned round.
        case givenUp
        /// Nothing is left to be done for it.
        case ended
    }

    enum State: Sendable {
        case moving
        case stopping(Backoff)
        case recalling(Backoff)
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
    /// Whether it can be turned round: nobody else has to do with its flows.
    let mayGoBack: Bool
    /// What it turns round; nil if it is a first way.
    var turned: Turned?
    var state = State.moving
    var record: HandoverRecord
    var members: [Member: Progress] = [:]
    /// In the order in which they joined.
    var joined: [Member] = []
    var sourceState: FlowHandover.Source
    var transfer = FlowHandover.Transfer.waiting
    var frozenOn: Set<Direction> = []
    var arming: (backoff: Backoff, awaited: Set<Direction>)
    /// RELEASE_FINISHED to a destination whose source is gone.
    var releasing: (backoff: Backoff, awaited: Set<Direction>)?
    var isStateLost = false
    /// Whether answers come from a process that was started since START first left.
    private var doubts = Doubts()
    /// Who has said where that the destination holds what comes.
    private var acknowledgement = Acknowledgement()
    private(set) var isDetectionOver = false
    /// Why the source does not begin, which it may all the same when it is asked again.
    var sourceRefusal: String?
    /// Why nothing can come from the destination any more.
    var lostDestination: String?

    init(
        id: HandoverID, source: VNF, destination: VNF, matches: PerDirection<FlowMatch>, record: HandoverRecord, mayGoBack: Bool,
        configuration: Configuration, at now: Instant, actions: inout [Action]
    ) {
        self.id = id
        self.mayGoBack = mayGoBack
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

    /// How far it is, as it is written down.
    var notedPhase: GroupNote.Phase {
        switch state {
        case .moving, .fencing, .closing, .ended: .moving
        case .stopping: .stopping
        case .recalling: .recalling
        case .leaving: .leaving
        }
    }

    /// Whether it has still to come to its outcome.
    var isOpen: Bool { record.outcome == .open }

    /// Whether nothing is left to be done for it.
    var isEnded: Bool { if case .ended = state { true } else { false } }

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
            if mayFence { actions.append(.send(.fence(flow: flow), to: .source, x)) }
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
        case (.freezing, .source): sourceFreezes(at: now, &actions)
        case (.fencing, .source): sourceFences(x, at: now)
        case (.startAck, .destination): armed(x, at: now, &actions)
        case (.fenceAck(_, let flow?), .source): fenced(Member(flow: flow, direction: x), at: now)
        case (.fenceAck(_, nil), .source): lastFenceClosed(x, at: now, &actions)
        case (.abortAck(let refusal), _): abortAnswered(by: role, refusal: refusal, at: now, &actions)
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
    ///
    /// - Returns: false if what it says is to be asked for once more.
    mutating func hears(_ message: ControlMessage, from role: Role, _ x: Direction, by speaker: Speaker, at now: Instant) -> Bool {
        guard isOpen else { return true }
        switch (message, role) {
        case (.fenceAck, .source), (.startAck(received: _?), .destination), (.abortAck, _): break
        default:
            doubts.note(role, speaker)
            return true
        }
        switch doubts.judge(role, speaker, start: record.startedAt, at: now) {
        case .wasThere: break
        case .isToBeAskedAgain: return false
        case .wasStartedAnew: isStartedAnew(role)
        }
        if case .startAck = message, !arming.awaited.isEmpty {
            // What another process has acknowledged, this one has still to hear.
            arming.awaited.formUnion(matches.directions.filter { $0 == x || !acknowledgement.holds($0, beside: speaker) })
            acknowledgement.heard(x, from: speaker, at: now)
        }
        return true
    }

    private mutating func sourceFrozen(_ x: Direction, at now: Instant, _ actions: inout [Action]) {
        frozenOn.insert(x)
        guard case .starting = sourceState, matches.directions.allSatisfy({ frozenOn.contains($0.opposite) }) else { return }
        sourceState = .frozen
        if turned == nil { record.sourceFrozenAt = now } else { fenceAll(at: now, &actions) }
        requestTransfer(at: now, &actions)
        leave(at: now, &actions)
    }

    /// As in a handover of one flow.
    private mutating func sourceFreezes(at now: Instant, _ actions: inout [Action]) {
        guard case .moving = state, turned == nil,
            !sourceState.freezes(until: record.startedAt + configuration.stateLimit, at: now)
        else { return }
        giveBack("the function of VNF \(source.id) did not get ready in time", at: now, &actions)
    }

    /// Stragglers are on their way on one side.
    private mutating func sourceFences(_ x: Direction, at now: Instant) {
        guard now - record.startedAt < configuration.stateLimit else { return }
        if case .fencing(var backoff, let awaited) = state {
            backoff.heard(at: now)
            state = .fencing(backoff, awaited: awaited)
        }
        for (member, stage) in members where member.direction == x {
            guard case .fencing(var backoff) = stage else { continue }
            backoff.heard(at: now)
            members[member] = .fencing(backoff)
        }
    }

    private mutating func armed(_ x: Direction, at now: Instant, _ actions: inout [Action]) {
        guard arming.awaited.remove(x) != nil, arming.awaited.isEmpty else { return }
        if record.armedAt == nil { record.armedAt = now }
        if turned != nil { takeBack(at: now, &actions) }
        requestTransfer(at: now, &actions)
    }

    mutating func requestTransfer(at now: Instant, _ actions: inout [Action]) {
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

    mutating func leave(at now: Instant, _ actions: inout [Action]) {
        guard case .moving = state, case .frozen = sourceState, isDetectionOver, isComplete, releasing == nil else { return }
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

    mutating func conclude(at now: Instant, _ actions: inout [Action]) {
        record.end(isStateLost || record.isIncomplete ? .failed : turned == nil ? .completed : .aborted, at: now)
        actions.append(.concluded)
        state = .closing(Backoff(configuration.retry, startedAt: now), awaited: Set(matches.directions))
        dismissSource(matches.directions, &actions)
    }

    /// The source is to stop; on the way back, if it has not even begun, also with what it does because of the first way.
    func dismissSource(_ directions: [Direction], _ actions: inout [Action]) {
        for x in directions {
            actions.append(.send(.handoverFinished(nil), to: .source, x))
            if turned != nil, frozenOn.isEmpty { actions.append(.sendOfFirst(.handoverFinished(nil), to: .source, x)) }
        }
    }

    mutating func end(_ actions: inout [Action]) {
        state = .ended
        actions.append(.ended)
    }
}
