import ArgumentParser
import Frames
import Glibc
import LabSockets
import TrafficKit

/// The lab's traffic: one program for both ends.
@main
struct SharpTraffic: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sharp-traffic",
        abstract: "Sends numbered, time-stamped UDP packets and counts exactly what became of them.",
        discussion: """
            Flow i goes from port 5000+i to port 7000+i, unless told otherwise. Both ends read commands from standard input (status, mark NAME, \
            watch FLOW, quiet, speak, stop [COUNT]) and write lines of JSON: when they are ready, on demand how far they are, and at the end what they counted.
            """,
        subcommands: [Send.self, Reflect.self, Pour.self, Drain.self, Inject.self, Delay.self])

    /// What both ends are told.
    struct Ends: ParsableArguments {
        @Option(help: "This end's IPv4 address.", transform: address) var from: IPv4Address
        @Option(help: "The other end's IPv4 address.", transform: address) var to: IPv4Address
        @Option(help: "Flows, 1 to 10000.") var flows = 1
        @Option(help: "Whether every packet is answered.") var bidirectional = true
        @Option(help: "The sender's port of flow 0.") var sourcePort: UInt16 = 5000
        @Option(help: "The reflector's port of flow 0.") var destinationPort: UInt16 = 7000

        func validate() throws {
            guard (1...10_000).contains(flows) else { throw ValidationError("--flows \(flows): give a number from 1 to 10000") }
            guard Int(max(sourcePort, destinationPort)) + flows <= 65_536 else {
                throw ValidationError("--flows \(flows): there are not so many ports left; give lower first ports")
            }
        }
    }

    struct Send: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Sends packets at a steady rate and counts the answers.")
        @OptionGroup var ends: Ends
        @Option(help: "Packets a second, over all flows together.") var rate = 1000.0
        @Option(help: "Bytes of each Ethernet frame, without its checksum; 58 is the least.") var size = 58
        @Option(help: "Seconds to send for; without it until `stop`.") var duration: Double?
        @Flag(help: "Report each packet's delay.") var keepDelays = false

        func validate() throws {
            guard rate > 0, rate <= 1_000_000 else { throw ValidationError("--rate \(rate): give a number from 1 to 1000000") }
            guard (58...9014).contains(size) else { throw ValidationError("--size \(size): give a number from 58 to 9014") }
            if let duration, !(0...86_400).contains(duration) { throw ValidationError("--duration \(duration): give seconds up to a day") }
        }

        func run() throws {
            var program = try TrafficProgram(
                role: .sender(rate: rate), local: SocketAddress(host: ends.from, port: ends.sourcePort),
                remote: SocketAddress(host: ends.to, port: ends.destinationPort), flows: ends.flows, payloadBytes: size - Probe.headerBytes,
                answered: ends.bidirectional, keepsDelays: keepDelays)
            try program.run(nanoseconds: duration.map { UInt64($0 * 1e9) })
        }
    }

    struct Reflect: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Receives packets, and answers each with one as long.")
        @OptionGroup var ends: Ends

        func run() throws {
            var program = try TrafficProgram(
                role: ends.bidirectional ? .reflector : .sink, local: SocketAddress(host: ends.from, port: ends.destinationPort),
                remote: SocketAddress(host: ends.to, port: ends.sourcePort), flows: ends.flows, payloadBytes: Probe.byteCount,
                answered: false)
            try program.run(nanoseconds: nil)
        }
    }

    /// What both ends of a TCP connection are told.
    struct Connection: ParsableArguments {
        @Option(help: "This end's IPv4 address.", transform: address) var from: IPv4Address
        @Option(help: "The other end's IPv4 address.", transform: address) var to: IPv4Address
        @Option(help: "The receiver's port.") var port: UInt16 = 9000

        var local: SocketAddress { SocketAddress(host: from, port: port) }
        var remote: SocketAddress { SocketAddress(host: to, port: port) }
    }

    struct Pour: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Sends bytes that both ends know over a TCP connection.")
        @OptionGroup var connection: Connection
        @Option(help: "Bytes a second.") var rate = 1_000_000.0

        func run() throws {
            var end = try ByteStreamEnd(role: .sender(rate: rate), local: connection.local, remote: connection.remote)
            try end.run()
        }
    }

    struct Drain: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Receives such bytes and compares every one.")
        @OptionGroup var connection: Connection

        func run() throws {
            var end = try ByteStreamEnd(role: .receiver, local: connection.local, remote: connection.remote)
            try end.run()
        }
    }

    struct Inject: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Sends frames just as it is told, lines of COUNT HEX on standard input, however wrong they are.")
        @Option(help: "The interface to send on.") var interface: String

        func run() throws {
            var injector = try FrameInjector(interface: interface)
            injector.run()
        }
    }
}

extension SharpTraffic {
    struct Delay: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Passes TCP connections on to a service, every byte so much later, in both directions.")
        @Option(help: "Where to listen, such as 127.0.0.1:6654.", transform: endpoint) var listen: SocketAddress
        @Option(help: "The service.", transform: endpoint) var to: SocketAddress
        @Option(help: "How much later, in milliseconds, each way.") var ms: Double

        func validate() throws {
            guard (0...10_000).contains(ms) else { throw ValidationError("--ms \(ms): give a number from 0 to 10000") }
        }

        func run() throws {
            var line = try DelayLine(listen: listen, to: to, nanoseconds: UInt64(ms * 1e6))
            try line.run()
        }
    }
}

@Sendable
private func endpoint(_ text: String) throws -> SocketAddress {
    guard let address = SocketAddress(text) else { throw ValidationError("\(text): not an address and port such as 127.0.0.1:6654") }
    return address
}

@Sendable
private func address(_ text: String) throws -> IPv4Address {
    guard let address = IPv4Address(text) else { throw ValidationError("\(text): not an IPv4 address such as 10.0.0.1") }
    return address
}
