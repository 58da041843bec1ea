import ArgumentParser
import Bus
import FoundationEssentials
import NorthboundAPI
import ServiceSupport

/// The HTTP interface for orchestrators.
@main
struct SharpNorthbound: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "sharp-northbound", abstract: "Serves the HTTP interface through which flows are handed over; see /openapi.json.")

    @Option(help: "The TCP address of the HTTP server.")
    var listen = ListenAddress(host: "127.0.0.1", port: 8080)

    @Option(help: "The controller's endpoint for requests.")
    var requests = "tcp://127.0.0.1:5570"

    @Option(help: "The controller's endpoint for events.")
    var events = "tcp://127.0.0.1:5571"

    @Option(help: "A file with the bearer tokens that clients may use, one a line; without it, everybody may use the interface.")
    var tokenFile: String?

    @OptionGroup var logging: LoggingOptions

    func run() async throws {
        let logger = logging.bootstrap(service: "northbound")
        let tokens = try tokenFile.map(Self.tokens)
        let bus = try BusThread(service: "northbound")
        let log = EventLog()
        let feed = EventFeed(try bus.subscription([.connect(events)], topics: EventFeed.topics), to: log, logger: logger)
        let client = BusControllerClient(try bus.requestClient(requests))
        let endpoints = "\(requests) \(events)"
        let server = NorthboundServer(listen, serving: NorthboundAPI(client: client, log: log, tokens: tokens), logger: logger) { address in
            logger.info("serving", metadata: ["address": "\(address)", "controller": "\(endpoints)"])
        }
        try await runServices([feed, KeepAlive(log), server], bus: bus, logger: logger)
    }

    private static func tokens(in path: String) throws -> BearerTokens {
        let text: String
        do {
            text = try String(contentsOf: URL(filePath: path), encoding: .utf8)
        } catch {
            throw ServiceFailure(path, reason: "cannot be read", wayOut: "name a text file that this user may read with --token-file")
        }
        guard let tokens = BearerTokens(lines: text) else {
            throw ServiceFailure(path, reason: "holds no token", wayOut: "write one token of visible ASCII characters a line")
        }
        return tokens
    }
}
