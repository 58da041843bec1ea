/// What a packet of the lab's traffic says, in the first 16 bytes of its UDP payload, big-endian:
/// magic u16, flow u16, sequence u32, time of sending u64.
package struct Probe: Hashable, Sendable {
    /// Marks a payload as ours.
    package static let magic: UInt16 = 0x5350
    /// The bytes a probe takes.
    package static let byteCount = 16
    /// The bytes in front of the payload: Ethernet, IPv4 and UDP headers.
    package static let headerBytes = 14 + 20 + 8

    /// Which flow, from 0.
    package let flow: UInt16
    /// The number of the packet in its flow and direction, from 0.
    package let sequence: UInt32
    /// When the sender sent it, in nanoseconds of the machine's monotonic clock; an answer repeats the question's.
    package let sentAt: UInt64

    /// A probe to be written.
    package init(flow: UInt16, sequence: UInt32, sentAt: UInt64) {
        self.flow = flow
        self.sequence = sequence
        self.sentAt = sentAt
    }

    /// Reads the front of a payload; nil if it is not ours.
    package init?(_ payload: UnsafeRawBufferPointer) {
        guard payload.count >= Self.byteCount, UInt16(bigEndian: payload.loadUnaligned(as: UInt16.self)) == Self.magic else { return nil }
        flow = UInt16(bigEndian: payload.loadUnaligned(fromByteOffset: 2, as: UInt16.self))
        sequence = UInt32(bigEndian: payload.loadUnaligned(fromByteOffset: 4, as: UInt32.self))
        sentAt = UInt64(bigEndian: payload.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
    }

    /// Writes the probe over the front of a payload of at least 16 bytes; the rest stays as it is.
    package func write(to payload: UnsafeMutableRawBufferPointer) {
        precondition(payload.count >= Self.byteCount, "a probe takes 16 bytes")
        payload.storeBytes(of: Self.magic.bigEndian, as: UInt16.self)
        payload.storeBytes(of: flow.bigEndian, toByteOffset: 2, as: UInt16.self)
        payload.storeBytes(of: sequence.bigEndian, toByteOffset: 4, as: UInt32.self)
        payload.storeBytes(of: sentAt.bigEndian, toByteOffset: 8, as: UInt64.self)
    }
}
