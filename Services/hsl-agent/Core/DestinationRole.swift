import ControlFrames
import Frames
import Mutations
import Timing

/// The end of a handover that takes the flow over: it holds the flow until the state is in place.
///
/// Also what the source of an aborted handover becomes, direction by direction, when the flow is handed back to it.
struct DestinationRole: Sendable {
    /// What a START asks for.
    enum StartAction {
        case acknowledge
        case acknowledgeAndPrepare
        case refuse(Refusal)
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

    let origin: Origin
    var fetch: StateFetch
    /// By interface.
    private(set) var directions: [ReceivingDirection?]
    private(set) var held = Amount.zero
    /// Where the source's HSL has said that the state is frozen.
    private var frozenOn: Set<Int> = []
    /// Under what packets were held that it takes over.
    var inheritsFrom: HandoverID?
    /// Whether this process was there when START first left. Another may have held packets before it, and only the controller can tell.
    private var hasHeardAll = true

    init(_ start: Start, afterAbort: Bool, interfaces: Int) {
        origin = !start.staysHome ? .peer : afterAbort ? .handedBack : .here
        fetch = StateFetch(start)
        directions = Array(repeating: nil, count: interfaces)
    }

    /// What moves, on the lowest interface.
    var subject: Start.Subject? { directions.lazy.compactMap { $0?.subject }.first }

    /// The interfaces where START came and that have not ended.
    var ports: [Int] { directions.indices.filter { directions[$0] != nil } }

    /// Whether START has come of packets that were held under an arming, and is due on another interface.
    func isArriving(from arming: HandoverID) -> Bool {
        if case .arming = fetch.state { inheritsFrom == arming } else { false }
    }

    mutating func started(on port: Int, _ start: Start) -> StartAction {
        if let direction = directions[port] { return direction.subject == start.subject ? .acknowledge : .refuse(.anotherFlow) }
        directions[port] = ReceivingDirection(subject: start.subject, stateInPlace: fetch.hasState)
        if start.isRepeated { hasHeardAll = false }
        return fetch.started(on: ports.count) ? .acknowledgeAndPrepare : .acknowledge
    }

    /// The source's HSL has sent out there all that its VNF had, and its state is frozen. The state may be fetched when it has said so on
    /// every interface, or the first packets from here could overtake its last.
    mutating func sourceFrozen(on port: Int) -> StateFetch.Action {
        frozenOn.insert(port)
        let isBehindAll = frozenOn.count == directions.count || Mutation.fetchAtFirstWord.isActive
        return isBehindAll && hasHeardAll ? fetch.transfer(fetch.peer) : .none
    }

    /// Takes over what an arming held of the flow.
    mutating func inherit(_ packets: PacketFIFO, on port: Int) {
        guard let direction = directions[port] else { return }
        directions[port] = ReceivingDirection(subject: direction.subject, stateInPlace: fetch.hasState, direct: packets)
        held = held + packets.amount
    }

    mutating func hold(_ frame: RawSpan, on port: Int, slab: inout Slab, ledger: inout Ledger) -> Keeping? {
        directions[port]?.hold(frame, slab: &slab, ledger: &ledger, held: &held)
    }

    mutating func accept(_ wrapped: WrappedFrame, on port: Int, ledger: inout Ledger) -> NumberedStream.Acceptance? {
        directions[port]?.accept(wrapped, ledger: &ledger, held: &held)
    }

    mutating func endStream(on port: Int, ledger: inout Ledger) -> (frames: [[UInt8]], count: UInt32)? {
        directions[port]?.endStream(ledger: &ledger, held: &held)
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
