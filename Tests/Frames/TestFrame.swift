import Frames
import Wire

/// A frame of a flow, laid out byte by byte for tests.
struct TestFrame {
    var flow: FlowKey
    var source = MACAddress(bits: 0x0200_0000_0001)
    var destination = MACAddress(bits: 0x0200_0000_0002)
    var dscp: UInt8 = 0

    /// The same frame in the other direction.
    var mirrored: TestFrame { TestFrame(flow: flow.mirrored, source: destination, destination: source, dscp: dscp) }

    /// The frame from its destination address to its transport header.
    var bytes: [UInt8] {
        var writer = ByteWriter()
        switch flow.network {
        case .ipv4(let source, let destination, let transport):
            writeEthernet(self.source, self.destination, EtherType.ipv4, to: &writer)
            writer.write([0x45, dscp << 2, 0, 0, 0, 0, 0, 0, 64, Self.number(transport, icmp: 1), 0, 0])
            writer.write(source)
            writer.write(destination)
            write(transport, to: &writer)
        case .ipv6(let source, let destination, let transport):
            writeEthernet(self.source, self.destination, EtherType.ipv6, to: &writer)
            writer.write(UInt32(6) << 28 | UInt32(dscp) << 22)
            writer.write([0, 0, Self.number(transport, icmp: 58), 64])
            writer.write(source)
            writer.write(destination)
            write(transport, to: &writer)
        case .ethernet(let source, let destination, let etherType):
            writeEthernet(source, destination, etherType, to: &writer)
        }
        return writer.bytes
    }

    private func writeEthernet(_ source: MACAddress, _ destination: MACAddress, _ type: UInt16, to writer: inout ByteWriter) {
        writer.write(destination)
        writer.write(source)
        if let vlan = flow.vlan {
            writer.write(EtherType.vlan)
            writer.write(vlan)
        }
        writer.write(type)
    }

    private func write(_ transport: FlowKey.Transport, to writer: inout ByteWriter) {
        switch transport {
        case .tcp(let source, let destination), .udp(let source, let destination), .sctp(let source, let destination):
            writer.write(source)
            writer.write(destination)
        case .icmp(let type, let code): writer.write([type, code])
        case .other: break
        }
    }

    private static func number(_ transport: FlowKey.Transport, icmp: UInt8) -> UInt8 {
        switch transport {
        case .tcp: 6
        case .udp: 17
        case .sctp: 132
        case .icmp: icmp
        case .other(let number): number
        }
    }
}

/// The headers of a frame given as an array.
func headers(_ bytes: [UInt8]) throws(FrameError) -> PacketHeaders {
    try PacketHeaders(bytes.span.bytes)
}
