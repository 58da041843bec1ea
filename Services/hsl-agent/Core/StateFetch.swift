import ControlFrames

/// How far a destination is with the state of the flows that it takes over.
struct StateFetch: Sendable {
    /// - `arming`: START is due on further interfaces → `preparing` (the last one)
    /// - `preparing`: the VNF was told of the start; TRANSFER may have come → `prepared`, `fetching` (it is ready, or gone), `failed`
    /// - `prepared`: TRANSFER has not come → `fetching` (it comes), `failed`
    /// - `fetching`: the VNF fetches the state → `inPlace` (it has it, or is gone), `failed`
    /// - `inPlace`: buffers are released; the role ends when HANDOVER_FINISHED is acknowledged in every direction
    /// - `failed`: the flow stays held until the controller aborts, or says that nobody has the state
    ///
    /// In every state but `inPlace`, TRANSFER from nobody leads to `inPlace`, and ABORT turns the role into a ``SourceRole`` that
    /// returns what was held.
    enum State {
        case arming
        case preparing(transfer: Peer?)
        case prepared
        case fetching
        case inPlace
        case failed
    }

    /// What TRANSFER or the VNF's answer asks for.
    enum Action {
        case none
        case fetch(Peer)
        /// Nobody has the state: the function goes on with what it has.
        case goOn
        /// The event does not fit the state.
        case unexpected
    }

    let peer: Peer
    private let due: Int
    /// Whether TRANSFER is acknowledged only once the state is in place.
    let acknowledgesState: Bool
    private(set) var state: State
    /// How the handover will have ended, if nothing comes between.
    private(set) var outcome = Outcome.completed
    /// Whether the VNF was told of the start and has to hear of the end.
    var functionKnows = false

    init(_ start: Start) {
        peer = Peer(vnf: start.from, address: start.peerAddress)
        due = Int(start.directions)
        acknowledgesState = start.awaitsState
        state = start.staysHome ? .inPlace : .arming
    }

    /// Whether both directions move.
    var isBidirectional: Bool { due > 1 }

    var hasState: Bool {
        if case .inPlace = state { true } else { false }
    }

    /// Whether TRANSFER may be acknowledged now.
    var mayAcknowledge: Bool {
        switch state {
        case .arming: false
        case .preparing, .prepared, .fetching, .failed: !acknowledgesState
        case .inPlace: true
        }
    }

    /// Whether the VNF has still to prepare or to fetch.
    var isAwaited: Bool {
        switch state {
        case .preparing, .prepared, .fetching: true
        case .arming, .inPlace, .failed: false
        }
    }

    /// START has come on so many interfaces; true if the VNF is to prepare.
    mutating func started(on interfaces: Int) -> Bool {
        guard case .arming = state, interfaces >= due else { return false }
        state = .preparing(transfer: nil)
        return true
    }

    mutating func transfer(_ peer: Peer) -> Action {
        if peer == .nobody {
            if case .inPlace = state { return .none }
            state = .fetching
            outcome = .failed
            return .goOn
        }
        switch state {
        case .preparing(transfer: nil):
            state = .preparing(transfer: peer)
            return .none
        case .prepared:
            state = .fetching
            return .fetch(peer)
        case .arming, .preparing, .fetching, .inPlace, .failed:
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
        guard isAwaited else { return false }
        state = .failed
        return true
    }
}

extension Start {
    /// Whether the flow comes to the instance that has its state.
    var staysHome: Bool { from == to }
}
