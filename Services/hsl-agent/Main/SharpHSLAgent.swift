import Agent
import ArgumentParser
import Bus
import HSLCore
import ServiceSupport
import Shims

/// `sharp-hsl-agent`: bridges a network function's interfaces and takes part in flow handovers for it.
@main
struct SharpHSLAgent: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "sharp-hsl-agent",
        abstract: "Bridges a network function's interfaces to the network and takes part in flow handovers for it.",
        discussion: """
            Ports are URLs: \(ShimURL.help).
            It needs CAP_NET_RAW and CAP_NET_ADMIN, and ends cleanly on SIGTERM and SIGINT.
            """)

    @Option(help: "The network function's number, 1 to 65535.")
    var vnf: UInt16

    @Option(help: ArgumentHelp("A network interface and the function's interface that belongs to it.", valueName: "network,function"))
    var pair: [String]

    @Option(help: ArgumentHelp("The UNIX socket at which the network function connects.", valueName: "path"))
    var controlChannel: String?

    @Option(help: ArgumentHelp("The file with the key that control frames are sealed with, in hexadecimal.", valueName: "path"))
    var keyFile: String?

    @Option(help: "Whether frames between two packet: ports go past the agent while nothing is armed: auto, on (warn where not) or off.")
    var fastPath = AgentConfiguration.FastPathMode.auto

    @Option(help: "Packets that one handover may hold back; all together, four times as many.")
    var limitPackets = Limits().handover.packets

    @Option(help: "Bytes that one handover may hold back; all together, four times as many.")
    var limitBytes = Limits().handover.bytes

    @Option(help: ArgumentHelp("The endpoint to which metrics are published.", valueName: "endpoint"))
    var metrics: String?

    @OptionGroup var logging: LoggingOptions

    func validate() throws {
        guard vnf > 0 else { throw ValidationError("--vnf 0: not a network function's number; give one from 1 to 65535") }
        guard !pair.isEmpty else { throw ValidationError("--pair: no ports to bridge; give at least one, such as packet:eth0,tap:vnf0") }
        for (flag, limit) in [("--limit-packets", limitPackets), ("--limit-bytes", limitBytes)] {
            guard (1...1 << 32).contains(limit) else { throw ValidationError("\(flag) \(limit): out of range; give one from 1 to 2^32") }
        }
    }

    func run() async throws {
        var logger = logging.bootstrap(service: "hsl-agent")
        logger[metadataKey: "vnf"] = "\(vnf)"
        guard let stop = StopSignal() else {
            throw ServiceFailure("eventfd", reason: "no more descriptors", wayOut: "raise the limit of open files")
        }
        let box = SnapshotBox()
        let agent = AgentService(configuration: try configuration(), box: box, stop: stop, logger: logger)
        guard let metrics else { return try await runServices([agent], bus: nil, logger: logger) }
        let bus = try BusThread(service: "hsl-agent")
        let publisher = try self.publisher(to: metrics, on: bus, from: box)
        // The agent stops first, so that what is published last is what it saw last.
        try await runServices([publisher, agent], bus: bus, logger: logger)
    }

    private func configuration() throws -> AgentConfiguration {
        let pairs = try pair.map { text throws(ShimError) in try AgentConfiguration.Pair(text) }
        let held = Amount(packets: limitPackets, bytes: limitBytes)
        let limits = Limits(handover: held, total: Amount(packets: 4 * held.packets, bytes: 4 * held.bytes))
        let key = try keyFile.map { path throws(ServiceFailure) in try KeyFile.read(path) }
        return AgentConfiguration(vnf: vnf, pairs: pairs, controlChannel: controlChannel, limits: limits, key: key, fastPath: fastPath)
    }

    private func publisher(to endpoint: String, on bus: BusThread, from box: SnapshotBox) throws -> MetricsPublisher {
        let registry = MetricsRegistry(service: bus.service, instance: bus.instance)
        registry.declare(MetricDescription.ofAgent, given: ["vnf": "\(vnf)"])
        registry.addSampler { [vnf] samples in box.snapshot?.sample(into: &samples, vnf: vnf) }
        return MetricsPublisher(registry, through: try bus.publisher(.connect(endpoint)))
    }
}

extension AgentConfiguration.FastPathMode: ExpressibleByArgument {}
