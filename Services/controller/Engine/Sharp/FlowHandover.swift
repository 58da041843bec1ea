import ControlFrames
import Frames
import Mutations
import Timing

/// One flow on its way from its source instance to its destination, in all its directions (design, Section 2.2).
///
/// A value: an event goes in, actions come out. Frames that need an answer are repeated with backoff until it comes.
///
/// - `moving` → `closing` when every direction is released; → `stopping` when the destination cannot go on; → `recalling` when it is gone.
/// - `stopping` (the destination is told to give up) → `recalling` when it has; → `moving` when it has the state already.
/// - `recalling` (the source is told to go on) → `moving`, back, when it knows; → `closing` when it is gone too.
/// - `closing` (who intercepts is told to stop) → `ended` when that is acknowledged, or nobody answers.
struct FlowHandover: Sendable {
    /// Which of the two instances a control frame comes from or goes to.
    enum Role: Hashable, Sendable {
        case source
        case destination

        /// What an instance is in a handover between two, or one and itself; nil if it has no part in it.
        init?(of vnf: VNF, from source: VNF, to destination: VNF) {
            switch vnf.id {
            case destination.id: self = .destination
            case source.id: self = .source
            default: return nil
            }
        }
    }

    /// What is to be done about a flow.
    struct Plan: Sendable {
        enum Kind: Sendable {
            /// The flow changes its instance.
            case move
            /// The flow is where it is to be; what came to the controller is put in order.
            case adopt
            /// The flow stays where it is although the rules send it elsewhere.
            case keep
        }

        /// When packets of a flow that moves are turned to the destination, and those that waited are sent after.
        enum Redirection: Sendable {
            /// As soon as the destination holds the flow.
            case whenArmed
            /// Not before the state is there: until then all packets wait at the controller.
            case whenStateIsInPlace
        }

        let kind: Kind
        var route = FlowDirection.Route.relayed
        /// On the direct route: the direction that has entries of its own all the same, because the function has named it.
        var relayedMirror: Direction?
        var redirection = Redirection.whenArmed
        let source: VNF
        let destination: VNF
        let flows: PerDirection<FlowKey>
        /// On the direct route: under what the destination holds the flow.
        var holding: Holding?
        /// Where it has said so.
        var reported: Set<Direction> = []
        /// Where packets wait at the controller for a flow that is where it is to be: nothing is done in a direction without any.
        var waiting: Set<Direction> = []
    }

    /// An arming under which an instance holds a flow, and the relocation that sent the flow there.
    struct Holding: Sendable {
        let arming: HandoverID
        let relocation: Serial
    }

    /// What the owner of a handover is to do.
    enum Action: Hashable, Sendable {
        /// Packets of a direction that was named are this handover's affair from now on.
        case joined(Direction)
        /// Give the flow this exact entry.
        case install(FlowEntry, Direction)
        /// Send a control frame in-band.
        case send(ControlMessage, to: Role, Direction)
        /// Wrap a frame and send it.
        case transport(sequence: UInt32, frame: [UInt8], to: Role, Direction)
        /// Give a frame to an instance as it is, outside the protocol.
        case deliver(frame: [UInt8], to: Role, Direction)
        /// The handover came to its outcome.
        case concluded
        /// Nothing is left to be done for it.
        case ended
    }

    enum State: Sendable {
        case moving
        case stopping(Backoff, reason: String)
        case recalling(Backoff)
        case closing(Backoff, Farewell)
        case ended
    }

    /// What has to be acknowledged before a handover is over.
    struct Farewell: Sendable {
        let message: ControlMessage
        let role: Role
        var awaited: Set<Direction>
    }

    /// The state of the source's VNF.
    enum Source: Sendable {
        case starting(Backoff)
        case frozen

        /// Its HSL says that the function needs time. False when it has had enough.
        mutating func freezes(until limit: Instant, at now: Instant) -> Bool {
            guard case .starting(var backoff) = self else { return true }
            guard now < limit else { return false }
            backoff.heard(at: now)
            self = .starting(backoff)
            return true
        }
    }

