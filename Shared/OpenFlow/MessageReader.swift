import Wire

/// Reads one element of a message and says in its errors which element was at fault.
struct MessageReader: ~Escapable {
    private var reader: ByteReader
    private let element: OpenFlowError.Element

    @_lifetime(copy bytes)
    init(_ bytes: RawSpan, of element: OpenFlowError.Element) {
        reader = ByteReader(bytes)
        self.element = element
    }

    var remaining: Int { reader.remaining }

    mutating func next<T: FixedWidthInteger & BitwiseCopyable>(_: T.Type = T.self) throws(OpenFlowError) -> T {
        do { return try reader.read() } catch { throw .truncated(element) }
    }

    mutating func next48() throws(OpenFlowError) -> UInt64 {
        do { return try reader.read48() } catch { throw .truncated(element) }
    }

    mutating func skip(_ count: Int) throws(OpenFlowError) {
        do { try reader.skip(count) } catch { throw .truncated(element) }
    }

    /// All bytes that are left, copied.
    mutating func rest() -> [UInt8] { [UInt8](copying: reader.rest()) }

    /// The next `count` bytes as an element of their own.
    @_lifetime(copy self)
    mutating func part(_ count: Int, of element: OpenFlowError.Element) throws(OpenFlowError) -> MessageReader {
        let bytes: RawSpan
        do { bytes = try reader.slice(count) } catch { throw .truncated(element) }
        return MessageReader(bytes, of: element)
    }

    /// The next `count` bytes as text that ends at the first NUL; what is not UTF-8 is replaced.
    mutating func text(_ count: Int) throws(OpenFlowError) -> String {
        let bytes: [UInt8]
        do { bytes = try reader.bytes(count) } catch { throw .truncated(element) }
        return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }

    /// Makes sure that nothing is left.
    func finish() throws(OpenFlowError) {
        guard reader.remaining == 0 else { throw .trailing(element, reader.remaining) }
    }
}

extension ByteWriter {
    /// Appends text in a field of `size` bytes: cut at a character so that a NUL ends it, and filled up with zeros.
    mutating func write(_ text: String, in size: Int) {
        let end = count + size
        for character in text {
            let bytes = Array(String(character).utf8)
            guard count + bytes.count < end else { break }
            write(bytes)
        }
        pad(end - count)
    }
}
