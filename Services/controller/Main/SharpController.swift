import ArgumentParser
import Bus
import ControlFrames
import ControllerService
import HandoverEngine
import Logging
import Metrics
import ServiceSupport

/// The OpenFlow controller.
@main
struct SharpController: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "sharp-controller", abstract: "Steers flows through network functions and hands them over between instances.")

    @Option(help: "The TCP address where switches connect with OpenFlow 1.3.")
    var listen = ListenAddress(host: "0.0.0.0", port: 6653)

    @Option(help: "The bus endpoint where requests are taken.")
    var requests = "tcp://127.0.0.1:5570"

    @Option(help: "The bus endpoint where events and metrics are published.")
    var events = "tcp://127.0.0.1:5571"

    @Option(help: "The largest Ethernet frame that the links to network functions carry, in bytes without the check sequence.")
    var maximumFrame = 1514

    @Option(help: "Milliseconds that a switch may cache a flow which does not speak: its max-idle and two seconds.")
    var silenceGuard = 12_000

    @Option(help: "Milliseconds that a function may take to fetch the state of flows; they go back after that.")
    var stateLimit = 120_000

    @Option(help: "A file with the key that authenticates control frames, in hexadecimal digits.")
    var keyFile: String?

    @Option(help: "A directory for what a controller that is started again must know; without one it knows nothing.")
    var stateDirectory: String?

    @OptionGroup var logging: LoggingOptions

    func validate() throws {
        guard (128...65_000).contains(maximumFrame) else {
            throw ValidationError("--maximum-frame \(maximumFrame): out of range; give one from 128 to 65000")
        }
        guard (1...3_600_000).contains(silenceGuard) else {
            throw ValidationError("--silence-guard \(silenceGuard): out of range; give one from 1 to 3600000")
        }
        guard (1...3_600_000).contains(stateLimit) else {
            throw ValidationError("--state-limit \(stateLimit): out of range; give one from 1 to 3600000")
        }
    }

    func run() async throws {
        let key = try keyFile.map { path throws(ServiceFailure) in try KeyFile.read(path) }
        let logger = logging.bootstrap(service: "controller")
        let bus = try BusThread(service: "controller")
        let registry = MetricsRegistry(service: bus.service, instance: bus.instance)
        MetricsSystem.bootstrap(registry)
        let metrics = HandoverMetrics(in: registry)
        let publisher = try bus.publisher(.bind(events))
        let translation = Translation(unixOrigin: WallClock.unixMilliseconds() - MonotonicClock.now().nanoseconds / 1_000_000)
        let stream = EventStream(through: publisher, metrics: metrics, translation: translation)
        var configuration = HandoverEngine.Configuration()
        configuration.maximumFrame = maximumFrame
        configuration.silenceGuard = .milliseconds(Int64(silenceGuard))
        configuration.stateLimit = .milliseconds(Int64(stateLimit))
        configuration.key = key
        configuration.firstCounter = ControlKey.firstCounter(unixMilliseconds: WallClock.unixMilliseconds())
        // Serials rise from one life of the controller to the next: a thousand a millisecond, far from ever being reached.
        configuration.firstSerial = UInt64(WallClock.unixMilliseconds())
        let controller = try await ControllerService(
            listen: listen, requests: requests, events: stream, metrics: metrics, translation: translation, configuration: configuration,
            stateDirectory: stateDirectory, bus: bus, logger: logger)
        try await runServices([stream, MetricsPublisher(registry, through: publisher), controller], bus: bus, logger: logger)
    }
}
