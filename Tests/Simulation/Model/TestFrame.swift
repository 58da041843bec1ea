import Frames
import Wire

/// The frames that simulated hosts send: UDP over IPv4, with a sequence number as payload.
enum TestFrame {
    private static let sequenceOffset = 42

    /// The `sequence`-th packet of a flow.
    static func make(_ flow: FlowKey, sequence: UInt32, length: Int) -> [UInt8] {
        guard case .ipv4(let source, let destination, .udp(let sourcePort, let destinationPort)) = flow.network else { return [] }
        var writer = ByteWriter(capacity: length)
        writer.write(MACAddress(bits: 0x02_00_00_00_00_02))
        writer.write(MACAddress(bits: 0x02_00_00_00_00_01))
        writer.write(EtherType.ipv4)
        writer.write(UInt16(0x4500))
        writer.write(UInt16(length - 14))
        writer.write(UInt32(0))
        writer.write(UInt8(64))
        writer.write(IPProtocol.udp)
        writer.write(UInt16(0))
        writer.write(source)
        writer.write(destination)
        writer.write(sourcePort)
        writer.write(destinationPort)
        writer.write(UInt16(length - 34))
        writer.write(UInt16(0))
        writer.write(sequence)
        writer.pad(length - writer.count)
        return writer.bytes
    }

    /// The number of a packet.
    static func sequence(of frame: [UInt8]) -> UInt32? {
        var reader = ByteReader(frame.span.bytes)
        return try? reader.skipping(sequenceOffset)
    }
}

extension ByteReader {
    fileprivate mutating func skipping(_ count: Int) throws(WireError) -> UInt32 {
        try skip(count)
        return try read()
    }
}
