import Wire

/// Why bytes are not a netlink message about connections.
package enum NetlinkError: Error, Hashable, Sendable {
    /// A length reaches beyond the message, or is too short for its own header.
    case badLength
    /// An attribute's value has the wrong size.
    case badValue(UInt16)
    /// An attribute that every entry has is not there.
    case missing(UInt16)
}

/// The attributes of a netlink message, or of one of its attributes, found but not yet read. Of several of a kind the last counts.
struct AttributeReader: ~Escapable {
    private let body: RawSpan
    private var places: [(type: UInt16, range: Range<Int>)] = []

    /// Finds the attributes in `body`.
    @_lifetime(copy body)
    init(_ body: RawSpan) throws(NetlinkError) {
        self.body = body
        var reader = ByteReader(body)
        while reader.remaining >= Netlink.attributeHeaderLength {
            do {
                let length = Int(try reader.readHostOrder(UInt16.self))
                let type = try reader.readHostOrder(UInt16.self) & Netlink.typeMask
                guard length >= Netlink.attributeHeaderLength else { throw NetlinkError.badLength }
                let start = reader.offset
                let count = length - Netlink.attributeHeaderLength
                try reader.skip(count)
                places.append((type, start..<start + count))
                // The last attribute's padding may be missing.
                try reader.skip(min(-count & 3, reader.remaining))
            } catch {
                throw .badLength
            }
        }
        guard reader.remaining == 0 else { throw .badLength }
    }

    func has(_ type: UInt16) -> Bool { range(of: type) != nil }

    /// The value of an attribute as an integer in network order, which has to have the attribute's very length.
    func value<T: FixedWidthInteger & BitwiseCopyable>(_ type: UInt16, as _: T.Type = T.self) throws(NetlinkError) -> T? {
        guard let range = range(of: type) else { return nil }
        guard range.count == MemoryLayout<T>.size else { throw .badValue(type) }
        return T(bigEndian: body.unsafeLoadUnaligned(fromByteOffset: range.lowerBound, as: T.self))
    }

    func required<T: FixedWidthInteger & BitwiseCopyable>(_ type: UInt16, as _: T.Type = T.self) throws(NetlinkError) -> T {
        guard let value = try value(type, as: T.self) else { throw .missing(type) }
        return value
    }

    /// A reader over an attribute's value, which has to have so many bytes.
    @_lifetime(copy self)
    func bytes(_ type: UInt16, count: Int) throws(NetlinkError) -> ByteReader {
        guard let range = range(of: type) else { throw .missing(type) }
        guard range.count == count else { throw .badValue(type) }
        return ByteReader(body.extracting(range))
    }

    /// The attributes within an attribute; nil where it is not there.
    @_lifetime(copy self)
    func nested(_ type: UInt16) throws(NetlinkError) -> AttributeReader? {
        guard let range = range(of: type) else { return nil }
        return try AttributeReader(body.extracting(range))
    }

    private func range(of type: UInt16) -> Range<Int>? { places.last { $0.type == type }?.range }
}

extension ByteReader {
    /// The next integer in the machine's own order, as netlink's headers are.
    mutating func readHostOrder<T: FixedWidthInteger & BitwiseCopyable>(_: T.Type) throws(WireError) -> T { try read(T.self).bigEndian }
}
