import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle
import ServiceSupport

/// The HTTP face of the metrics service: `/metrics`, `/healthz`, `/readyz`.
public struct MetricsServer: Service {
    private let address: ListenAddress
    private let logger: Logger
    private let onReady: @Sendable (ListenAddress) -> Void
    private let text: @Sendable () -> String

    /// A server of `text` at `address`; `onReady` is told the address with the port that the system chose.
    public init(
        _ address: ListenAddress, logger: Logger, onReady: @escaping @Sendable (ListenAddress) -> Void,
        text: @escaping @Sendable () -> String
    ) {
        self.address = address
        self.logger = logger
        self.onReady = onReady
        self.text = text
    }

    /// Serves until the service stops.
    public func run() async throws {
        // The application would log an error that the caller prints as well.
        var quiet = logger
        quiet.logLevel = .critical
        let (address, onReady) = (address, onReady)
        let application = Application(
            router: router(),
            configuration: ApplicationConfiguration(address: .hostname(address.host, port: Int(address.port))),
            onServerRunning: { channel in
                let port = channel.localAddress?.port.flatMap(UInt16.init(exactly:)) ?? address.port
                onReady(ListenAddress(host: address.host, port: port))
            },
            logger: quiet)
        do {
            try await application.run()
        } catch let error as IOError {
            throw ServiceFailure(listeningOn: address, errno: error.errnoCode)
        } catch is SocketAddressError.UnknownHost {
            throw ServiceFailure(
                "cannot listen on \(address)", reason: "no such host", wayOut: "name an address of this machine with --listen")
        }
    }

    private func router() -> Router<BasicRequestContext> {
        let text = text
        let router = Router()
        router.get("metrics") { _, _ in
            Response(
                status: .ok, headers: [.contentType: MetricsCollector.contentType],
                body: ResponseBody(byteBuffer: ByteBuffer(string: text())))
        }
        // The bus is bound before this server starts: whoever gets an answer finds all of the service ready.
        router.get("healthz") { _, _ in "ok\n" }
        router.get("readyz") { _, _ in "ok\n" }
        return router
    }
}
