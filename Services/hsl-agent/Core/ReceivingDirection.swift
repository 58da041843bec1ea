import ControlFrames
import Frames
import Timing

/// One direction of a flow on its way to this VNF: a control buffer for frames that came through the controller, a switch buffer for
/// those that came directly (paper, Section 3.3).
struct ReceivingDirection: Sendable {
    /// - `holding`: both buffers fill; `expected` is the number of TRANSPORT frames once RELEASE_FINISHED was satisfied
    ///   → `releasing` (state in place), `open` (state in place and RELEASE_FINISHED satisfied before)
    /// - `releasing`: TRANSPORT frames go out in order, direct frames wait → `open` (RELEASE_FINISHED satisfied)
    /// - `open`: frames pass; HANDOVER_FINISHED is repeated until acknowledged
    enum Stage {
        case holding(expected: UInt32?)
        case releasing
        case open(Backoff)
    }

    /// What became of a TRANSPORT frame.
    enum Acceptance {
        case kept(nearLimit: Bool)
        /// A part of a frame that is not whole yet.
        case incomplete
        /// These may go to the function now; there is nothing to send for empty ones.
        case release([[UInt8]])
        case duplicate
        /// There is no room; the controller will be asked again.
        case refused(nearLimit: Bool)
        /// It contradicts what came before.
        case contradiction
    }

    /// The answer to RELEASE_FINISHED.
    enum ReleaseAnswer {
        case acknowledge
        case acknowledgeAndOpen
        case resend([UInt32])
        /// It contradicts what came before.
        case contradiction
    }

    /// Frames that are incomplete at a time, in one direction.
    private static let incompleteFrames = 256

    let flow: FlowKey
    private(set) var stage: Stage
    private(set) var control = ControlBuffer()
    /// The highest TRANSPORT number seen and one.
    private(set) var received: UInt32 = 0
    private(set) var direct = PacketFIFO()
    private(set) var usage = BufferUsage(packets: 0, bytes: 0, peakPackets: 0)
    private var reassembly = Reassembly(sequences: incompleteFrames, bytes: incompleteFrames << 12)

    init(flow: FlowKey, stateInPlace: Bool) {
        self.flow = flow
        stage = stateInPlace ? .releasing : .holding(expected: nil)
    }

    var isOpen: Bool {
        if case .open = stage { true } else { false }
    }

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

    /// Takes in a TRANSPORT frame.
    mutating func accept(_ wrapped: WrappedFrame, ledger: inout Ledger, held: inout Amount) -> Acceptance {
        guard !control.has(wrapped.sequence) else { return .duplicate }
        switch stage {
        case .open, .holding(expected: .some): return .contradiction
        case .holding(expected: nil), .releasing: break
        }
        received = max(received, wrapped.sequence == .max ? .max : wrapped.sequence + 1)
        switch reassembly.add(wrapped) {
        case .incomplete: return .incomplete
        case .duplicate: return .duplicate
        case .inconsistent: return .contradiction
        case .refused: return .refused(nearLimit: false)
        case .complete(let frame): return accept(whole: frame, at: wrapped.sequence, ledger: &ledger, held: &held)
        }
    }

    private mutating func accept(whole frame: [UInt8], at sequence: UInt32, ledger: inout Ledger, held: inout Amount) -> Acceptance {
        // A frame that can go at once needs no room: otherwise a full switch buffer could never be released.
        if case .releasing = stage, sequence == control.next {
            control.insert(frame, at: sequence)
            let frames = control.take()
            for waited in frames.dropFirst() {
                ledger.refund(Amount(packets: 1, bytes: waited.count), as: .control, to: &held)
            }
            return .release(frames)
        }
        guard case .granted(let nearLimit) = ledger.charge(frame.count, as: .control, to: &held) else { return .refused(nearLimit: true) }
        control.insert(frame, at: sequence)
        if !frame.isEmpty { note(frame.count) }
        return .kept(nearLimit: nearLimit)
    }

    /// Compares what came with what the controller sent.
    mutating func releaseFinished(count: UInt32, resendLimit: Int) -> ReleaseAnswer {
        switch stage {
        case .holding(expected: .some), .open:
            return count == control.next ? .acknowledge : .contradiction
        case .holding(expected: nil), .releasing:
            guard count >= control.next else { return .contradiction }
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
        let before = control.amount
        let frames = control.take()
        ledger.refund(before - control.amount, as: .control, to: &held)
        return (frames, expected != nil)
    }

    /// Lets frames pass from now on. The switch buffer is the caller's to send.
    mutating func open(_ backoff: Backoff, ledger: inout Ledger, held: inout Amount) -> PacketFIFO {
        stage = .open(backoff)
        discardControl(ledger: &ledger, held: &held)
        ledger.refund(direct.amount, as: .switch, to: &held)
        defer { direct = PacketFIFO() }
        return direct
    }

    /// Drops what the control buffer holds: the controller has it too.
    mutating func discardControl(ledger: inout Ledger, held: inout Amount) {
        ledger.refund(control.amount, as: .control, to: &held)
        control = control.emptied()
        reassembly = Reassembly(sequences: Self.incompleteFrames, bytes: Self.incompleteFrames << 12)
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
        usage.peakPackets = max(usage.peakPackets, UInt32(clamping: control.amount.packets + direct.packets))
    }
}
