import Agent
import ArgumentParser
import CLinux
import Glibc
import HSLCore
import Logging
import Shims

/// `sharp-hsl-agent`: bridges a network function's interfaces and takes part in flow handovers for it.
@main
struct SharpHSLAgent: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sharp-hsl-agent",
        abstract: "Bridges a network function's interfaces to the network and takes part in flow handovers for it.",
        discussion: """
            Ports are URLs: packet:IF (AF_PACKET ring), pcap:IF (libpcap), tap:IF[?mac=..&mtu=..&txqueuelen=..] (made if missing).
            It needs CAP_NET_RAW and CAP_NET_ADMIN, and ends cleanly on SIGTERM and SIGINT.
            """)

    @Option(help: "The network function's number, 1 to 65535.")
    var vnf: UInt16

    @Option(help: ArgumentHelp("A network interface and the function's interface that belongs to it.", valueName: "network,function"))
    var pair: [String]

    @Option(help: ArgumentHelp("The UNIX socket at which the network function connects.", valueName: "path"))
    var controlChannel: String?

    @Option(help: "Packets that one handover may hold back; all together, four times as many.")
    var limitPackets = Limits().handover.packets

    @Option(help: "Bytes that one handover may hold back; all together, four times as many.")
    var limitBytes = Limits().handover.bytes

    @Option(help: "The lowest level that is logged: trace, debug, info, notice, warning, error or critical.")
    var logLevel = Logger.Level.info

    func validate() throws {
        guard vnf > 0 else { throw ValidationError("--vnf 0: not a network function's number; give one from 1 to 65535") }
        for (flag, limit) in [("--limit-packets", limitPackets), ("--limit-bytes", limitBytes)] {
            guard (1...1 << 32).contains(limit) else { throw ValidationError("\(flag) \(limit): out of range; give one from 1 to 2^32") }
        }
        guard !pair.isEmpty else { throw ValidationError("--pair: no ports to bridge; give at least one, such as packet:eth0,tap:vnf0") }
    }

    func run() throws {
        // Before any other thread starts, so that all of them leave the signals to this descriptor.
        let stop = clinux_termination_descriptor()
        guard stop >= 0 else { throw Failure("signalfd: \(String(cString: strerror(-stop))); raise the limit of open files") }
        var logger = Logger(label: "sharp-hsl-agent", factory: { StreamLogHandler.standardError(label: $0) })
        logger.logLevel = logLevel
        logger[metadataKey: "vnf"] = "\(vnf)"
        let box = SnapshotBox()
        let pairs = try pair.map { text throws(ShimError) in try AgentConfiguration.Pair(text) }
        let held = Amount(packets: limitPackets, bytes: limitBytes)
        let limits = Limits(handover: held, total: Amount(packets: 4 * held.packets, bytes: 4 * held.bytes))
        let configuration = AgentConfiguration(vnf: vnf, pairs: pairs, controlChannel: controlChannel, limits: limits)
        var agent = try Agent(configuration, box: box, logger: logger)
        logger.info("forwarding", metadata: ["pairs": "\(pair.count)"])
        agent.run(until: stop)
        logger.info("stopped")
    }
}

/// An error whose description is the whole line.
private struct Failure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

extension Logger.Level: @retroactive ExpressibleByArgument {}