    /// The order to the destination to fetch the state.
    enum Transfer: Sendable {
        case waiting
        case requesting(Backoff)
        case underWay(limit: Instant)
        case done
    }

    let terms: Terms
    var directions: PerDirection<FlowDirection>
    var state = State.moving
    var record: HandoverRecord
    var sourceState: Source
    var transfer: Transfer
    /// Why the source does not take part, although it is there.
    var sourceRefusal: String?
    /// Where the source has said that it has frozen the state: what it said there before is out of date.
    var frozenOn: Set<Direction> = []
    /// On the direct route: where the destination has answered since the source was asked for a fence.
    var answering: Set<Direction> = []
    /// Where the last packets of the source may still be on trunks.
    var crossing: Set<Direction> = []
    /// Why the destination is to give up once it holds the flow in every direction: before, it could not return what it has.
    var postponedReason: String?
    /// Who receives the flow: the source, when it is handed back.
    var receiver = Role.destination
    /// Whether answers come from a process that was started since START first left.
    var doubts = Doubts()
    /// Who has said where that the destination holds the flow.
    var acknowledgement = Acknowledgement()
    /// Whether the destination has said that it has the state.
    var hasState = false
    /// Whether the destination was told to go on without the state.
    var isStateLost = false
    /// Whether the flow was to go on and could not.
    var isLeft = false
    /// Whether it is known that the flow will go on from its destination: what comes to the controller may belong behind what waits
    /// elsewhere.
    var goesOn = false
    /// Packets for which there was no room behind others that wait for the flow's next handover, which tells of them.
    var lostBehind = 0
    /// The direction that the source's VNF has named.
    var namedDirection: Direction?
    /// When a flow that is kept was last found silent.
    private var silences: [Entrance: Instant] = [:]

    /// Starts a handover.
    ///
    /// - Parameter seen: the direction in which a packet waits at the controller, if one does; else the flow gets exact entries at once.
    init(
        id: HandoverID, plan: Plan, seen: Direction?, record: HandoverRecord, configuration: Configuration, at now: Instant,
        actions: inout [Action]
    ) {
        terms = Terms(
            id: id, kind: plan.kind, redirection: plan.redirection, from: plan.source, to: plan.destination, configuration: configuration)
        self.record = record
        let moves = plan.kind == .move
        sourceState = moves ? .starting(Backoff(configuration.retry, startedAt: now)) : .frozen
        transfer = moves ? .waiting : .done
        func direction(_ x: Direction) -> FlowDirection? {
            guard plan.flows.has(x) else { return nil }
            // The detection entry goes on catching the flow; an entry of its own is needed only when that might go before c2 is in.
            let hasIntercept: Bool
            let route = x == plan.relayedMirror ? .relayed : plan.route
            switch (route, plan.kind) {
            case (.direct, _): hasIntercept = false
            case (.relayed, .move): hasIntercept = seen == nil
            case (.relayed, .keep): hasIntercept = x != seen
            case (.relayed, .adopt): hasIntercept = plan.waiting.contains(x)
            }
            return FlowDirection(
                flow: plan.flows[x], plan.kind, route, isSeen: x == seen, hasIntercept: hasIntercept, at: now,
                retry: configuration.retry)
        }
        directions = PerDirection(forward: direction(.forward), reverse: direction(.reverse))
        for x in directions.directions where directions[x].stage != nil { actions.append(.install(.moving(.forth, .intercept), x)) }
        for x in directions.directions {
            if moves { sendStart(to: .source, x, isRepeated: false, &actions) }
            if directions[x].isStarting { sendStart(to: .destination, x, isRepeated: false, &actions) }
        }
    }

    // MARK: What it is like

    var isMoving: Bool {
        if case .moving = state { true } else { false }
    }

    /// Whether nothing is left to be done for it.
    var isEnded: Bool { if case .ended = state { true } else { false } }

    /// The flow as it enters in each direction.
    var flows: PerDirection<FlowKey> {
        func flow(_ x: Direction) -> FlowKey? { directions.has(x) ? directions[x].flow : nil }
        return PerDirection(forward: flow(.forward), reverse: flow(.reverse))
    }

