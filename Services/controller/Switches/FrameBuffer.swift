import NIOCore
import OpenFlow

/// Cuts a stream of bytes into messages without copying those that arrive whole.
struct FrameBuffer {
    private var bytes = ByteBuffer()
    /// How far ahead of the next message ``nextUnseen()`` has looked.
    private var seen = 0

    mutating func append(_ more: ByteBuffer) {
        guard bytes.readableBytes > 0 else {
            bytes = more
            return
        }
        bytes.discardReadBytes()
        var more = more
        bytes.writeBuffer(&more)
    }

    /// The next message, or nil when it is not there as a whole.
    ///
    /// - Throws: ``OpenFlowError/length(_:_:)`` when the header's length makes no sense: where messages begin is lost for good.
    mutating func next() throws(OpenFlowError) -> ByteBuffer? {
        guard let header = try header(at: 0), let message = bytes.readSlice(length: header.length) else { return nil }
        seen = max(0, seen - header.length)
        return message
    }

    /// The next message that this method has not returned yet, which stays in the stream.
    mutating func nextUnseen() throws(OpenFlowError) -> (header: MessageHeader, message: ByteBuffer)? {
        guard let header = try header(at: seen), let message = bytes.getSlice(at: bytes.readerIndex + seen, length: header.length) else {
            return nil
        }
        seen += header.length
        return (header, message)
    }

    /// The header of the next message, of which the rest may still be missing.
    func nextHeader() throws(OpenFlowError) -> MessageHeader? { try header(at: 0) }

    private func header(at offset: Int) throws(OpenFlowError) -> MessageHeader? {
        let span = bytes.readableBytesSpan
        guard span.byteCount >= offset + MessageHeader.byteCount else { return nil }
        return try MessageHeader(span.extracting(offset..<span.byteCount))
    }
}
