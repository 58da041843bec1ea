import Wire

extension Match {
    /// The match as it is in a message (OpenFlow 1.3.5, Section 7.2.3), padding included.
    package var bytes: [UInt8] {
        var writer = ByteWriter()
        encode(into: &writer)
        return writer.bytes
    }

    /// Reads a match that is alone.
    package init(bytes: [UInt8]) throws(OpenFlowError) {
        var reader = MessageReader(bytes.span.bytes, of: .match)
        try self.init(&reader)
    }
}
