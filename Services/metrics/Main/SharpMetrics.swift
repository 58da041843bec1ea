import ArgumentParser
import Bus
import MetricsCollector
import ServiceSupport

/// Collects what the services publish about themselves and serves it to Prometheus.
@main
struct SharpMetrics: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "sharp-metrics", abstract: "Serves the metrics of all SHarP services to Prometheus at /metrics.")

    @Option(help: "The TCP address of the HTTP server.")
    var listen = ListenAddress(host: "127.0.0.1", port: 9464)

    @Option(help: "The endpoint that services connect to with their metrics.")
    var bind = "tcp://127.0.0.1:5572"

    @Option(help: "An endpoint of a service that publishes its metrics where it listens; may be given more than once.")
    var connect: [String] = []

    @OptionGroup var logging: LoggingOptions

    func run() async throws {
        let logger = logging.bootstrap(service: "metrics")
        let bus = try BusThread(service: "metrics")
        let collector = MetricsCollector()
        let registry = MetricsRegistry(service: bus.service, instance: bus.instance)
        registry.addSampler(collector.sample)
        let subscriber = try bus.subscriber([.bind(bind)] + connect.map { .connect($0) }, topics: [MetricsSnapshot.topic]) { incoming in
            collector.receive(incoming, at: MonotonicClock.now())
        }
        let server = MetricsServer(listen, logger: logger) { address in
            logger.info(
                "serving metrics",
                metadata: ["address": "\(address)", "collecting": "\(subscriber.endpoints.joined(separator: " "))"])
        } text: {
            collector.text(own: registry.snapshot(), at: MonotonicClock.now())
        }
        try await runServices([server], bus: bus, logger: logger)
    }
}
