/// Puts the parts of wrapped frames together again, within limits.
///
/// A frame that stays incomplete is asked for again by its number. So that the lowest missing number always finds room, the
/// incomplete frame with the highest number gives way when a limit is reached.
public struct Reassembly: Sendable {
    /// What became of a wrapped frame.
    public enum Outcome: Hashable, Sendable {
        /// The frame is whole.
        case complete([UInt8])
        /// Other parts are missing.
        case incomplete
        /// The part is here already.
        case duplicate
        /// The part contradicts those that are here: it counts other parts or holds other bytes. It was ignored.
        case inconsistent
        /// There is no room for it.
        case refused
    }

    private struct Incomplete {
        let of: UInt16
        var parts: [UInt16: [UInt8]]
        var bytes: Int
        var charge: Int { bytes + parts.count * Reassembly.chargePerPart }

        mutating func add(_ part: [UInt8], at index: UInt16) {
            parts[index] = part
            bytes += part.count
        }
    }

    /// What a part costs beyond its bytes, so that a flood of tiny parts meets the limit too.
    private static let chargePerPart = 64

    private let sequenceLimit: Int
    private let byteLimit: Int
    private var frames: [UInt32: Incomplete] = [:]
    /// Bytes of incomplete frames, with what keeping them costs.
    public private(set) var bytes = 0
    /// How many frames had to give way to a lower number so far.
    public private(set) var evicted: UInt64 = 0

    /// How many frames are incomplete.
    public var count: Int { frames.count }

    /// Room for so many incomplete frames and bytes of their parts.
    public init(sequences: Int, bytes: Int) {
        sequenceLimit = sequences
        byteLimit = bytes
    }

    /// Takes a whole frame or a part of one.
    public mutating func add(_ wrapped: WrappedFrame) -> Outcome {
        guard let part = wrapped.part else {
            forget(wrapped.sequence)
            return .complete(wrapped.bytes)
        }
        guard part.index < part.of else { return .inconsistent }
        if let frame = frames[wrapped.sequence] {
            guard frame.of == part.of else { return .inconsistent }
            if let here = frame.parts[part.index] { return here == wrapped.bytes ? .duplicate : .inconsistent }
        }
        if part.of == 1 { return .complete(wrapped.bytes) }
        guard makeRoom(for: wrapped) else { return .refused }
        frames[wrapped.sequence, default: Incomplete(of: part.of, parts: [:], bytes: 0)].add(wrapped.bytes, at: part.index)
        bytes += wrapped.bytes.count + Self.chargePerPart
        return completed(wrapped.sequence).map(Outcome.complete) ?? .incomplete
    }

    /// Drops the parts of a frame that is no longer waited for.
    public mutating func forget(_ sequence: UInt32) {
        guard let frame = frames.removeValue(forKey: sequence) else { return }
        bytes -= frame.charge
    }

    private mutating func completed(_ sequence: UInt32) -> [UInt8]? {
        guard let frame = frames[sequence], frame.parts.count == Int(frame.of) else { return nil }
        forget(sequence)
        var whole: [UInt8] = []
        whole.reserveCapacity(frame.bytes)
        for index in 0..<frame.of { whole += frame.parts[index] ?? [] }
        return whole
    }

    private mutating func makeRoom(for wrapped: WrappedFrame) -> Bool {
        func fits() -> Bool {
            bytes + wrapped.bytes.count + Self.chargePerPart <= byteLimit
                && (frames[wrapped.sequence] != nil || frames.count < sequenceLimit)
        }
        while !fits() {
            guard let highest = frames.keys.max(), highest > wrapped.sequence else { return false }
            forget(highest)
            evicted += 1
        }
        return true
    }
}
