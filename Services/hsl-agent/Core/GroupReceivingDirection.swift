import ControlFrames
import Frames
import Timing

/// One interface of a group handover on its way to this VNF: one stream of stragglers from the source's HSL, and for each flow a buffer
/// of what came directly.
///
/// With the state in place, stragglers go out in order as far as there is no gap. A flow opens when the stream is complete up to where
/// its own stragglers end, which SYNC says; RELEASE_FINISHED, from a controller that has lost the source, says it for all flows.
struct GroupReceivingDirection: Sendable {
    /// A flow that has joined.
    struct Member: Sendable {
        /// - `held`: frames wait → `ready` (SYNC), `open` (SYNC, with the state in place)
        /// - `ready`: nothing but the state is missing → `open`
        /// - `open`: frames pass; HANDOVER_FINISHED is repeated until acknowledged → `finished`
        /// - `finished`: remembered, so that late frames find their answer
        enum Stage {
            case held, ready
            case open(Backoff)
            case finished
        }

        fileprivate(set) var stage = Stage.held
        fileprivate(set) var direct: PacketFIFO
        fileprivate(set) var usage: BufferUsage

        fileprivate init(_ packets: PacketFIFO) {
            direct = packets
            let count = UInt32(clamping: packets.packets)
            usage = BufferUsage(packets: count, bytes: UInt64(packets.bytes), peakPackets: count)
        }
    }

    let match: FlowMatch
    private var stream = NumberedStream()
    private var members: [FlowKey: Member] = [:]
    /// In the order in which they joined.
    private(set) var flows: [FlowKey] = []
    /// Flows that have not opened.
    private(set) var waiting = 0
    private var isReleasing: Bool
    /// Whether the stream has ended for all flows.
    private var isComplete = false
    /// The lowest straggler that was asked for last, and whose SYNCs have come since: all flows wait for the same.
    private var asked: (lowest: UInt32, because: Set<FlowKey?>)?

    init(match: FlowMatch, stateInPlace: Bool) {
        self.match = match
        isReleasing = stateInPlace
    }

    subscript(flow: FlowKey) -> Member? { members[flow] }

    /// The highest straggler number seen and one.
    var received: UInt32 { stream.received }

    /// A flow joins with what was held of it; true if it may open.
    mutating func join(_ flow: FlowKey, _ packets: PacketFIFO) -> Bool {
        flows.append(flow)
        waiting += 1
        members[flow] = Member(packets)
        if isComplete { members[flow]?.stage = .ready }
        return isComplete && isReleasing
    }

    mutating func hold(_ frame: RawSpan, of flow: FlowKey, slab: inout Slab, ledger: inout Ledger, held: inout Amount) -> Keeping? {
        guard members[flow] != nil else { return nil }
        switch ledger.charge(frame.byteCount, as: .switch, to: &held) {
        case .refused(let reason):
            return .dropped(reason)
        case .granted(let nearLimit):
            guard members[flow]?.keep(frame, slab: &slab) == true else {
                ledger.refund(Amount(packets: 1, bytes: frame.byteCount), as: .switch, to: &held)
                return .dropped(.totalLimit)
            }
            return .kept(nearLimit: nearLimit)
        }
    }

    mutating func accept(_ wrapped: WrappedFrame, ledger: inout Ledger, held: inout Amount) -> NumberedStream.Acceptance {
        guard !stream.has(wrapped.sequence) else { return .duplicate }
        guard !isComplete else { return .contradiction }
        return stream.accept(wrapped, isReleasing: isReleasing, ledger: &ledger, held: &held)
    }

    /// The stragglers of a flow have numbers below `count`; nil if the flow has not joined.
    mutating func sync(_ flow: FlowKey, count: UInt32, resendLimit: Int) -> ReceivingDirection.ReleaseAnswer? {
        switch members[flow]?.stage {
        case nil:
            return nil
        case .ready, .open, .finished:
            return .acknowledge
        case .held:
            let missing = stream.missing(below: count, limit: resendLimit)
            guard missing.isEmpty else { return ask(for: missing, because: flow) }
            members[flow]?.stage = .ready
            return isReleasing ? .acknowledgeAndOpen : .acknowledge
        }
    }

