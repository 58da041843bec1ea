import ControlFrames
import Frames
import Mutations
import Timing

/// One direction of a flow on its way to this VNF: a control buffer for frames that came wrapped, through the controller or in direct
/// mode from the source's HSL, and a switch buffer for those that came directly (paper, Section 3.3).
///
/// Also one interface of a group handover that is handed back: then it is all flows of the match, which keep their order in one buffer.
struct ReceivingDirection: Sendable {
    /// - `holding`: both buffers fill; `expected` is the number of TRANSPORT frames once RELEASE_FINISHED was satisfied
    ///   → `releasing` (state in place), `open` (state in place and RELEASE_FINISHED satisfied before)
    /// - `releasing`: TRANSPORT frames go out in order, direct frames wait → `open` (RELEASE_FINISHED satisfied)
    /// - `open`: frames pass; HANDOVER_FINISHED is repeated until acknowledged
    ///
    /// In direct mode STRAGGLER and SYNC are what TRANSPORT and RELEASE_FINISHED are otherwise.
    enum Stage {
        case holding(expected: UInt32?)
        case releasing
        case open(Backoff)
    }

    /// The answer to RELEASE_FINISHED.
    enum ReleaseAnswer {
        case acknowledge
        case acknowledgeAndOpen
        case resend([UInt32])
        /// What is missing has been asked for.
        case wait
        /// It contradicts what came before.
        case contradiction
    }

    let subject: Start.Subject
    private(set) var stage: Stage
    private var control = NumberedStream()
    private(set) var direct: PacketFIFO
    private(set) var usage: BufferUsage

    /// - Parameter direct: what was held of the flow before it had a handover.
    init(subject: Start.Subject, stateInPlace: Bool, direct: PacketFIFO = PacketFIFO()) {
        self.subject = subject
        self.direct = direct
        stage = stateInPlace ? .releasing : .holding(expected: nil)
        let packets = UInt32(clamping: direct.packets)
        usage = BufferUsage(packets: packets, bytes: UInt64(direct.bytes), peakPackets: packets)
    }

    var isOpen: Bool {
        if case .open = stage { true } else { false }
    }

    /// When HANDOVER_FINISHED was first sent.
    var openedAt: Instant? {
        if case .open(let backoff) = stage { backoff.started } else { nil }
    }

    /// The highest TRANSPORT number seen and one.
    var received: UInt32 { control.received }

    /// Keeps a frame that arrived directly.
    mutating func hold(_ frame: RawSpan, slab: inout Slab, ledger: inout Ledger, held: inout Amount) -> Keeping {
        switch ledger.charge(frame.byteCount, as: .switch, to: &held) {
        case .refused(let reason):
            return .dropped(reason)
        case .granted(let nearLimit):
            guard slab.append(frame, to: &direct) else {
                ledger.refund(Amount(packets: 1, bytes: frame.byteCount), as: .switch, to: &held)
                return .dropped(.totalLimit)
            }
            note(frame.byteCount)
            return .kept(nearLimit: nearLimit)
        }
    }

    /// Takes in a wrapped frame.
    mutating func accept(_ wrapped: WrappedFrame, ledger: inout Ledger, held: inout Amount) -> NumberedStream.Acceptance {
        guard !control.has(wrapped.sequence) else { return .duplicate }
        let isReleasing: Bool
        switch stage {
        case .open, .holding(expected: .some): return .contradiction
        case .holding(expected: nil): isReleasing = false
        case .releasing: isReleasing = true
        }
        let acceptance = control.accept(wrapped, isReleasing: isReleasing, ledger: &ledger, held: &held)
        if case .kept(let bytes, _) = acceptance, bytes > 0 { note(bytes) }
        return acceptance
    }

    /// Whoever sent the stream is gone: what came of it is all there is.
    ///
    /// - Returns: what may go to the function now, and how many there were.
    mutating func endStream(ledger: inout Ledger, held: inout Amount) -> (frames: [[UInt8]], count: UInt32) {
        control.closeGaps()
        guard case .releasing = stage else { return ([], control.next) }
        return (control.take(ledger: &ledger, held: &held), control.next)
    }

    /// Compares what came with what was sent.
    mutating func releaseFinished(count: UInt32, resendLimit: Int) -> ReleaseAnswer {
        switch stage {
        case .holding(expected: .some), .open:
            return count == control.next ? .acknowledge : .contradiction
        case .holding(expected: nil), .releasing:
            // Of a sender that has sent fewer than have come, there is another process by now.
            guard !control.reaches(beyond: count) else { return .contradiction }
            let missing = control.missing(below: count, limit: resendLimit)
            guard missing.isEmpty else { return .resend(missing) }
            if case .releasing = stage { return .acknowledgeAndOpen }
            stage = .holding(expected: count)
            return .acknowledge
        }
    }

    /// Releases the control buffer as far as it has no gap, empty frames among the others; true if nothing more will come that way.
    mutating func stateInPlace(ledger: inout Ledger, held: inout Amount) -> (frames: [[UInt8]], complete: Bool) {
        guard case .holding(let expected) = stage else { return ([], false) }
        stage = .releasing
        return (control.take(ledger: &ledger, held: &held), expected != nil || Mutation.openWithoutSync.isActive)
    }

    /// Lets frames pass from now on. The switch buffer is the caller's to send.
    mutating func open(_ backoff: Backoff, ledger: inout Ledger, held: inout Amount) -> PacketFIFO {
        stage = .open(backoff)
        discardControl(ledger: &ledger, held: &held)
        ledger.refund(direct.amount, as: .switch, to: &held)
        defer { direct = PacketFIFO() }
        return direct
    }

    /// Drops what the control buffer holds: the controller, or the source, has it too.
    mutating func discardControl(ledger: inout Ledger, held: inout Amount) {
        control.discard(ledger: &ledger, held: &held)
    }

    /// What the clock asks for while HANDOVER_FINISHED is unacknowledged, and when to look again.
    mutating func repeatFinished(at now: Instant) -> (step: Backoff.Step, next: Instant)? {
        guard case .open(var backoff) = stage else { return nil }
        let step = backoff.step(at: now)
        stage = .open(backoff)
        return (step, backoff.next)
    }

    private mutating func note(_ bytes: Int) {
        usage.packets &+= 1
        usage.bytes &+= UInt64(bytes)
        usage.peakPackets = max(usage.peakPackets, UInt32(clamping: control.buffer.amount.packets + direct.packets))
    }
}
