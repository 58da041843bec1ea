import ControlFrames
import HandoverEngine
import Timing

/// A network function whose state is the list of packets it has seen: S⟨p1…pn⟩ (paper, Section 3.6).
///
/// As a list without gap or repeat is known by its end, the state is the number of the next packet in each direction.
struct FunctionModel {
    /// The state of one flow.
    struct State: Equatable {
        /// The flow's silences so far: after a long one it may count as new.
        var epoch: UInt32
        /// The next packet; nil where none has come in this epoch.
        var next = Both<UInt32?>(nil)
    }

    /// What a packet met that it must not meet.
    enum Breach: Equatable {
        /// The state was frozen.
        case frozen(HandoverID)
        /// The state was still to be fetched.
        case awaited(HandoverID)
        /// Packets are missing before it, or it came before.
        case notNext(expected: UInt32)
        /// There was no state, and the flow is not new.
        case stateless
    }

    /// How it answers on the control channel.
    struct Conduct {
        var slowness = TimeSpan.zero
        var isMute = false
        var failsToFetch = false
    }

    /// The states by flow.
    private(set) var states: [State?]
    private var frozen: [HandoverID?]
    private var awaited: [HandoverID?]
    /// By flow: the handover that somebody has fetched its state for, and the one that its state was fetched for.
    private var given: [HandoverID?]
    private var taken: [HandoverID?]
    /// Handovers that are over: nothing is done for them any more.
    private var over: Set<HandoverID> = []
    /// The flows that a handover has to do with.
    private var involved: [HandoverID: Set<Int>] = [:]
    private var busyUntil = Instant.zero
    var conduct = Conduct()
    var isConnected = true

    /// Whether it keeps a state that it has given away until the handover is over, as one must whose flows may come back unharmed.
    private let isCareful: Bool

    init(flows: Int, isCareful: Bool) {
        self.isCareful = isCareful
        states = Array(repeating: nil, count: flows)
        frozen = Array(repeating: nil, count: flows)
        awaited = frozen
        given = frozen
        taken = frozen
    }

    /// When it will be done with something that it gets now: one thing after the other.
    mutating func finishes(at now: Instant, taking span: TimeSpan) -> Instant {
        busyUntil = max(busyUntil, now) + span
        return busyUntil
    }

    /// Processes a packet: it becomes part of the state.
    ///
    /// - Parameters:
    ///   - epoch: counts the silences after which the flow may count as new.
    ///   - isFirst: whether the packet is the first one of its direction in that epoch.
    mutating func process(_ tag: TestFrame.Tag, epoch: UInt32, isFirst: Bool) -> Breach? {
        if let handover = frozen[tag.flow] { return .frozen(handover) }
        if let handover = awaited[tag.flow] { return .awaited(handover) }
        var state = states[tag.flow] ?? State(epoch: epoch)
        let isNewHere = states[tag.flow] == nil || state.epoch < epoch
        var breach: Breach?
        if isNewHere {
            if !isFirst, state.next[tag.direction] != tag.sequence { breach = .stateless }
            state = State(epoch: epoch)
        } else if let expected = state.next[tag.direction] {
            if expected != tag.sequence { breach = .notNext(expected: expected) }
        } else if !isFirst {
            breach = .stateless
        }
        state.next[tag.direction] = tag.sequence + 1
        states[tag.flow] = state
        return breach
    }

    /// Freezes the state of a flow.
    mutating func freeze(_ flow: Int, for handover: HandoverID) {
        frozen[flow] = handover
        involved[handover, default: []].insert(flow)
    }

    /// Waits for the state of a flow.
    mutating func awaitState(_ flow: Int, for handover: HandoverID) {
        awaited[flow] = handover
        involved[handover, default: []].insert(flow)
    }

    /// Whether the state of a flow is frozen.
    func isFrozen(_ flow: Int) -> Bool { frozen[flow] != nil }

    /// A handover begins, perhaps under a number that another one had.
    mutating func begin(_ handover: HandoverID) { over.remove(handover) }

    /// Whether a handover is over.
    func isOver(_ handover: HandoverID) -> Bool { over.contains(handover) }

    /// Takes a state in.
    mutating func receive(_ state: State?, of flow: Int, for handover: HandoverID) {
        states[flow] = state ?? states[flow]
        (awaited[flow], frozen[flow], given[flow], taken[flow]) = (nil, nil, nil, handover)
        involved[handover, default: []].insert(flow)
    }

    /// Gives the state of a flow away.
    mutating func giveAway(_ flow: Int, for handover: HandoverID) -> State? {
        if isCareful {
            given[flow] = handover
            involved[handover, default: []].insert(flow)
            return states[flow]
        }
        frozen[flow] = nil
        defer { states[flow] = nil }
        return states[flow]
    }

    /// A handover is over: nothing is frozen or waited for because of it, and one of the two that have the state forgets it.
    mutating func end(_ handover: HandoverID, isAborted: Bool) {
        over.insert(handover)
        for flow in involved.removeValue(forKey: handover) ?? [] {
            if isAborted ? taken[flow] == handover : given[flow] == handover { states[flow] = nil }
            if frozen[flow] == handover { frozen[flow] = nil }
            if awaited[flow] == handover { awaited[flow] = nil }
            if given[flow] == handover { given[flow] = nil }
            if taken[flow] == handover { taken[flow] = nil }
        }
    }
}
