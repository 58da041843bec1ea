import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import ServiceLifecycle
import ServiceSupport

/// Serves the interface over HTTP.
public struct NorthboundServer: Service {
    private let address: ListenAddress
    private let api: NorthboundAPI
    private let logger: Logger
    private let onReady: @Sendable (ListenAddress) -> Void

    /// A server of `api` at `address`; `onReady` is told the address with the port that the system chose.
    public init(
        _ address: ListenAddress, serving api: NorthboundAPI, logger: Logger, onReady: @escaping @Sendable (ListenAddress) -> Void
    ) {
        self.address = address
        self.api = api
        self.logger = logger
        self.onReady = onReady
    }

    /// Serves until the service stops.
    ///
    /// - Throws: ``ServiceSupport/ServiceFailure`` when the address cannot be listened on.
    public func run() async throws {
        let (address, onReady) = (address, onReady)
        // Hummingbird's own news would double ours.
        var logger = logger
        logger.logLevel = max(logger.logLevel, .warning)
        let limits = HTTP1Channel.Configuration.DecoderConfiguration(
            maxHeaderFieldSize: 16 * 1024, maxHeaderListSize: 32 * 1024, maxHeaderFieldCount: 100)
        let application = Application(
            router: api.router(),
            server: .http1(configuration: HTTP1Channel.Configuration(idleTimeout: .seconds(60), httpDecoderConfiguration: limits)),
            configuration: ApplicationConfiguration(address: .hostname(address.host, port: Int(address.port))),
            onServerRunning: { channel in
                let port = channel.localAddress?.port.flatMap(UInt16.init(exactly:)) ?? address.port
                onReady(ListenAddress(host: address.host, port: port))
            },
            logger: logger)
        do {
            try await application.run()
        } catch let error as IOError {
            throw ServiceFailure(listeningOn: address, errno: error.errnoCode)
        } catch is SocketAddressError.UnknownHost {
            throw ServiceFailure(
                "cannot listen on \(address)", reason: "no such host", wayOut: "name an address of this machine with --listen")
        }
    }
}
