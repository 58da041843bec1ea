import ControlFrames
import Frames
import Timing

/// The end of a handover that gives a flow, or all flows of a match, away: what arrives after START goes back to the controller, or in
/// direct mode on to the destination's HSL.
///
/// Also the end of an aborted one: both ends return what they get, until the controller has handed the flow back.
struct SourceRole: Sendable {
    /// - `collecting`: START is due on further interfaces → `freezing` (the last one), `aborted`
    /// - `freezing`: the VNF processes what it was given → `frozen` (it is ready, or gone), `aborted`
    /// - `frozen`: START is acknowledged → `aborted`
    /// - `aborted`: the flow's frames are still returned; any other handover may take them over, and so may this one, to hand the
    ///   flow back: then a direction goes on in a ``DestinationRole``
    ///
    /// In every state HANDOVER_FINISHED closes one direction, and the role ends with the last.
    enum State {
        case collecting, freezing, frozen, aborted
    }

    /// What a START asks for.
    enum StartAction {
        case none
        case freeze
        case acknowledge
        case sayThatItFreezes
        case refuse(Refusal)
    }

    let peer: Peer
    private let due: Int
    private(set) var state: State
    /// By interface.
    private(set) var directions: [InterceptedDirection?]
    private(set) var held = Amount.zero
    /// Whether the VNF was told of the start and has to hear of the end.
    var functionKnows = false
    /// The direction that the VNF has named, if it has.
    var mirror: NamedMirror?

    init(_ start: Start, interfaces: Int) {
        peer = Peer(vnf: start.to, address: start.peerAddress)
        due = Int(start.directions)
        state = .collecting
        directions = Array(repeating: nil, count: interfaces)
    }

    /// What a destination becomes whose handover is aborted before the state is in place.
    init(aborting destination: DestinationRole) {
        peer = destination.fetch.peer
        due = 0
        state = .aborted
        directions = destination.directions.map { $0.map { InterceptedDirection(subject: $0.subject, stragglers: $0.direct) } }
        held = destination.held
        functionKnows = destination.fetch.functionKnows
    }

    /// What the destination of a group becomes.
    ///
    /// - Parameter stragglers: what its flows held, by interface.
    init(aborting destination: GroupDestinationRole, stragglers: [PacketFIFO]) {
        peer = destination.fetch.peer
        due = 0
        state = .aborted
        directions = zip(destination.directions, stragglers).map { direction, stragglers in
            direction.map { InterceptedDirection(subject: .match($0.match), stragglers: stragglers) }
        }
        held = stragglers.reduce(.zero) { $0 + $1.amount }
        functionKnows = destination.fetch.functionKnows
    }

    /// What a handover becomes that was aborted before it began here, while an arming holds its flows.
    init(abortedBeforeStart interfaces: Int) {
        peer = .nobody
        due = 0
        state = .aborted
        directions = Array(repeating: nil, count: interfaces)
    }

    /// What moves, on the lowest interface.
    var subject: Start.Subject? { directions.lazy.compactMap { $0?.subject }.first }

    /// Whether both directions move.
    var isBidirectional: Bool { due > 1 }

    /// The interfaces where START came.
    var ports: [Int] { directions.indices.filter { directions[$0] != nil } }

    /// Whether START has still to come on an interface.
    var isCollecting: Bool {
        if case .collecting = state { true } else { false }
    }

    /// Whether the VNF is to freeze this, too, and has not said that it has.
    func hasStarted(_ subject: Start.Subject) -> Bool {
        guard case .freezing = state else { return false }
        return directions.contains { $0?.subject == subject }
    }

    var isFrozen: Bool {
        if case .frozen = state { true } else { false }
    }

    var isAborted: Bool {
        if case .aborted = state { true } else { false }
    }

    mutating func started(on port: Int, _ start: Start, earlierArmings: [HandoverID]) -> StartAction {
        if let direction = directions[port] {
            guard direction.subject == start.subject else { return .refuse(.anotherFlow) }
            if mirror?.port == port { mirror?.acknowledged() }
            switch state {
            case .frozen: return .acknowledge
            case .freezing: return .sayThatItFreezes
            case .collecting, .aborted: return .none
            }
        }
        switch state {
        case .collecting: break
        case .freezing, .frozen: return .refuse(.tooManyDirections)
        case .aborted: return .refuse(.aborted)
        }
        directions[port] = InterceptedDirection(
            subject: start.subject, straightTo: start.straightTo, earlierArmings: earlierArmings, hasHeardAll: !start.isRepeated)
        guard ports.count >= due else { return .none }
        state = .freezing
        return .freeze
    }

