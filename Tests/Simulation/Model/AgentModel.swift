import Frames
import HSLCore
import Timing
import Wire

/// An HSL agent without its I/O: the forwarding core as shipped, between a switch's ports and a function.
final class AgentModel {
    let function: FunctionModel
    private unowned let network: Network
    private var core: ForwardingCore
    private var wakeup: Instant?

    init(vnf: UInt16, addresses: [MACAddress], function: FunctionModel, in network: Network) {
        self.network = network
        self.function = function
        let mtu = network.scenario.maximumFrame - 14
        core = ForwardingCore(
            configuration: HSLCore.Configuration(
                vnf: vnf, pairs: addresses.map { .init(address: $0, mtu: mtu) },
                limits: Limits(total: Amount(packets: 100_000, bytes: 8 << 20))))
        function.attach(self)
        core.handle(.connected, at: network.clock.now)
    }

    /// How many packets the core holds.
    var heldPackets: Int {
        let counters = core.counters
        return counters.inControlBuffers.packets + counters.inSwitchBuffers.packets + counters.inStragglers.packets
    }

    /// A frame arrives from a switch.
    func fromNetwork(_ frame: [UInt8], pair: Int) { receive(frame, from: .network(pair)) }

    /// A frame arrives from the function.
    func fromFunction(_ frame: [UInt8], pair: Int) { receive(frame, from: .function(pair)) }

    /// The function says something on the control channel.
    func fromFunction(_ event: FunctionEvent) {
        network.after(network.random.span(upTo: .microseconds(200))) { [self] in
            core.handle(event, at: network.clock.now)
            drain()
        }
    }

    private func receive(_ frame: [UInt8], from port: Port) {
        switch core.receive(frame.span.bytes, from: port, at: network.clock.now) {
        case .pass: transmit(frame, to: port.paired)
        case .taken: break
        case .drop(let reason): network.lost(frame, "the HSL dropped it: \(reason)")
        }
        drain()
    }

    private func drain() {
        var output = Output()
        core.drain(into: &output)
        for item in output.items {
            switch item {
            case .frame(let frame, let port): transmit(frame, to: port)
            case .notification(let notification):
                network.after(network.random.span(upTo: .microseconds(200))) { [self] in function.told(notification) }
            }
        }
        guard let deadline = core.nextDeadline, deadline < wakeup ?? Instant(nanoseconds: .max) else { return }
        wakeup = deadline
        network.at(deadline) { [self] in
            wakeup = nil
            core.advance(to: network.clock.now)
            drain()
        }
    }

    private func transmit(_ frame: [UInt8], to port: Port) {
        switch port {
        case .network(let pair): network.fromAgent(frame, vnf: function.id, pair: pair)
        case .function(let pair): function.receive(frame, pair: pair)
        }
    }
}

/// Collects what a core puts out, in order.
private struct Output: CoreOutput {
    enum Item {
        case frame([UInt8], Port)
        case notification(Notification)
    }

    var items: [Item] = []

    mutating func send(_ frame: RawSpan, to port: Port) { items.append(.frame([UInt8](copying: frame), port)) }
    mutating func tell(_ notification: Notification) { items.append(.notification(notification)) }
}

extension Port {
    var paired: Port {
        switch self {
        case .network(let pair): .function(pair)
        case .function(let pair): .network(pair)
        }
    }
}
