/// What is wrong with bytes that were asked for a value they do not hold.
public enum WireError: Error, Hashable, Sendable {
    /// Fewer bytes are left than the value needs.
    case truncated(needed: Int, available: Int)
}

/// Reads big-endian integers and slices off the front of a span.
///
/// Together with ``ByteWriter`` the only place that touches offsets: every read is bounds-checked and throws
/// ``WireError/truncated(needed:available:)`` instead of trapping.
public struct ByteReader: ~Escapable {
    @usableFromInline let bytes: RawSpan
    /// How many bytes were read so far.
    public var offset: Int { position }
    @usableFromInline var position: Int

    /// A reader at the first of `bytes`.
    @_lifetime(copy bytes)
    @inlinable
    public init(_ bytes: RawSpan) {
        self.bytes = bytes
        position = 0
    }

    /// How many bytes are left.
    @inlinable
    public var remaining: Int { bytes.byteCount - position }

    /// The next integer, read in network order.
    @inlinable
    public mutating func read<T: FixedWidthInteger & BitwiseCopyable>(_: T.Type = T.self) throws(WireError) -> T {
        try require(MemoryLayout<T>.size)
        let value = bytes.unsafeLoadUnaligned(fromByteOffset: position, as: T.self)
        position += MemoryLayout<T>.size
        return T(bigEndian: value)
    }

    /// The next six bytes as the low 48 bits of an integer, as Ethernet addresses are laid out.
    @inlinable
    public mutating func read48() throws(WireError) -> UInt64 {
        try require(6)
        let high: UInt16 = try read()
        let low: UInt32 = try read()
        return UInt64(high) << 32 | UInt64(low)
    }

    /// The next `count` bytes, without a copy.
    @_lifetime(copy self)
    public mutating func slice(_ count: Int) throws(WireError) -> RawSpan {
        try require(count)
        let start = position
        position += count
        return bytes.extracting(start..<start + count)
    }

    /// All bytes that are left, without a copy.
    @_lifetime(copy self)
    public mutating func rest() -> RawSpan {
        let start = position
        position = bytes.byteCount
        return bytes.extracting(start..<bytes.byteCount)
    }

    /// The next `count` bytes, copied.
    public mutating func bytes(_ count: Int) throws(WireError) -> [UInt8] {
        [UInt8](copying: try slice(count))
    }

    /// Passes over `count` bytes.
    @inlinable
    public mutating func skip(_ count: Int) throws(WireError) {
        try require(count)
        position += count
    }

    @inlinable
    func require(_ count: Int) throws(WireError) {
        guard count >= 0, count <= remaining else { throw .truncated(needed: count, available: remaining) }
    }
}

extension [UInt8] {
    /// The bytes of `span` as an array of their own.
    public init(copying span: RawSpan) {
        self = span.withUnsafeBytes { [UInt8]($0) }
    }
}
