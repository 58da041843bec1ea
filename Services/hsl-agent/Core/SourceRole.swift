import ControlFrames
import Frames

/// The end of a handover that gives the flow away: what arrives after START goes back to the controller.
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

    init(_ start: Start, interfaces: Int) {
        peer = Peer(vnf: start.to, address: start.peerAddress)
        due = Int(start.directions)
        state = .collecting
        directions = Array(repeating: nil, count: interfaces)
    }

    /// What a destination becomes whose handover is aborted before the state is in place.
    init(aborting destination: DestinationRole) {
        peer = destination.peer
        due = 0
        state = .aborted
        directions = destination.directions.map { $0.map { InterceptedDirection(flow: $0.flow, stragglers: $0.direct) } }
        held = destination.held
    }

    /// The flow of the lowest interface.
    var flow: FlowKey? { directions.lazy.compactMap { $0?.flow }.first }

    /// The interfaces where START came.
    var ports: [Int] { directions.indices.filter { directions[$0] != nil } }

    var isFrozen: Bool {
        if case .frozen = state { true } else { false }
    }

    var isAborted: Bool {
        if case .aborted = state { true } else { false }
    }

    mutating func started(on port: Int, flow: FlowKey) -> StartAction {
        if let direction = directions[port] {
            guard direction.flow == flow else { return .refuse(.anotherFlow) }
            if case .frozen = state { return .acknowledge }
            return .none
        }
        switch state {
        case .collecting: break
        case .freezing, .frozen: return .refuse(.tooManyDirections)
        case .aborted: return .refuse(.aborted)
        }
        directions[port] = InterceptedDirection(flow: flow)
        guard ports.count >= due else { return .none }
        state = .freezing
        return .freeze
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

    /// Closes a direction; what it kept is the caller's to free.
    mutating func end(_ port: Int, ledger: inout Ledger) -> InterceptedDirection? {
        guard let direction = directions[port] else { return nil }
        directions[port] = nil
        ledger.refund(direction.stragglers.amount, as: .stragglers, to: &held)
        return direction
    }
}

/// One direction of a flow whose frames are returned to the controller, numbered from 0 and kept until the direction is closed.
struct InterceptedDirection: Sendable {
    let flow: FlowKey
    private(set) var stragglers = PacketFIFO()

    init(flow: FlowKey, stragglers: PacketFIFO = PacketFIFO()) {
        self.flow = flow
        self.stragglers = stragglers
    }

    fileprivate mutating func keep(_ frame: RawSpan, slab: inout Slab, ledger: inout Ledger, held: inout Amount) -> Keeping {
        switch ledger.charge(frame.byteCount, as: .stragglers, to: &held) {
        case .refused(let reason):
            return .dropped(reason)
        case .granted(let nearLimit):
            guard slab.append(frame, to: &stragglers) else {
                ledger.refund(Amount(packets: 1, bytes: frame.byteCount), as: .stragglers, to: &held)
                return .dropped(.totalLimit)
            }
            return .kept(nearLimit: nearLimit)
        }
    }
}
