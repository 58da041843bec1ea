import ControlFrames
import Frames
import HSLCore
import Timing

/// A VNF behind a core, in the direct model: its state is the list of numbers it has processed, for each flow and direction.
final class DirectModelInstance {
    private let network: ModelNetwork
    private var core: ForwardingCore
    /// Whether a VNF is on the control channel; without one the agent answers for it, and no state moves.
    let hasFunction: Bool
    var state: [Way: [Int]] = [:]
    private(set) var frozen: Set<HandoverID> = []
    private(set) var ended: [HandoverID: [Outcome]] = [:]
    private var deadline: Instant?
    var processed: (Way, Int) -> Void = { _, _ in }
    /// Called for every frame that is sent to the network.
    var transmit: ([UInt8], Int) -> Void = { _, _ in }
    /// Takes the other instance's state of what a handover moves.
    var fetch: (HandoverID, Start.Subject) -> Void = { _, _ in }

    init(_ network: ModelNetwork, vnf: UInt16, hasFunction: Bool, key: ControlKey?) {
        self.network = network
        self.hasFunction = hasFunction
        let pairs = (0..<2).map { Configuration.Pair(address: CoreHarness.address(vnf, port: $0), mtu: 600) }
        core = ForwardingCore(configuration: Configuration(vnf: vnf, pairs: pairs, limits: .small, key: key))
        if hasFunction { core.handle(.connected, at: .zero) }
    }

    var counters: Counters { core.counters }

    func receive(_ frame: [UInt8], on port: Int) {
        if core.receive(frame.span.bytes, from: .network(port), at: network.instant) == .pass { process(frame, port) }
        settle()
    }

    private func process(_ frame: [UInt8], _ x: Int) {
        let way = Way(flow: Int(frame[34 + 2 * x]) << 8 + Int(frame[35 + 2 * x]) - 5_000, x: x)
        state[way, default: []].append(Data.number(frame))
        processed(way, Data.number(frame))
    }

    private struct Output: CoreOutput {
        var frames: [([UInt8], Port)] = []
        var notifications: [Notification] = []

        mutating func send(_ frame: RawSpan, to port: Port) { frames.append((frame.withUnsafeBytes { [UInt8]($0) }, port)) }
        mutating func tell(_ notification: Notification) { notifications.append(notification) }
    }

    private func settle() {
        var output = Output()
        core.drain(into: &output)
        for (frame, port) in output.frames {
            switch port {
            case .function(let index): process(frame, index)
            case .network(let index): transmit(frame, index)
            }
        }
        for notification in output.notifications { told(notification) }
        if let next = core.nextDeadline, next != deadline {
            deadline = next
            network.after(max(0, Double(next.nanoseconds) / 1e6 - network.now) + 1e-3) { [self] in
                deadline = nil
                core.advance(to: network.instant)
                settle()
            }
        }
    }

    private func told(_ notification: Notification) {
        switch notification {
        case .start(let handover, let role, _, _, _):
            network.after(network.uniform() * 0.5) { [self] in
                if role == .source { frozen.insert(handover) }
                say(.ready(handover))
            }
        case .transfer(let handover, let subject, _):
            let longest: [Double] = [0, 1, 10]
            network.after((longest.randomElement(using: &network.random) ?? 0) * network.uniform()) { [self] in
                fetch(handover, subject)
                say(.stateReady(handover))
            }
        case .end(let handover, let outcome):
            ended[handover, default: []].append(outcome)
        case .refused, .mirrored:
            break
        }
    }

    private func say(_ event: FunctionEvent) {
        core.handle(event, at: network.instant)
        settle()
    }
}
