import ArgumentParser
import Foundation
import LabSockets

/// `sharp-conntrack-adapter`: moves a Linux NAT's or firewall's connections in handovers.
@main
struct SharpConntrackAdapter: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sharp-conntrack-adapter",
        abstract: "Speaks for an unmodified Linux NAT or firewall in flow handovers: moves its connection tracking entries to its peer.",
        discussion: "Runs in the function's network namespace, beside its HSL agent. Takes CAP_NET_ADMIN.")

    @Option(help: ArgumentHelp("The HSL agent's UNIX socket.", valueName: "path")) var controlChannel: String
    @Option(help: "Where peers fetch state: IPv4 address and port on the management network.", transform: address) var listen: SocketAddress

    func run() throws {
        try AdapterProgram(controlChannel: controlChannel, listen: listen).run()
    }
}

@Sendable
private func address(_ text: String) throws -> SocketAddress {
    guard let address = SocketAddress(text) else { throw ValidationError("\(text): not an address and port such as 10.9.0.1:7000") }
    return address
}
