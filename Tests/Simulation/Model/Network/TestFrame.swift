import Frames
import HandoverEngine
import Wire

/// The frames that simulated hosts send: UDP over IPv4, whose payload says which packet of which flow it is.
package enum TestFrame {
    /// The shortest frame, in bytes.
    static let shortest = payload + 16
    private static let payload = 42
    private static let magic: UInt32 = 0x5348_5250
    /// The EtherType of the tag that a frame carries on a trunk.
    static let serviceTag: [UInt8] = [0x88, 0xA8]

    /// What a packet's payload says.
    struct Tag: Hashable {
        /// The number of its flow in the scenario.
        let flow: Int
        let direction: Direction
        /// Counts the packets of the flow in this direction from 0.
        let sequence: UInt32
    }

    /// A packet of a flow with these headers, as long as wanted, whose payload is to be stamped.
    package static func blank(_ key: FlowKey, from source: MACAddress, to destination: MACAddress, length: Int) -> [UInt8] {
        guard case .ipv4(let sender, let receiver, .udp(let sourcePort, let destinationPort)) = key.network else { return [] }
        var writer = ByteWriter(capacity: length)
        writer.write(destination)
        writer.write(source)
        writer.write(EtherType.ipv4)
        writer.write(UInt16(0x4500))
        writer.write(UInt16(length - 14))
        writer.write(UInt32(0))
        writer.write(UInt8(64))
        writer.write(IPProtocol.udp)
        writer.write(UInt16(0))
        writer.write(sender)
        writer.write(receiver)
        writer.write(sourcePort)
        writer.write(destinationPort)
        writer.write(UInt16(length - 34))
        writer.write(UInt16(0))
        writer.pad(length - writer.count)
        return writer.bytes
    }

    /// A blank packet with what its payload is to say.
    static func stamped(_ blank: [UInt8], _ tag: Tag) -> [UInt8] {
        var frame = blank
        frame.withUnsafeMutableBytes { bytes in
            func put(_ word: UInt32, _ offset: Int) {
                bytes.storeBytes(of: word.bigEndian, toByteOffset: payload + offset, as: UInt32.self)
            }
            put(magic, 0)
            put(UInt32(tag.flow), 4)
            put(UInt32(tag.direction.rawValue), 8)
            put(tag.sequence, 12)
        }
        return frame
    }

    /// A frame as a function that translates addresses passes it on, in a direction of a flow.
    static func translated(_ frame: [UInt8], _ flow: Flow, _ direction: Direction) -> [UInt8] {
        guard flow.translatedPort != nil else { return frame }
        var translated = frame
        let key = direction == .forward ? flow.serverKey : flow.key.mirrored
        let blank = blank(key, from: .zero, to: .zero, length: shortest)
        // From the addresses to the ports.
        translated.replaceSubrange(26..<38, with: blank[26..<38])
        return translated
    }

    /// What a frame's payload says; nil when no host sent it.
    static func tag(of frame: [UInt8]) -> Tag? {
        guard frame.count >= shortest, word(frame, 0) == magic else { return nil }
        return Tag(
            flow: Int(word(frame, 4)), direction: word(frame, 8) == 0 ? .forward : .reverse, sequence: word(frame, 12))
    }

    /// Whether a frame is one of the protocol's.
    static func isControl(_ frame: [UInt8]) -> Bool { frame.count > 13 && frame[12] == 0x82 && frame[13] == 0x1C }

    /// A frame without the tag of a trunk.
    static func untagged(_ frame: [UInt8]) -> [UInt8] {
        guard frame.count > 17, frame[12..<14] == serviceTag[...] else { return frame }
        return Array(frame[..<12] + frame[16...])
    }

    /// Whether a frame has a flow's headers and nothing else, as a controller makes one to test a flow table.
    static func isProbe(_ frame: [UInt8]) -> Bool { !isControl(frame) && tag(of: frame) == nil }

    private static func word(_ frame: [UInt8], _ offset: Int) -> UInt32 {
        frame.withUnsafeBytes { UInt32(bigEndian: $0.loadUnaligned(fromByteOffset: payload + offset, as: UInt32.self)) }
    }
}
