import ControlFrames
import Frames
import Timing

/// The end of a group handover that takes the flows over. It knows no flow at first: flows join as they are seen and named.
///
/// ABORT before the state is in place turns it into a ``SourceRole`` with one stream of stragglers for each interface, in which the flows
/// follow one another: a flow's own packets keep their order, and nothing else matters.
struct GroupDestinationRole: Sendable {
    var fetch: StateFetch
    /// By interface.
    private(set) var directions: [GroupReceivingDirection?]
    private(set) var held = Amount.zero

    init(_ start: Start, interfaces: Int) {
        fetch = StateFetch(start)
        directions = Array(repeating: nil, count: interfaces)
    }

    /// What moves, on the lowest interface.
    var subject: Start.Subject? { directions.lazy.compactMap { $0.map { .match($0.match) } }.first }

    /// The interfaces where START came and that have not ended.
    var ports: [Int] { directions.indices.filter { directions[$0] != nil } }

    mutating func started(on port: Int, _ match: FlowMatch) -> DestinationRole.StartAction {
        if let direction = directions[port] { return direction.match == match ? .acknowledge : .refuse(.anotherFlow) }
        directions[port] = GroupReceivingDirection(match: match, stateInPlace: fetch.hasState)
        return fetch.started(on: ports.count) ? .acknowledgeAndPrepare : .acknowledge
    }

    /// A flow joins with what was held of it; true if it may open.
    mutating func join(_ flow: FlowKey, _ packets: PacketFIFO, on port: Int) -> Bool {
        held = held + packets.amount
        return directions[port]?.join(flow, packets) ?? false
    }

    mutating func hold(_ frame: RawSpan, of flow: FlowKey, on port: Int, slab: inout Slab, ledger: inout Ledger) -> Keeping? {
        directions[port]?.hold(frame, of: flow, slab: &slab, ledger: &ledger, held: &held)
    }

    mutating func accept(_ wrapped: WrappedFrame, on port: Int, ledger: inout Ledger) -> NumberedStream.Acceptance? {
        directions[port]?.accept(wrapped, ledger: &ledger, held: &held)
    }

    mutating func sync(_ sync: Sync, on port: Int, resendLimit: Int) -> ReceivingDirection.ReleaseAnswer? {
        guard let flow = sync.flow else { return directions[port]?.sync(count: sync.count, resendLimit: resendLimit) }
        return directions[port]?.sync(flow, count: sync.count, resendLimit: resendLimit)
    }

    mutating func endStream(on port: Int, ledger: inout Ledger) -> (frames: [[UInt8]], count: UInt32)? {
        directions[port]?.endStream(ledger: &ledger, held: &held)
    }

    mutating func releaseFinished(count: UInt32, on port: Int, resendLimit: Int) -> ReceivingDirection.ReleaseAnswer? {
        directions[port]?.releaseFinished(count: count, resendLimit: resendLimit)
    }

    mutating func stateInPlace(on port: Int, ledger: inout Ledger) -> [[UInt8]] {
        directions[port]?.stateInPlace(ledger: &ledger, held: &held) ?? []
    }

    mutating func open(_ flow: FlowKey, on port: Int, _ backoff: Backoff, ledger: inout Ledger) -> PacketFIFO? {
        directions[port]?.open(flow, backoff, ledger: &ledger, held: &held)
    }

    mutating func repeatFinished(_ flow: FlowKey, on port: Int, at now: Instant) -> (step: Backoff.Step, next: Instant)? {
        directions[port]?.repeatFinished(flow, at: now)
    }

    mutating func finish(_ flow: FlowKey, on port: Int) -> Bool {
        directions[port]?.finish(flow) ?? false
    }

    /// Drops the stragglers, which the source has still.
    mutating func prepareReturn(ledger: inout Ledger) {
        for port in directions.indices { directions[port]?.discardStream(ledger: &ledger, held: &held) }
    }

    /// Forgets an interface on which no flow waits; nil if there is none such, or the state is not in place.
    mutating func end(_ port: Int, ledger: inout Ledger) -> GroupReceivingDirection? {
        guard fetch.hasState, var direction = directions[port], direction.waiting == 0 else { return nil }
        direction.discardStream(ledger: &ledger, held: &held)
        directions[port] = nil
        return direction
    }
}
