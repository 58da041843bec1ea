import ControlFrames

/// Frames that come wrapped and numbered from 0, whole or in parts, in any order: TRANSPORT from the controller, in direct mode
/// STRAGGLER from the source's HSL.
struct NumberedStream: Sendable {
    /// What became of a wrapped frame.
    enum Acceptance {
        /// So many bytes wait.
        case kept(bytes: Int, nearLimit: Bool)
        /// A part of a frame that is not whole yet.
        case incomplete
        /// These may go to the function now; there is nothing to send for empty ones.
        case release([[UInt8]])
        case duplicate
        /// There is no room; its sender will be asked again.
        case refused(nearLimit: Bool)
        /// It contradicts what came before.
        case contradiction
    }

    /// Frames that are incomplete at a time.
    private static let incompleteFrames = 256

    private(set) var buffer = ControlBuffer()
    /// The highest number seen and one.
    private(set) var received: UInt32 = 0
    private var reassembly = Reassembly(sequences: incompleteFrames, bytes: incompleteFrames << 12)

    /// The lowest number that has not come.
    var next: UInt32 { buffer.next }

    func has(_ sequence: UInt32) -> Bool { buffer.has(sequence) }

    /// Whether a frame has come, whole, whose number is `count` or higher.
    func reaches(beyond count: UInt32) -> Bool { buffer.reaches(beyond: count) }

    /// Takes in a frame or a part of one.
    ///
    /// - Parameter isReleasing: whether frames go to the function as far as there is no gap.
    mutating func accept(_ wrapped: WrappedFrame, isReleasing: Bool, ledger: inout Ledger, held: inout Amount) -> Acceptance {
        received = max(received, wrapped.sequence == .max ? .max : wrapped.sequence + 1)
        switch reassembly.add(wrapped) {
        case .incomplete: return .incomplete
        case .duplicate: return .duplicate
        case .inconsistent: return .contradiction
        case .refused: return .refused(nearLimit: false)
        case .complete(let frame):
            return accept(whole: frame, at: wrapped.sequence, isReleasing: isReleasing, ledger: &ledger, held: &held)
        }
    }

    private mutating func accept(
        whole frame: [UInt8], at sequence: UInt32, isReleasing: Bool, ledger: inout Ledger, held: inout Amount
    ) -> Acceptance {
        // A frame that can go at once needs no room: otherwise a full switch buffer could never be released.
        if isReleasing, sequence == buffer.next {
            buffer.insert(frame, at: sequence)
            let frames = buffer.take()
            for waited in frames.dropFirst() {
                ledger.refund(Amount(packets: 1, bytes: waited.count), as: .control, to: &held)
            }
            return .release(frames)
        }
        guard case .granted(let nearLimit) = ledger.charge(frame.count, as: .control, to: &held) else { return .refused(nearLimit: true) }
        buffer.insert(frame, at: sequence)
        return .kept(bytes: frame.count, nearLimit: nearLimit)
    }

    /// Its sender is gone: what came is all there will be.
    mutating func closeGaps() { buffer.closeGaps() }

    /// The lowest numbers below `count` that have not come, at most `limit`.
    func missing(below count: UInt32, limit: Int) -> [UInt32] {
        buffer.missing(below: count, limit: limit)
    }

    /// Everything that has no gap before it, in order, empty frames among the others.
    mutating func take(ledger: inout Ledger, held: inout Amount) -> [[UInt8]] {
        let before = buffer.amount
        let frames = buffer.take()
        ledger.refund(before - buffer.amount, as: .control, to: &held)
        return frames
    }

    /// Drops what waits: its sender has it too.
    mutating func discard(ledger: inout Ledger, held: inout Amount) {
        ledger.refund(buffer.amount, as: .control, to: &held)
        buffer = buffer.emptied()
        reassembly = Reassembly(sequences: Self.incompleteFrames, bytes: Self.incompleteFrames << 12)
    }
}
