import Wire

/// Which versions of the protocol a side speaks (OpenFlow 1.3.5, Section 7.5.1).
public struct Hello: Hashable, Sendable {
    /// An element of a kind that is not modelled.
    public struct Element: Hashable, Sendable {
        /// What it is (OFPHET_…).
        public let type: UInt16
        /// Its content without padding.
        public let body: [UInt8]
    }

    /// The highest version that the side speaks, as its header says.
    public var version: UInt8
    /// One bit for each version, starting with bit 0 of the first word; nil when the side sent no bitmap.
    public var bitmap: [UInt32]?
    /// Elements that are not modelled, kept to be sent on.
    public var others: [Element]

    /// A HELLO that offers `version` and, if there is a bitmap, the versions in it.
    public init(version: UInt8 = MessageHeader.version, bitmap: [UInt32]? = [1 << UInt32(MessageHeader.version)], others: [Element] = []) {
        self.version = version
        self.bitmap = bitmap
        self.others = others
    }

    /// Whether the sender can speak OpenFlow 1.3: by its bitmap, or without one by speaking at least that version.
    public var acceptsVersion13: Bool {
        guard let bitmap else { return version >= MessageHeader.version }
        guard let first = bitmap.first else { return false }
        return first >> UInt32(MessageHeader.version) & 1 == 1
    }

    init(version: UInt8, _ body: RawSpan) throws(OpenFlowError) {
        self.init(version: version, bitmap: nil)
        var reader = MessageReader(body, of: .hello)
        while reader.remaining > 0 {
            let type: UInt16 = try reader.next()
            let length = Int(try reader.next(UInt16.self))
            guard length >= 4 else { throw .length(.hello, length) }
            var element = try reader.part(length - 4, of: .hello)
            // Padding behind the last element is missing in messages of some senders.
            try reader.skip(min(-length & 7, reader.remaining))
            if type == Self.bitmapType, bitmap == nil {
                guard length % 4 == 0 else { throw .length(.hello, length) }
                var words: [UInt32] = []
                while element.remaining > 0 { words.append(try element.next()) }
                bitmap = words
            } else {
                others.append(Element(type: type, body: element.rest()))
            }
        }
    }

    func encode(into writer: inout ByteWriter) {
        if let bitmap {
            encode(Self.bitmapType, bytes: 4 * bitmap.count, into: &writer) { writer in
                for word in bitmap { writer.write(word) }
            }
        }
        for other in others { encode(other.type, bytes: other.body.count, into: &writer) { $0.write(other.body) } }
    }

    private static let bitmapType: UInt16 = 1

    private func encode(_ type: UInt16, bytes: Int, into writer: inout ByteWriter, body: (inout ByteWriter) -> Void) {
        let start = writer.count
        writer.write(type)
        writer.write(UInt16(truncatingIfNeeded: 4 + bytes))
        body(&writer)
        writer.pad(from: start, to: 8)
    }
}