    /// Intercepts the direction that the VNF has named too.
    mutating func named(_ mirror: NamedMirror, _ flow: FlowKey) {
        directions[mirror.port] = InterceptedDirection(subject: .flow(flow), hasHeardAll: true)
        self.mirror = mirror
    }

    /// The VNF has processed all it was given; false if nobody waits for that.
    mutating func frozen() -> Bool {
        guard case .freezing = state else { return false }
        state = .frozen
        return true
    }

    /// The handover will not go on; false if that is known.
    mutating func abort() -> Bool {
        if case .aborted = state { return false }
        state = .aborted
        return true
    }

    /// Keeps a frame that arrived after START. Its number is the count of those before it.
    mutating func intercept(_ frame: RawSpan, on port: Int, slab: inout Slab, ledger: inout Ledger) -> Keeping? {
        directions[port]?.keep(frame, slab: &slab, ledger: &ledger, held: &held)
    }

    /// Where stragglers of a direction go; nil where they stay, because the destination has given up and the flow will come back, or
    /// because a group will go back straight.
    func receiver(of direction: InterceptedDirection) -> MACAddress? {
        switch (direction.straightTo, direction.subject) {
        case (nil, .match) where isAborted: nil
        case (nil, _): .zero
        case (let peer?, _): isAborted ? nil : peer
        }
    }

    /// The destination's HSL on every interface, where it is told without the controller that the state is frozen. Nil unless a flow goes
    /// straight to it on all of them, and this process has heard all that was said of it.
    var waysToTellFrozen: [MACAddress]? {
        guard case .frozen = state else { return nil }
        let ways = directions.compactMap { direction -> MACAddress? in
            guard let direction, direction.hasHeardAll, case .flow = direction.subject else { return nil }
            return direction.straightTo
        }
        return ways.count == directions.count ? ways : nil
    }

    /// Whether what comes under an arming was sent here anew, after the flow had left.
    func isLeft(by arming: HandoverID, on port: Int) -> Bool {
        guard let direction = directions[port], direction.straightTo != nil else { return false }
        return !direction.earlierArmings.contains(arming)
    }

    /// Whether everything of a flow that lay before its fence is at the destination.
    func isSynced(_ flow: FlowKey, on port: Int) -> Bool {
        guard let direction = directions[port], direction.straightTo != nil else { return false }
        return direction.isSynced(nil) || direction.isSynced(flow)
    }

    mutating func fence(_ flow: FlowKey?, on port: Int) {
        directions[port]?.fence(flow)
    }

    mutating func synced(_ flow: FlowKey?, on port: Int) -> Bool {
        directions[port]?.synced(flow) ?? false
    }

    /// The destination's HSL asks for stragglers; whether it has got some since it asked last.
    mutating func peerAsks(from lowest: UInt32, on port: Int) -> Bool { directions[port]?.peerAsks(from: lowest) ?? false }

    /// Whether it has asked since this was called last.
    mutating func hasPeerAsked(on port: Int) -> Bool { directions[port]?.hasPeerAsked() ?? false }

    /// The stragglers of a direction, for the function: the flow comes back, and only this VNF has them.
    mutating func takeKept(_ port: Int, ledger: inout Ledger) -> PacketFIFO? {
        guard let packets = directions[port]?.take() else { return nil }
        ledger.refund(packets.amount, as: .stragglers, to: &held)
        return packets
    }

    /// The stragglers of a direction, for another role, which takes over the accounts too.
    mutating func giveStragglers(_ port: Int) -> PacketFIFO? {
        guard let packets = directions[port]?.take() else { return nil }
        held = held - packets.amount
        return packets
    }

    /// Adds to the stragglers of a direction what an arming held: `stragglers` are all of them.
    mutating func returns(_ stragglers: PacketFIFO, of subject: Start.Subject, on port: Int) {
        let direction = directions[port]
        held = held - (direction?.stragglers.amount ?? .zero) + stragglers.amount
        directions[port] = InterceptedDirection(
            subject: direction?.subject ?? subject, straightTo: direction?.straightTo, earlierArmings: direction?.earlierArmings ?? [],
            hasHeardAll: direction?.hasHeardAll ?? false, stragglers: stragglers)
    }

    /// Closes a direction; what it kept is the caller's to free.
    mutating func end(_ port: Int, ledger: inout Ledger) -> InterceptedDirection? {
        guard let direction = directions[port] else { return nil }
        directions[port] = nil
        ledger.refund(direction.stragglers.amount, as: .stragglers, to: &held)
        return direction
    }
}
