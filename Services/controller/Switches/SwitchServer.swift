import Logging
import NIOCore
import NIOPosix
import OpenFlow

/// Accepts switches that speak OpenFlow 1.3 and keeps the connections alive. One event loop owns everything.
public final class SwitchServer: Sendable {
    /// The event loop that all connections and the observer live on.
    public let eventLoop: any EventLoop

    private let registry: NIOLoopBound<SwitchRegistry>
    private let listeners: NIOLoopBoundBox<[any Channel]>

    /// A server that does not listen yet. It does not keep `observer` alive.
    ///
    /// - Precondition: called on `eventLoop`.
    public init(
        eventLoop: any EventLoop, configuration: SwitchServerConfiguration = SwitchServerConfiguration(), observer: any SwitchObserver,
        logger: Logger
    ) {
        self.eventLoop = eventLoop
        registry = NIOLoopBound(SwitchRegistry(configuration, observer: observer, logger: logger), eventLoop: eventLoop)
        listeners = NIOLoopBoundBox([], eventLoop: eventLoop)
    }

    /// What was counted so far.
    ///
    /// - Precondition: called on ``eventLoop``.
    public var counters: SwitchCounters { registry.value.counters }

    /// The connected switches in the order of their datapath ids.
    ///
    /// - Precondition: called on ``eventLoop``.
    public var connections: [SwitchConnection] { registry.value.connections }

    /// Accepts switches at `host` and `port`; port 0 has the kernel choose one.
    ///
    /// - Returns: where the server listens.
    /// - Throws: NIO's `IOError` when that is not possible, say because the port is in use.
    public func listen(host: String, port: Int) async throws -> SocketAddress {
        let bytes = try await eventLoop.submit { self.registry.value.configuration.receiveBufferBytes }.get()
        let channel = try await ServerBootstrap(group: eventLoop)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelOption(.backlog, value: 128)
            .serverChannelInitializer { $0.requestReceiveBuffer(bytes) }
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.recvAllocator, value: AdaptiveRecvByteBufferAllocator(minimum: 4096, initial: 65_536, maximum: 1 << 20))
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try self.adopt(channel, receiveBufferBytes: try? channel.syncOptions?.getOption(.socketOption(.so_rcvbuf)))
                }
            }
            .bind(host: host, port: port).get()
        guard let address = channel.localAddress else { throw ChannelError.unknownLocalAddress }
        try await eventLoop.submit { self.listeners.value.append(channel) }.get()
        return address
    }

    /// Stops accepting switches and disconnects those there are.
    public func shutdown() async {
        let channels = try? await eventLoop.submit {
            defer { self.listeners.value = [] }
            self.registry.value.endAll("the controller shuts down")
            return self.listeners.value
        }.get()
        for channel in channels ?? [] { try? await channel.close() }
    }

    /// Treats `channel` as a switch that has connected.
    ///
    /// - Precondition: called on ``eventLoop``, which is the channel's too.
    package func adopt(_ channel: any Channel, receiveBufferBytes: Int? = nil) throws {
        try channel.pipeline.syncOperations.addHandler(
            ConnectionHandler(channel, registry.value, receiveBufferBytes: receiveBufferBytes))
    }
}

extension Channel {
    /// Asks for a receive buffer beyond the system's limit, which root may, or else for as much as the system allows.
    ///
    /// Set before connections come, so that TCP announces a window of that size; they inherit it.
    fileprivate func requestReceiveBuffer(_ bytes: Int) -> EventLoopFuture<Void> {
        let force = ChannelOptions.Types.SocketOption(level: .socket, name: NIOBSDSocket.Option(rawValue: receiveBufferForce))
        return setOption(force, value: bytes)
            .flatMapError { _ in self.setOption(.socketOption(.so_rcvbuf), value: bytes) }
            .flatMapError { _ in self.eventLoop.makeSucceededVoidFuture() }
    }
}

/// SO_RCVBUFFORCE, which NIO has no name for (socket(7)).
private let receiveBufferForce: CInt = 33
