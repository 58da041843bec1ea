/// Appends big-endian integers and bytes to a growing array.
public struct ByteWriter: Sendable {
    /// What was written so far.
    @inlinable
    public var bytes: [UInt8] { written }
    @usableFromInline var written: [UInt8]

    /// An empty writer with room for `capacity` bytes.
    @inlinable
    public init(capacity: Int = 128) {
        written = []
        written.reserveCapacity(capacity)
    }

    /// How many bytes were written so far.
    @inlinable
    public var count: Int { written.count }

    /// Appends an integer in network order.
    @inlinable
    public mutating func write<T: FixedWidthInteger>(_ value: T) {
        withUnsafeBytes(of: value.bigEndian) { written.append(contentsOf: $0) }
    }

    /// Appends the low 48 bits of `value`, as Ethernet addresses are laid out.
    @inlinable
    public mutating func write48(_ value: UInt64) {
        write(UInt16(truncatingIfNeeded: value >> 32))
        write(UInt32(truncatingIfNeeded: value))
    }

    /// Appends bytes as they are.
    @inlinable
    public mutating func write(_ other: some Collection<UInt8>) {
        written.append(contentsOf: other)
    }

    /// Appends the bytes of a span as they are.
    @inlinable
    public mutating func write(_ span: RawSpan) {
        span.withUnsafeBytes { written.append(contentsOf: $0) }
    }

    /// Appends `count` zero bytes.
    @inlinable
    public mutating func pad(_ count: Int) {
        written.append(contentsOf: repeatElement(0, count: count))
    }

    /// Pads with zeros until the bytes since `start` are a multiple of `alignment`.
    @inlinable
    public mutating func pad(from start: Int, to alignment: Int) {
        let over = (count - start) % alignment
        if over != 0 { pad(alignment - over) }
    }

    /// Overwrites the integer at `offset`, for lengths that are known only when the content is written.
    ///
    /// - Precondition: the integer lies within what was written.
    @inlinable
    public mutating func patch<T: FixedWidthInteger>(_ value: T, at offset: Int) {
        precondition(offset >= 0 && offset + MemoryLayout<T>.size <= count, "patch outside what was written")
        withUnsafeBytes(of: value.bigEndian) { source in
            for (index, byte) in source.enumerated() { written[offset + index] = byte }
        }
    }
}
