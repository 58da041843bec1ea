/// A stream of bytes that both ends of a TCP connection know, so that every byte can be compared.
package enum BytePattern {
    /// Writes the bytes that stand from `offset` on in the stream.
    package static func fill(_ bytes: UnsafeMutableRawBufferPointer, from offset: UInt64) {
        for index in bytes.indices { bytes[index] = byte(at: offset + UInt64(index)) }
    }

    /// How many of the bytes are not those that stand from `offset` on in the stream.
    package static func mismatches(in bytes: UnsafeRawBufferPointer, from offset: UInt64) -> Int {
        bytes.indices.count { bytes[$0] != byte(at: offset + UInt64($0)) }
    }

    /// Neither a period that fits a packet nor long runs of a value: what is cut out, doubled or moved shows.
    private static func byte(at offset: UInt64) -> UInt8 {
        let product = (offset &+ 1) &* 0x9E37_79B9_7F4A_7C15
        return UInt8(truncatingIfNeeded: (product ^ (product >> 29)) >> 32)
    }
}

/// What one end of a TCP connection counted.
package struct ByteReport: Hashable, Sendable, Codable {
    /// Bytes sent or received.
    package var bytes: UInt64
    /// Received bytes that are not those that were sent.
    package var mismatches: Int
    /// Segments that the kernel had to send again.
    package var retransmissions: Int

    /// A count of an end.
    package init(bytes: UInt64 = 0, mismatches: Int = 0, retransmissions: Int = 0) {
        self.bytes = bytes
        self.mismatches = mismatches
        self.retransmissions = retransmissions
    }
}
