import Frames
import Wire

/// A frame of a flow, laid out byte by byte for tests.
struct TestFrame {
    var flow: FlowKey
    var source = MACAddress(bits: 0x0200_0000_0001)
    var destination = MACAddress(bits: 0x0200_0000_0002)
    var vlanPriority: UInt8 = 0
    var dscp: UInt8 = 0
    var ecn: UInt8 = 0
    var flowLabel: UInt32 = 0
    /// What an ARP frame, or the ICMPv6 message of a flow of neighbour discovery, says.
    var resolution: AddressResolution?

    /// The same frame in the other direction.
    var mirrored: TestFrame {
        var mirror = self
        (mirror.flow, mirror.source, mirror.destination) = (flow.mirrored, destination, source)
        if case .arp(let arp) = resolution {
            var answer = arp
            answer.operation = arp.operation == 1 ? 2 : arp.operation == 2 ? 1 : arp.operation
            (answer.senderMAC, answer.targetMAC) = (arp.targetMAC, arp.senderMAC)
            (answer.senderIP, answer.targetIP) = (arp.targetIP, arp.senderIP)
            mirror.resolution = .arp(answer)
        }
        return mirror
    }

    /// The frame from its destination address to its transport header, or to the end of what resolves addresses.
    var bytes: [UInt8] {
        var writer = ByteWriter()
        switch flow.network {
        case .ipv4(let source, let destination, let transport):
            writeEthernet(self.source, self.destination, EtherType.ipv4, to: &writer)
            writer.write([0x45, dscp << 2 | ecn, 0, 0, 0, 0, 0, 0, 64, Self.number(transport, icmp: 1), 0, 0])
            writer.write(source)
            writer.write(destination)
            write(transport, to: &writer)
        case .ipv6(let source, let destination, let transport):
            writeEthernet(self.source, self.destination, EtherType.ipv6, to: &writer)
            var payload = ByteWriter()
            write(transport, to: &payload)
            writer.write(UInt32(6) << 28 | UInt32(dscp) << 22 | UInt32(ecn) << 20 | flowLabel)
            writer.write(UInt16(payload.count))
            writer.write([Self.number(transport, icmp: 58), 64])
            writer.write(source)
            writer.write(destination)
            writer.write(payload.bytes)
        case .ethernet(let source, let destination, let etherType):
            writeEthernet(source, destination, etherType, to: &writer)
            if case .arp(let arp) = resolution { write(arp, to: &writer) }
        }
        return writer.bytes
    }

    private func writeEthernet(_ source: MACAddress, _ destination: MACAddress, _ type: UInt16, to writer: inout ByteWriter) {
        writer.write(destination)
        writer.write(source)
        if let vlan = flow.vlan {
            writer.write(EtherType.vlan)
            writer.write(UInt16(vlanPriority) << 13 | vlan)
        }
        writer.write(type)
    }

    private func write(_ arp: AddressResolution.ARP, to writer: inout ByteWriter) {
        writer.write([0, 1, 8, 0, 6, 4, 0, arp.operation])
        writer.write(arp.senderMAC)
        writer.write(arp.senderIP)
        writer.write(arp.targetMAC)
        writer.write(arp.targetIP)
    }

    private func write(_ transport: FlowKey.Transport, to writer: inout ByteWriter) {
        switch transport {
        case .tcp(let source, let destination), .udp(let source, let destination), .sctp(let source, let destination):
            writer.write(source)
            writer.write(destination)
        case .icmp(let type, let code):
            writer.write([type, code])
            guard case .neighbourDiscovery(let message) = resolution else { return }
            writer.pad(6)
            writer.write(message.target)
            for (option, address) in [(1, message.sourceMAC), (2, message.targetMAC)] as [(UInt8, MACAddress)] where address != .zero {
                writer.write([option, 1])
                writer.write(address)
            }
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
