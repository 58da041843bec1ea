import ControlFrames
import Frames
import HSLCore
import Timing

/// An HSL agent without its I/O: the forwarding core as shipped.
final class AgentModel {
    /// What a core puts out, in order.
    enum Output {
        case frame([UInt8], Port)
        case notification(HSLCore.Notification)
    }

    private(set) var configuration: HSLCore.Configuration
    private(set) var isAlive = true
    private var core: ForwardingCore
    private var outputs = OutputList()
    /// When the core will next be looked at, if that is planned.
    var wakeup: Instant?
    /// Flows of which it holds a packet and that no handover knows.
    var unknown: Set<Int> = []
    /// The armings that an earlier process had.
    private var armingsLost = 0
    private var revived: Instant?
    /// Draws the numbers of its processes.
    private var numbers: SeededGenerator

    let kind: AgentKind

    /// An agent of an instance, whose function is connected.
    init(vnf: UInt16, _ kind: AgentKind, _ scenario: Scenario) {
        self.kind = kind
        numbers = SeededGenerator(seed: scenario.seed ^ UInt64(vnf) << 32)
        let addresses = [Numbering.address(ofInstance: vnf, .forward), Numbering.address(ofInstance: vnf, .reverse)]
        configuration = HSLCore.Configuration(
            vnf: vnf, pairs: addresses.map { .init(address: $0, mtu: scenario.conditions.maximumFrame - 14) },
            limits: scenario.conditions.limits.agent, capabilities: kind == .able ? .direct : [],
            startedAt: .zero + .seconds(-3_600), process: kind == .old ? nil : ProcessNumber(drawnFrom: &numbers))
        core = ForwardingCore(configuration: configuration)
        core.handle(.connected, at: .zero)
    }

    /// What the core holds and has counted.
    var counters: Counters { core.counters }

    /// Whether the core keeps to its limits.
    var isWithinLimits: Bool {
        let counters = core.counters
        let limit = configuration.limits.total
        let (control, direct, stragglers) = (counters.inControlBuffers, counters.inSwitchBuffers, counters.inStragglers)
        let packets = control.packets + direct.packets + stragglers.packets
        let bytes = control.bytes + direct.bytes + stragglers.bytes
        return (0...limit.packets).contains(packets) && (0...limit.bytes).contains(bytes)
    }

    var hasOutput: Bool { core.hasOutput }
    var nextDeadline: Instant? { core.nextDeadline }

    func receive(_ frame: [UInt8], from port: Port, at now: Instant) -> Verdict {
        core.receive(frame.span.bytes, from: port, at: now)
    }

    func handle(_ event: FunctionEvent, at now: Instant) { core.handle(event, at: now) }

    func advance(to now: Instant) { core.advance(to: now) }

    /// Everything that is to be sent or told, in order.
    func takeOutput() -> [Output] {
        core.drain(into: &outputs)
        defer { outputs.items.removeAll(keepingCapacity: true) }
        return outputs.items
    }

    /// The process ends, and takes with it what it held.
    func die() {
        armingsLost = core.counters.armings
        isAlive = false
    }

    /// Whether it was started anew and has not been told again what to hold.
    func isForgetful(at now: Instant) -> Bool {
        armingsLost > core.counters.armings && revived.map { now - $0 < Self.memoryGap } ?? false
    }

    /// Whether its process began so shortly ago that an answer's way takes longer.
    func hasJustBegun(at now: Instant, wayOfAnswer: TimeSpan) -> Bool { revived.map { now - $0 < wayOfAnswer } ?? false }

    /// ARM is repeated often enough that it is told within this.
    private static let memoryGap = TimeSpan.milliseconds(500)

    /// Says what it can, if it knows how to.
    func announce() {
        if kind != .old { core.announce() }
    }

    /// Another process takes its place.
    func revive(functionIsConnected: Bool, at now: Instant) {
        if configuration.startedAt != nil { configuration.startedAt = now }
        if configuration.process != nil { configuration.process = ProcessNumber(drawnFrom: &numbers) }
        core = ForwardingCore(configuration: configuration)
        if functionIsConnected { core.handle(.connected, at: now) }
        isAlive = true
        unknown = []
        revived = now
        wakeup = nil
    }

    private struct OutputList: CoreOutput {
        var items: [Output] = []

        mutating func send(_ frame: RawSpan, to port: Port) { items.append(.frame([UInt8](copying: frame), port)) }
        mutating func tell(_ notification: HSLCore.Notification) { items.append(.notification(notification)) }
    }
}
