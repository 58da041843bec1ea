import ControlFrames
import Frames
import Timing

/// The end of a handover that takes the flow over: it holds the flow until the state is in place.
///
/// Also what the source of an aborted handover becomes, direction by direction, when the flow is handed back to it.
struct DestinationRole: Sendable {
    /// - `arming`: START is due on further interfaces → `preparing` (the last one, or TRANSFER)
    /// - `preparing`: the VNF was told of the start; TRANSFER may have come → `prepared`, `fetching` (it is ready, or gone), `failed`
    /// - `prepared`: TRANSFER has not come → `fetching` (it comes), `failed`
    /// - `fetching`: the VNF fetches the state → `inPlace` (it has it, or is gone), `failed`
    /// - `inPlace`: buffers are released; the role ends when HANDOVER_FINISHED is acknowledged in every direction
    /// - `failed`: the flow stays held until the controller aborts, or says that nobody has the state
    ///
    /// In every state but `inPlace`, TRANSFER from nobody leads to `inPlace`, and ABORT turns the role into a ``SourceRole`` that returns what was held.
    enum State {
        case arming
        case preparing(transfer: Peer?)
        case prepared
        case fetching
        case inPlace
        case failed
    }

    /// What a START asks for.
    enum StartAction {
        case acknowledge
        case acknowledgeAndPrepare
        case refuse(Refusal)
    }

    /// What TRANSFER or the VNF's answer asks for.
    enum Action {
        case none
        case prepare
        case fetch(Peer)
        /// Nobody has the state: the function goes on with what it has.
        case goOn
        /// The event does not fit the state.
        case unexpected
    }

    /// Where the flow's state is when the role begins.
    enum Origin {
        /// At the peer: it has to be fetched.
        case peer
        /// Here: only the order of packets is at stake.
        case here
        /// Here: this was the source of the handover until it was aborted.
        case handedBack
    }

    let peer: Peer
    let origin: Origin
    private let due: Int
    private(set) var state: State
    /// By interface.
    private(set) var directions: [ReceivingDirection?]
    private(set) var held = Amount.zero
    /// How the handover will have ended, if nothing comes between.
    private(set) var outcome = Outcome.completed
    /// Whether the VNF was told of the start and has to hear of the end.
    var functionKnows = false

    init(_ start: Start, afterAbort: Bool, interfaces: Int) {
        peer = Peer(vnf: start.from, address: start.peerAddress)
        due = Int(start.directions)
        switch (start.staysHome, afterAbort) {
        case (false, _): (origin, state) = (.peer, .arming)
        case (true, false): (origin, state) = (.here, .inPlace)
        case (true, true): (origin, state) = (.handedBack, .inPlace)
        }
        directions = Array(repeating: nil, count: interfaces)
    }

    /// The flow of the lowest interface.
    var flow: FlowKey? { directions.lazy.compactMap { $0?.flow }.first }

    /// The interfaces where START came and that have not ended.
    var ports: [Int] { directions.indices.filter { directions[$0] != nil } }

    var hasState: Bool {
        if case .inPlace = state { true } else { false }
    }

    mutating func started(on port: Int, flow: FlowKey) -> StartAction {
        if let direction = directions[port] { return direction.flow == flow ? .acknowledge : .refuse(.anotherFlow) }
        directions[port] = ReceivingDirection(flow: flow, stateInPlace: hasState)
        guard case .arming = state, ports.count >= due else { return .acknowledge }
        state = .preparing(transfer: nil)
        return .acknowledgeAndPrepare
    }

    mutating func transfer(_ peer: Peer) -> Action {
        if peer == .nobody {
            if case .inPlace = state { return .none }
            state = .fetching
            outcome = .failed
            return .goOn
        }
        switch state {
        case .arming:
            state = .preparing(transfer: peer)
            return .prepare
        case .preparing(transfer: nil):
            state = .preparing(transfer: peer)
            return .none
        case .prepared:
            state = .fetching
            return .fetch(peer)
        case .preparing, .fetching, .inPlace, .failed:
            return .none
        }
    }

    mutating func prepared() -> Action {
        guard case .preparing(let transfer) = state else { return .unexpected }
        guard let transfer else {
            state = .prepared
            return .none
        }
        state = .fetching
        return .fetch(transfer)
    }

    /// The VNF has the state; false if it was not asked for it.
    mutating func fetched() -> Bool {
        guard case .fetching = state else { return false }
        state = .inPlace
        return true
    }

    /// The VNF cannot get the state; false if that changes nothing.
    mutating func fail() -> Bool {
        switch state {
        case .preparing, .prepared, .fetching:
            state = .failed
            return true
        case .arming, .inPlace, .failed:
            return false
        }
    }

    mutating func hold(_ frame: RawSpan, on port: Int, slab: inout Slab, ledger: inout Ledger) -> Keeping? {
        directions[port]?.hold(frame, slab: &slab, ledger: &ledger, held: &held)
    }

    mutating func accept(_ wrapped: WrappedFrame, on port: Int, ledger: inout Ledger) -> ReceivingDirection.Acceptance? {
        directions[port]?.accept(wrapped, ledger: &ledger, held: &held)
    }

    mutating func releaseFinished(count: UInt32, on port: Int, resendLimit: Int) -> ReceivingDirection.ReleaseAnswer? {
        directions[port]?.releaseFinished(count: count, resendLimit: resendLimit)
    }

    mutating func stateInPlace(on port: Int, ledger: inout Ledger) -> (frames: [[UInt8]], complete: Bool)? {
        directions[port]?.stateInPlace(ledger: &ledger, held: &held)
    }

    mutating func open(_ port: Int, _ backoff: Backoff, ledger: inout Ledger) -> PacketFIFO? {
        directions[port]?.open(backoff, ledger: &ledger, held: &held)
    }

    mutating func repeatFinished(on port: Int, at now: Instant) -> (step: Backoff.Step, next: Instant)? {
        directions[port]?.repeatFinished(at: now)
    }

    /// Drops the control buffers and turns the switch buffers into stragglers, as ``SourceRole/init(aborting:)`` needs it.
    mutating func prepareReturn(ledger: inout Ledger) {
        for port in directions.indices {
            directions[port]?.discardControl(ledger: &ledger, held: &held)
            if let direction = directions[port] { ledger.move(direction.direct.amount, from: .switch, to: .stragglers) }
        }
    }

    /// Forgets a direction, and what it held; the switch buffer is the caller's to free.
    mutating func abandon(_ port: Int, ledger: inout Ledger) -> ReceivingDirection? {
        guard var direction = directions[port] else { return nil }
        direction.discardControl(ledger: &ledger, held: &held)
        ledger.refund(direction.direct.amount, as: .switch, to: &held)
        directions[port] = nil
        return direction
    }

    /// Forgets an open direction; nil if it is not open.
    mutating func end(_ port: Int) -> ReceivingDirection? {
        guard let direction = directions[port], direction.isOpen else { return nil }
        directions[port] = nil
        return direction
    }
}

extension Start {
    /// Whether the flow comes to the instance that has its state.
    var staysHome: Bool { from == to }
}