    /// All stragglers so far have numbers below `count`: those, too, of flows that never came here.
    mutating func sync(count: UInt32, resendLimit: Int) -> ReceivingDirection.ReleaseAnswer {
        let missing = stream.missing(below: count, limit: resendLimit)
        return ask(for: missing, because: nil)
    }

    /// Asks for what is missing, if something is, once for each round of SYNCs and whenever some have come.
    private mutating func ask(for missing: [UInt32], because flow: FlowKey?) -> ReceivingDirection.ReleaseAnswer {
        guard let lowest = missing.first else { return .acknowledge }
        if asked?.lowest == lowest, asked?.because.insert(flow).inserted == true { return .wait }
        asked = (lowest, [flow])
        return .resend(missing)
    }

    /// Whoever sent the stream is gone: what came of it is all there is.
    ///
    /// - Returns: what may go to the function now, and how many there were.
    mutating func endStream(ledger: inout Ledger, held: inout Amount) -> (frames: [[UInt8]], count: UInt32) {
        stream.closeGaps()
        return (isReleasing ? stream.take(ledger: &ledger, held: &held) : [], stream.next)
    }

    /// All stragglers have numbers below `count`.
    mutating func releaseFinished(count: UInt32, resendLimit: Int) -> ReceivingDirection.ReleaseAnswer {
        guard count >= stream.next else { return .contradiction }
        guard !isComplete else { return count == stream.next ? .acknowledge : .contradiction }
        let missing = stream.missing(below: count, limit: resendLimit)
        guard missing.isEmpty else { return .resend(missing) }
        isComplete = true
        for flow in flows {
            if case .held = members[flow]?.stage { members[flow]?.stage = .ready }
        }
        return isReleasing ? .acknowledgeAndOpen : .acknowledge
    }

    /// Releases the stragglers as far as there is no gap, empty frames among the others.
    mutating func stateInPlace(ledger: inout Ledger, held: inout Amount) -> [[UInt8]] {
        isReleasing = true
        return stream.take(ledger: &ledger, held: &held)
    }

    /// The flows that wait for nothing any more, if the state is in place.
    var readyFlows: [FlowKey] {
        guard isReleasing else { return [] }
        return flows.filter { if case .ready = members[$0]?.stage { true } else { false } }
    }

    /// Lets frames of a flow pass from now on. What was held of it is the caller's to send.
    mutating func open(_ flow: FlowKey, _ backoff: Backoff, ledger: inout Ledger, held: inout Amount) -> PacketFIFO? {
        guard case .ready = members[flow]?.stage, let packets = members[flow]?.direct else { return nil }
        members[flow]?.stage = .open(backoff)
        members[flow]?.direct = PacketFIFO()
        waiting -= 1
        ledger.refund(packets.amount, as: .switch, to: &held)
        return packets
    }

    mutating func repeatFinished(_ flow: FlowKey, at now: Instant) -> (step: Backoff.Step, next: Instant)? {
        guard case .open(var backoff) = members[flow]?.stage else { return nil }
        let step = backoff.step(at: now)
        members[flow]?.stage = .open(backoff)
        return (step, backoff.next)
    }

    /// The controller knows that a flow is open; false if it is not.
    mutating func finish(_ flow: FlowKey) -> Bool {
        switch members[flow]?.stage {
        case .open:
            members[flow]?.stage = .finished
            return true
        case .finished: return true
        case .held, .ready, nil: return false
        }
    }

    mutating func discardStream(ledger: inout Ledger, held: inout Amount) {
        stream.discard(ledger: &ledger, held: &held)
    }
}

extension GroupReceivingDirection.Member {
    fileprivate mutating func keep(_ frame: RawSpan, slab: inout Slab) -> Bool {
        guard slab.append(frame, to: &direct) else { return false }
        usage.packets &+= 1
        usage.bytes &+= UInt64(frame.byteCount)
        usage.peakPackets = max(usage.peakPackets, UInt32(clamping: direct.packets))
        return true
    }
}
