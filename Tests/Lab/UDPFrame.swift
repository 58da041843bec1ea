import ExampleVNFKit
import Frames
import Wire

/// A frame of a flow of UDP over IPv4, with bytes behind the packet; none of any other flow.
func udpFrame(of flow: FlowKey, _ payload: [UInt8], trailing: Int = 0) -> [UInt8] {
    guard case .ipv4(let source, let destination, .udp(let from, let to)) = flow.network else { return [] }
    var writer = ByteWriter()
    writer.write48(0x0200_0000_0002)
    writer.write48(0x0200_0000_0001)
    writer.write(EtherType.ipv4)
    writer.write(UInt16(0x4500))
    writer.write(UInt16(28 + payload.count))
    writer.write(UInt32(0))
    writer.write(UInt8(64))
    writer.write(IPProtocol.udp)
    writer.write(UInt16(0))
    writer.write(source.bits)
    writer.write(destination.bits)
    writer.write(from)
    writer.write(to)
    writer.write(UInt16(8 + payload.count))
    writer.write(UInt16(0))
    writer.write(payload)
    writer.pad(trailing)
    return writer.bytes
}

extension ExampleFunction {
    mutating func process(_ frame: [UInt8]) {
        frame.withUnsafeBytes { process($0.bytes) }
    }
}
