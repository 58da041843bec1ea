import ArgumentParser
import ExampleVNFKit
import Foundation
import LabSockets

/// The smallest network function that takes part in handovers: a model to copy.
@main
struct SharpExampleVNF: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sharp-example-vnf",
        abstract: "Passes frames between two interfaces, counts and digests every flow, and moves that state to its peer on demand.",
        discussion: "Writes its state as a line of JSON when it gets SIGUSR1, or to a TCP client that sends {\"dump\":{}}.")

    @Option(help: "The interface towards the ingress switch.") var left: String
    @Option(help: "The interface towards the egress switch.") var right: String
    @Option(help: "The HSL agent's UNIX socket; without it there are no handovers.") var controlChannel: String?
    @Option(help: "Where peers fetch state: IPv4 address and port.", transform: address) var listen: SocketAddress
    @Option(help: "Milliseconds that a state transfer takes longer than it does, to stand for large state.") var stateMs = 0
    @Option(help: ArgumentHelp("What it does wrong: \(Fault.allValueStrings.joined(separator: ", "))."))
    var fault: Fault?

    func validate() throws {
        guard (0...600_000).contains(stateMs) else { throw ValidationError("--state-ms \(stateMs): give a number up to 600000") }
    }

    func run() throws {
        let program = try FunctionProgram(
            left: left, right: right, controlChannel: controlChannel, listen: listen, stateNanoseconds: UInt64(stateMs) * 1_000_000,
            fault: fault)
        FileHandle.standardOutput.write(Data("{\"ready\":{}}\n".utf8))
        try program.run()
    }
}

extension Fault: ExpressibleByArgument {}

@Sendable
private func address(_ text: String) throws -> SocketAddress {
    guard let address = SocketAddress(text) else { throw ValidationError("\(text): not an address and port such as 10.9.0.1:7000") }
    return address
}
