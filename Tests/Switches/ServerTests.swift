import Logging
import NIOCore
import NIOPosix
import OpenFlow
import Switches
import Testing

@Suite("A server on real sockets", .timeLimit(.minutes(1)))
struct ServerTests {
    @Test func talksToASwitch() async throws {
        try await withServer { server, address, events in
            var peer = try await Peer(address)
            try await peer.shakeHands(datapathID: 42)
            #expect(await events.next() == .connected(datapathID: 42, ports: [1]))
            let buffer = try await server.eventLoop.submit { server.connections.first?.receiveBufferBytes }.get()
            #expect(try #require(buffer) > 0)
            try await peer.say(packetIn(3))
            while let event = await events.next(), event != .received(packetIn(3)) {}
            try await peer.close()
            while let event = await events.next() {
                guard case .disconnected(let datapathID, let reason) = event else { continue }
                #expect(datapathID == 42)
                #expect(reason == "the switch closed the connection")
                break
            }
        }
    }

    @Test func letsARefusedSwitchReadWhy() async throws {
        try await withServer { _, address, _ in
            var peer = try await Peer(address)
            // What the server does not read any more must not keep its last words from arriving.
            try await peer.say(.hello(Hello(version: 1, bitmap: nil)), .echoRequest(Array(repeating: 0, count: 1000)))
            let text = "this controller speaks OpenFlow 1.3 (version 4) only, the switch offers version 1"
            var heard: [Message] = []
            while let envelope = try await peer.next() { heard.append(envelope.message) }
            #expect(heard.contains(.error(.incompatible(text))))
            try await peer.close()
        }
    }

    @Test func endsWithASwitchThatDoesNotRead() async throws {
        try await withServer({ $0.pendingByteLimit = 1 << 20 }) { server, address, events in
            var peer = try await Peer(address)
            try await peer.shakeHands(datapathID: 1)
            try await peer.stopReading()
            #expect(await events.next() == .connected(datapathID: 1, ports: [1]))
            // More than all buffers between the two hold.
            let packet = Message.packetOut(PacketOut(inPort: 1, actions: [.output(2)], data: Array(repeating: 0, count: 60_000)))
            let sent = try await server.eventLoop.submit {
                var sent = 0
                while sent < 10_000, server.connections.first?.send(packet) != nil { sent += 1 }
                return sent
            }.get()
            #expect(sent < 10_000)
            while let event = await events.next() {
                if case .disconnected = event { break }
            }
            #expect(try await server.eventLoop.submit { server.counters.overruns }.get() == 1)
            try await peer.close()
        }
    }

    @Test func cannotListenWhereAnotherDoes() async throws {
        try await withServer { _, address, _ in
            let other = try await SwitchServer.make(StreamObserver().observer)
            await #expect(throws: IOError.self) { try await other.listen(host: "127.0.0.1", port: try #require(address.port)) }
        }
    }

    @Test func disconnectsEveryoneWhenItShutsDown() async throws {
        try await withServer { server, address, events in
            var peer = try await Peer(address)
            try await peer.shakeHands(datapathID: 1)
            #expect(await events.next() == .connected(datapathID: 1, ports: [1]))
            await server.shutdown()
            while try await peer.next() != nil {}
            while let event = await events.next() {
                guard case .disconnected(_, let reason) = event else { continue }
                #expect(reason == "the controller shuts down")
                break
            }
            await #expect(throws: (any Error).self) { try await Peer(address) }
        }
    }

    private func withServer(
        _ change: @Sendable (inout SwitchServerConfiguration) -> Void = { _ in },
        _ body: (SwitchServer, SocketAddress, StreamObserver) async throws -> Void
    ) async throws {
        let events = StreamObserver()
        var configuration = SwitchServerConfiguration()
        change(&configuration)
        let server = try await SwitchServer.make(events.observer, configuration)
        let address = try await server.listen(host: "127.0.0.1", port: 0)
        try await body(server, address, events)
        await server.shutdown()
    }
}

extension SwitchServer {
    static func make(
        _ observer: StreamObserver.Observer, _ configuration: SwitchServerConfiguration = SwitchServerConfiguration()
    ) async throws -> SwitchServer {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        return try await loop.submit {
            SwitchServer(
                eventLoop: loop, configuration: configuration, observer: observer,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        }.get()
    }
}

/// What an observer was told, to be waited for.
final class StreamObserver {
    final class Observer: SwitchObserver, Sendable {
        fileprivate let events: AsyncStream<Event>.Continuation

        fileprivate init(_ events: AsyncStream<Event>.Continuation) { self.events = events }

        func switchConnected(_ connection: SwitchConnection) {
            events.yield(.connected(datapathID: connection.datapathID, ports: connection.ports.map(\.number)))
        }

        func switchDisconnected(_ connection: SwitchConnection, reason: String) {
            events.yield(.disconnected(datapathID: connection.datapathID, reason: reason))
        }

        func received(_ envelope: Envelope, from connection: SwitchConnection) { events.yield(.received(envelope.message)) }

        func receivedBatchEnd(from connection: SwitchConnection) {}
    }

    let observer: Observer
    private var iterator: AsyncStream<Event>.Iterator

    init() {
        let (stream, continuation) = AsyncStream<Event>.makeStream()
        observer = Observer(continuation)
        iterator = stream.makeAsyncIterator()
    }

    func next() async -> Event? { await iterator.next(isolation: #isolation) }
}

/// A switch's end of a real connection.
struct Peer {
    private final class Reader: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer

        let bytes: AsyncStream<[UInt8]>.Continuation

        init(_ bytes: AsyncStream<[UInt8]>.Continuation) { self.bytes = bytes }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) { bytes.yield(Array(unwrapInboundIn(data).readableBytesView)) }
        func channelInactive(context: ChannelHandlerContext) { bytes.finish() }
        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }

    private let channel: any Channel
    private var iterator: AsyncStream<[UInt8]>.Iterator
    private var bytes: [UInt8] = []

    init(_ address: SocketAddress) async throws {
        let (stream, continuation) = AsyncStream<[UInt8]>.makeStream()
        iterator = stream.makeAsyncIterator()
        channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Reader(continuation)) }
            }
            .connect(to: address).get()
    }

    func say(_ messages: Message...) async throws {
        let bytes = try messages.flatMap { try Envelope(transaction: 1, message: $0).encode() }
        try await channel.writeAndFlush(ByteBuffer(bytes: bytes))
    }

    /// The next message; nil when the server has closed the connection.
    mutating func next() async throws -> Envelope? {
        while true {
            if bytes.count >= MessageHeader.byteCount {
                let length = try MessageHeader(bytes.span.bytes).length
                if bytes.count >= length {
                    defer { bytes.removeFirst(length) }
                    return try Envelope.decode(Array(bytes[..<length]))
                }
            }
            guard let more = await iterator.next(isolation: #isolation) else { return nil }
            bytes += more
        }
    }

    mutating func shakeHands(datapathID: UInt64) async throws {
        try await say(.hello(Hello()))
        while let envelope = try await next() {
            switch envelope.message {
            case .featuresRequest: try await say(.featuresReply(FeaturesReply(datapathID: datapathID, tableCount: 254)))
            case .multipartRequest:
                try await say(.multipartReply(MultipartReply(.portDescription([port(1)]))))
                return
            default: break
            }
        }
    }

    func stopReading() async throws { try await channel.setOption(.autoRead, value: false).get() }

    func close() async throws { try? await channel.close() }
}
