import Bus
import BusMessages
import HandoverEngine
import Logging
import Metrics
import NIOCore
import NIOPosix
import ServiceLifecycle
import ServiceSupport
import Switches
import Timing

/// The controller: switches on one side, requests and events on the bus on the other, the engine between them.
public struct ControllerService: Service {
    private static let metricsInterval = TimeAmount.milliseconds(500)

    private let eventLoop: any EventLoop
    private let server: SwitchServer
    private let host: NIOLoopBound<EngineHost>
    private let handler: NIOLoopBound<RequestHandler>
    private let metrics: HandoverMetrics
    private let requests: String
    private let bus: BusThread
    private let logger: Logger

    /// A controller that listens for switches already.
    ///
    /// - Parameters:
    ///   - listen: where switches connect.
    ///   - requests: the endpoint where requests are taken.
    ///   - stateDirectory: where is written down what the next process must know, and where the last one has; nil for nowhere.
    /// - Throws: ``ServiceFailure`` when the address cannot be listened on, or the directory cannot be used.
    public init(
        listen: ListenAddress, requests: String, events: EventStream, metrics: HandoverMetrics, translation: Translation,
        configuration: HandoverEngine.Configuration, stateDirectory: String? = nil, bus: BusThread, logger: Logger
    ) async throws {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        eventLoop = loop
        let (host, handler, server) = try await loop.submit {
            let (engine, state) = try Self.start(configuration, stateDirectory, logger)
            let host = EngineHost(engine: engine, state: state, eventLoop: loop, logger: logger, publish: events.publish)
            host.perform { _, _ in }
            return (
                NIOLoopBound(host, eventLoop: loop),
                NIOLoopBound(RequestHandler(host: host, translation: translation), eventLoop: loop),
                SwitchServer(eventLoop: loop, observer: host, logger: logger)
            )
        }.get()
        self.host = host
        self.handler = handler
        self.server = server
        self.metrics = metrics
        self.requests = requests
        self.bus = bus
        self.logger = logger
        do {
            let address = try await server.listen(host: listen.host, port: Int(listen.port))
            logger.info("listening for switches", metadata: ["address": "\(address)"])
        } catch let error as IOError {
            throw ServiceFailure(listeningOn: listen, errno: error.errnoCode)
        }
    }

    /// An engine that goes on where the last process was, if it has left anything.
    private static func start(
        _ configuration: HandoverEngine.Configuration, _ directory: String?, _ logger: Logger
    ) throws(ServiceFailure) -> (Engine, StateDirectory?) {
        guard let directory else { return (Engine(configuration: configuration), nil) }
        var configuration = configuration
        configuration.keepsJournal = true
        let state = try StateDirectory(directory)
        guard let past = try state.read() else {
            let engine = Engine(configuration: configuration)
            try state.begin(engine.journalInShort)
            return (engine, state)
        }
        let engine: Engine
        do throws(JournalProblem) {
            engine = try Engine(
                configuration: configuration, resuming: past.entries, checkpoints: past.checkpoints, at: MonotonicClock.now())
        } catch {
            throw state.failure(line: (error.entry ?? 0) + 1, error.description)
        }
        try state.begin(engine.journalInShort)
        logger.info(
            "going on where another process was",
            metadata: ["rules": "\(engine.rules.all.count)", "open handovers": "\(engine.openHandovers)"])
        return (engine, state)
    }

    /// Answers requests until the service is to stop.
    public func run() async throws {
        let handler = handler
        let loop = eventLoop
        let server = try bus.requestServer(.bind(requests)) { incoming in
            do {
                let request: ControllerRequest = try MessageCodec.decode(from: incoming.body)
                loop.execute {
                    let reply = handler.value.answer(request)
                    // Encoding takes longer than a packet-in may wait.
                    Task { Self.send(reply, to: incoming) }
                }
            } catch {
                incoming.refuse("\(error)")
            }
        }
        logger.info("answering requests", metadata: ["endpoint": "\(server.endpoints.joined(separator: " "))"])
        let sampling = loop.scheduleRepeatedTask(initialDelay: .zero, delay: Self.metricsInterval) {
            [host, metrics, switches = self.server] _ in
            let malformed = switches.counters.malformed.values.reduce(0, +)
            metrics.update(host.value.engine, switches: switches.connections.count, malformedOpenFlow: malformed)
        }
        try? await gracefulShutdown()
        sampling.cancel()
        await self.server.shutdown()
    }

    private static func send(_ reply: ControllerReply, to incoming: IncomingRequest) {
        do {
            incoming.reply(try MessageCodec.encode(reply))
        } catch {
            incoming.refuse("\(error)")
        }
    }
}
