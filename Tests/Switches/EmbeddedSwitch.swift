import Frames
import NIOCore
import NIOEmbedded
import OpenFlow
import Switches

/// The switch's end of a connection without a network: bytes go in and come out when the test says so, time passes when it says so.
final class EmbeddedSwitch {
    let channel: EmbeddedChannel
    private var transaction: UInt32 = 1000

    /// Connects to `server`, which lives on `loop`.
    init(to server: SwitchServer, on loop: EmbeddedEventLoop, from address: String = "192.0.2.1") throws {
        channel = EmbeddedChannel(loop: loop)
        channel.remoteAddress = try SocketAddress(ipAddress: address, port: 40_000)
        try server.adopt(channel)
        channel.connect(to: try SocketAddress(ipAddress: address, port: 40_000), promise: nil)
    }

    /// Says a message, and returns the identifier it was said under.
    @discardableResult
    func say(_ message: Message) throws -> UInt32 {
        transaction += 1
        try say(try Envelope(transaction: transaction, message: message).encode())
        return transaction
    }

    func say(_ bytes: [UInt8]) throws { try channel.writeInbound(ByteBuffer(bytes: bytes)) }

    /// Everything that the server has said since it was last asked.
    func heard() throws -> [Message] {
        var bytes: [UInt8] = []
        while let more = try channel.readOutbound(as: ByteBuffer.self) { bytes += Array(more.readableBytesView) }
        return try messages(in: bytes).map(\.message)
    }

    /// Says all that a switch has to say before it counts as connected.
    func shakeHands(datapathID: UInt64 = 1, ports: [PortDescription] = [port(1)]) throws {
        try say(.hello(Hello()))
        try say(.featuresReply(FeaturesReply(datapathID: datapathID, tableCount: 254)))
        try say(.multipartReply(MultipartReply(.portDescription(ports))))
        _ = try heard()
    }
}

/// Cuts bytes into messages.
func messages(in bytes: [UInt8]) throws -> [Envelope] {
    var rest = bytes[...]
    var envelopes: [Envelope] = []
    while !rest.isEmpty {
        let length = try MessageHeader(Array(rest).span.bytes).length
        envelopes.append(try Envelope.decode(Array(rest.prefix(length))))
        rest = rest.dropFirst(length)
    }
    return envelopes
}

func port(_ number: UInt32, state: UInt32 = 0) -> PortDescription {
    PortDescription(number: number, hardwareAddress: MACAddress(bits: UInt64(number)), name: "p\(number)", state: state)
}

func packetIn(_ number: UInt64) -> Message {
    .packetIn(PacketIn(tableID: 0, cookie: number, match: Match(inPort: 1), data: Array(repeating: UInt8(number & 0xFF), count: 60)))
}
