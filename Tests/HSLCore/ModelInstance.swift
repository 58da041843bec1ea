import ControlFrames
import HSLCore
import Timing

/// A VNF behind a core, in the model: its state is the list of numbers it has processed, per direction.
final class ModelInstance {
    private let network: ModelNetwork
    private var core: ForwardingCore
    private let vnf: UInt16
    private let toSwitch: ModelNetwork.Link
    /// Whether a VNF is on the control channel; without one the agent answers for it, and no state moves.
    let hasFunction: Bool
    var state: [[Int]] = [[], []]
    private(set) var ended: [Outcome] = []
    private(set) var frozen = false
    private(set) var wasToldOfStart = false
    private var deadline: Instant?
    /// Called for every number that is processed, with its direction.
    var processed: (Int, Int) -> Void = { _, _ in }
    /// Called for every control frame sent.
    var toController: ([UInt8], Int) -> Void = { _, _ in }
    /// The state as the other instance has it, when this one fetches it.
    var fetch: () -> [[Int]] = { [[], []] }

    init(_ network: ModelNetwork, vnf: UInt16, toSwitch: ModelNetwork.Link, hasFunction: Bool, key: ControlKey?) {
        self.network = network
        self.vnf = vnf
        self.toSwitch = toSwitch
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

    private func process(_ frame: [UInt8], _ port: Int) {
        let number = Data.number(frame)
        state[port].append(number)
        processed(number, port)
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
            case .network(let index): toController(frame, index)
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
            wasToldOfStart = true
            network.after(network.uniform() * 0.5) { [self] in
                if role == .source { frozen = true }
                say(.ready(handover))
            }
        case .transfer(let handover, _, _):
            let longest: [Double] = [0, 1, 10]
            let duration = longest.randomElement(using: &network.random) ?? 0
            network.after(duration * network.uniform()) { [self] in
                state = fetch()
                say(.stateReady(handover))
            }
        case .end(_, let outcome):
            ended.append(outcome)
        case .refused, .mirrored:
            break
        }
    }

    private func say(_ event: FunctionEvent) {
        core.handle(event, at: network.instant)
        settle()
    }
}
