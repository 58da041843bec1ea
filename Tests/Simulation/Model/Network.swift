import ControlFrames
import Frames
import HSLCore
import HandoverEngine
import OpenFlow
import Timing

/// Figure 1 of the paper in virtual time: two hosts, two switches, two instances between them, and the controller.
///
/// Links keep their order and give every frame a random delay; data is never lost on them, control frames are with the scenario's
/// probability. Engine and cores are those that ship.
final class Network {
    let scenario: Scenario
    var clock = VirtualClock()
    var random: SeededGenerator
    private(set) var engine: Engine
    private(set) var agents: [UInt16: AgentModel] = [:]
    private(set) var switches: [DatapathID: SwitchModel] = [:]
    private(set) var sent: [FlowKey: [Direction: UInt32]] = [:]
    private(set) var received: [FlowKey: [Direction: [UInt32]]] = [:]
    private(set) var violations: [String] = []
    private var free: [String: Instant] = [:]
    private var wakeup: Instant?

    static let ingress = DatapathID(1)
    static let egress = DatapathID(2)
    private static let hostPort: UInt32 = 1

    init(_ scenario: Scenario) {
        self.scenario = scenario
        random = SeededGenerator(seed: scenario.seed ^ 0x5EED)
        var configuration = HandoverEngine.Configuration()
        configuration.silenceGuard = .milliseconds(200)
        configuration.retry = Backoff.Schedule(first: .milliseconds(8), longest: .milliseconds(50), limit: .seconds(60))
        configuration.maximumFrame = scenario.maximumFrame
        engine = Engine(configuration: configuration)
        for datapath in [Self.ingress, Self.egress] {
            switches[datapath] = SwitchModel(datapath, lag: scenario.lag, in: self)
        }
        for vnf in [UInt16(1), 2] {
            let addresses = [Self.address(vnf, 0), Self.address(vnf, 1)]
            agents[vnf] = AgentModel(vnf: vnf, addresses: addresses, function: FunctionModel(vnf, in: self), in: self)
        }
        register()
    }

    private static func address(_ vnf: UInt16, _ pair: Int) -> MACAddress {
        MACAddress(bits: 0x02_00_00_00_00_00 | UInt64(vnf) << 8 | UInt64(pair + 1))
    }

    private static func port(_ vnf: UInt16) -> UInt32 { UInt32(vnf) + 1 }

    private func register() {
        let now = clock.now
        do {
            try engine.put(Switch(id: "s1", datapath: Self.ingress), at: now)
            try engine.put(Switch(id: "s2", datapath: Self.egress), at: now)
            let side = { (id: String) in Side(switchID: id, hostPorts: [.number(Self.hostPort)]) }
            try engine.put(Group(id: "g", ingress: side("s1"), egress: side("s2")), at: now)
            for vnf in [UInt16(1), 2] {
                let attachment = { (pair: Int) in Attachment(port: .number(Self.port(vnf)), address: Self.address(vnf, pair)) }
                try engine.put(VNF(id: VNFID(vnf), group: "g", ingress: attachment(0), egress: attachment(1)), at: now)
            }
        } catch {
            violations.append("registration refused: \(error)")
        }
        for datapath in [Self.ingress, Self.egress] { engine.connected(datapath, ports: [], at: now) }
        pump()
    }

    // MARK: Time

    func at(_ instant: Instant, _ happening: @escaping () -> Void) { clock.at(instant, happening) }

    func after(_ span: TimeSpan, _ happening: @escaping () -> Void) { clock.at(clock.now + span, happening) }

    /// Lets something arrive over a link, behind everything that was put on it before.
    private func over(_ link: String, upTo usual: TimeSpan, _ arrival: @escaping () -> Void) {
        let delay = random.span(upTo: usual * random.pick([1, 1, 1, 20]))
        let instant = max(free[link] ?? .zero, clock.now + delay)
        free[link] = instant
        clock.at(instant, arrival)
    }

    // MARK: Controller

    /// Lets the engine do something and does what follows.
    func ask(_ body: (inout Engine) -> Void) {
        body(&engine)
        pump()
    }

    func toController(_ message: Message, from origin: SwitchModel) {
        let datapath = origin.datapath
        over("\(datapath) up", upTo: .microseconds(200)) { [self] in
            ask { $0.handle(message, from: datapath, at: clock.now) }
        }
    }

    private func pump() {
        for case .message(let datapath, let message) in engine.takeOutput() {
            over("\(datapath) down", upTo: .microseconds(200)) { [self] in switches[datapath]?.handle(message) }
        }
        guard let deadline = engine.nextDeadline, deadline < wakeup ?? Instant(nanoseconds: .max) else { return }
        wakeup = deadline
        clock.at(deadline) { [self] in
            wakeup = nil
            ask { $0.advance(to: clock.now) }
        }
    }

    // MARK: Data plane

    /// A host sends the next packet of a conversation.
    func hostSends(_ flow: FlowKey, _ direction: Direction) {
        let sequence = sent[flow, default: [:]][direction, default: 0]
        sent[flow, default: [:]][direction] = sequence + 1
        let key = direction == .forward ? flow : flow.mirrored
        let frame = TestFrame.make(key, sequence: sequence, length: scenario.frameLength)
        let datapath = direction == .forward ? Self.ingress : Self.egress
        over("host \(direction)", upTo: .microseconds(20)) { [self] in switches[datapath]?.receive(frame, from: Self.hostPort) }
    }

    /// A switch sends a frame out of a port.
    func transmit(_ frame: [UInt8], from origin: SwitchModel, port: UInt32) {
        let pair = origin.datapath == Self.ingress ? 0 : 1
        if port == Self.hostPort { return arrived(frame, at: pair) }
        let vnf = UInt16(port - 1)
        if isLost(frame) { return }
        over("switch \(pair) to \(vnf)", upTo: .microseconds(20)) { [self] in agents[vnf]?.fromNetwork(frame, pair: pair) }
    }

    /// An agent sends a frame to the switch at one of its interfaces.
    func fromAgent(_ frame: [UInt8], vnf: UInt16, pair: Int) {
        let datapath = pair == 0 ? Self.ingress : Self.egress
        if isLost(frame) { return }
        over("\(vnf) to switch \(pair)", upTo: .microseconds(20)) { [self] in switches[datapath]?.receive(frame, from: Self.port(vnf)) }
    }

    private func isLost(_ frame: [UInt8]) -> Bool {
        frame.count > 14 && frame[12] == 0x82 && frame[13] == 0x1C && random.chance(scenario.controlLoss)
    }

    private func arrived(_ frame: [UInt8], at pair: Int) {
        guard let headers = try? PacketHeaders(frame.span.bytes), let sequence = TestFrame.sequence(of: frame) else {
            return violations.append("a host got a frame that no host sent")
        }
        let direction: Direction = pair == 1 ? .forward : .reverse
        received[direction == .forward ? headers.flow : headers.flow.mirrored, default: [:]][direction, default: []].append(sequence)
    }

    /// A frame is gone.
    func lost(_: [UInt8], _ reason: String) { violations.append(reason) }
}