    /// The instance that the flow will be at once the handover is over, or is.
    var home: VNF { receiver == .destination ? destination : source }

    /// Which exact entry a direction has, if any.
    func entry(_ x: Direction) -> FlowEntry? {
        guard let stage = directions[x].stage else { return nil }
        return isKept && stage == .direct ? .kept : .moving(course, stage)
    }

    /// Whether the flow has entries of its own.
    var hasEntries: Bool { directions.all.contains { $0.stage != nil } }

    /// Whether nothing is to be done before the flow speaks, which may be over.
    var isDormant: Bool { isMoving && directions.all.allSatisfy(\.isDormant) }

    /// Whether the flow has no entries of its own, but for a direction that the function has named.
    var isSteered: Bool { directions.directions.allSatisfy { directions[$0].stage == nil || $0 == namedDirection } }

    /// The way that the flow is on.
    var course: FlowEntry.Course { receiver == .destination ? .forth : .back }

    /// Whether the flow stays where the rules do not send it, and so needs entries until it is over.
    var isKept: Bool { kind == .keep || receiver == .source || isLeft }

    /// Whether the rules do not send the flow to where it is.
    func needsEntries(at target: VNF?) -> Bool { target.map { $0.id != home.id } ?? false }

    /// Whether packets of a direction that come to the controller are this handover's affair.
    func takes(_ x: Direction) -> Bool {
        guard directions.has(x) else { return false }
        switch state {
        case .moving, .stopping, .recalling: return true
        case .ended where directions[x].route == .direct: return false
        case .closing, .ended: return directions[x].isTouched
        }
    }

    /// Whether packets of a direction that come to an instance pass there.
    func hasReleased(_ x: Direction, at vnf: VNF) -> Bool {
        home.id == vnf.id && (isEnded || receiver == .destination && directions[x].isReleased)
    }

    /// A flow that is kept was silent where it may come in. True when it was so everywhere.
    mutating func wasSilent(at entrance: Entrance, of all: Set<Entrance>, at now: Instant) -> Bool {
        silences[entrance] = now
        return all.allSatisfy { silences[$0].map { now - $0 < .seconds(Int64(FlowEntries.keptFlowTimeout)) } ?? false }
    }

    /// The frames that the controller holds for this handover.
    var held: BufferCount { directions.all.reduce(BufferCount()) { $0 + $1.held } }

    /// When this handover wants to be looked at, if ever.
    var deadline: Instant? {
        switch state {
        case .ended: return nil
        case .closing(let backoff, _), .recalling(let backoff), .stopping(let backoff, _): return backoff.next
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

    // MARK: Frames

    func sendStart(to role: Role, _ x: Direction, isRepeated: Bool = true, _ actions: inout [Action]) {
        // A receiver that has the state is told so by its own number at both ends.
        let start = Start(
            from: source.id.value, to: home.id.value, subject: .flow(directions[x].flow), directions: UInt32(directions.directions.count),
            peerAddress: role == .source ? destination.peerAddress : source.peerAddress,
            straightTo: role == .source && directions[x].route == .direct ? destination.attachment(x).address : nil,
            awaitsState: role == .destination && receiver == .destination && kind == .move && redirection == .whenStateIsInPlace,
            isRepeated: isRepeated && !Mutation.hideRepeats.isActive)
        let message: ControlMessage = role == receiver ? .startDestination(start) : .startSource(start)
        actions.append(.send(message, to: role, x))
    }

    func sendTransfer(_ actions: inout [Action]) {
        for x in directions.directions { actions.append(.send(.transfer(transferPeer), to: .destination, x)) }
    }

    /// From whom the destination fetches the state.
    var transferPeer: Peer { isStateLost ? .nobody : Peer(vnf: source.id.value, address: source.peerAddress) }

    func sendReleaseFinished(_ x: Direction, _ actions: inout [Action]) {
        // On the direct route it is asked for only when the source is gone: what the receiver has is all that there is.
        let count = directions[x].route == .direct ? .max : directions[x].queue.sentCount
        actions.append(.send(.releaseFinished(count: count), to: receiver, x))
    }
}
