import ControlFrames
import Frames
import HSLCore
import Timing

/// A core with a short way to say and hear things.
final class CoreHarness {
    /// What a core said.
    enum Said: Equatable {
        case control(ControlMessage, HandoverID, port: Int)
        case peer(ControlMessage, HandoverID, port: Int)
        case network([UInt8], port: Int)
        case function([UInt8], port: Int)
        case told(Notification)
    }

    private struct Recorder: CoreOutput {
        var said: [Said] = []

        mutating func send(_ frame: RawSpan, to port: Port) {
            let bytes = frame.withUnsafeBytes { [UInt8]($0) }
            switch port {
            case .function(let index):
                said.append(.function(bytes, port: index))
            case .network(let index):
                if let control = try? ControlFrame(decoding: frame), control.destination == .zero {
                    said.append(.control(control.message, control.handover, port: index))
                } else if let control = try? ControlFrame(decoding: frame), control.destination == Data.peer(index) {
                    said.append(.peer(control.message, control.handover, port: index))
                } else {
                    said.append(.network(bytes, port: index))
                }
            }
        }

        mutating func tell(_ notification: Notification) {
            said.append(.told(notification))
        }
    }

    private struct RawRecorder: CoreOutput {
        var frames: [[UInt8]] = []

        mutating func send(_ frame: RawSpan, to port: Port) {
            if case .network = port { frames.append(frame.withUnsafeBytes { [UInt8]($0) }) }
        }
        mutating func tell(_ notification: Notification) {}
    }

    var core: ForwardingCore
    var now = Instant.zero

    init(
        vnf: UInt16, mtu: Int = 1_500, limits: Limits = .small, functionConnected: Bool = false, key: ControlKey? = nil,
        firstCounter: UInt64 = 0, capabilities: Capabilities = .direct, startedAt: Instant? = nil,
        process: ProcessNumber? = nil
    ) {
        let pairs = (0..<2).map { Configuration.Pair(address: Self.address(vnf, port: $0), mtu: mtu) }
        core = ForwardingCore(
            configuration: Configuration(
                vnf: vnf, pairs: pairs, limits: limits, capabilities: capabilities, key: key, firstCounter: firstCounter,
                startedAt: startedAt, process: process))
        if functionConnected { core.handle(.connected, at: now) }
    }

    static func address(_ vnf: UInt16, port: Int) -> MACAddress {
        MACAddress(bits: 0x0200_0000_0000 | UInt64(vnf) << 8 | UInt64(port))
    }

    var counters: Counters { core.counters }
    var nextDeadline: Instant? { core.nextDeadline }
    var hasOutput: Bool { core.hasOutput }
    /// What the core has put in order for the function, on any port.
    static func functionFrames(_ said: [Said]) -> [Int] {
        said.compactMap { if case .function(let bytes, _) = $0 { Data.number(bytes) } else { nil } }
    }

    /// Gives the core a frame, without draining.
    func receive(_ frame: [UInt8], from port: Port) -> Verdict {
        core.receive(frame.span.bytes, from: port, at: now)
    }

    /// Gives the core a control frame, by default from the controller, and returns everything it says then.
    @discardableResult
    func control(
        _ message: ControlMessage, _ handover: HandoverID, vnf: UInt16, port: Int = 0, from source: MACAddress = .zero
    ) -> [Said] {
        let frame = ControlFrame(
            source: source, destination: Self.address(vnf, port: port), handover: handover, message: message)
        _ = receive(frame.encoded(), from: .network(port))
        return drain()
    }

    func function(_ event: FunctionEvent) -> [Said] {
        core.handle(event, at: now)
        return drain()
    }

    func advance(by span: TimeSpan) -> [Said] {
        now = now + span
        core.advance(to: now)
        return drain()
    }

    /// What the core says to the network, as bytes.
    func drainBytes() -> [[UInt8]] {
        var recorder = RawRecorder()
        core.drain(into: &recorder)
        return recorder.frames
    }

    func drain() -> [Said] {
        var recorder = Recorder()
        core.drain(into: &recorder)
        return recorder.said
    }
}

extension Limits {
    static let small = Limits(
        handover: Amount(packets: 4_096, bytes: 1 << 21), total: Amount(packets: 4_096, bytes: 1 << 21), handovers: 8)
}

extension HandoverID: ExpressibleByIntegerLiteral {
    /// The handover of a number written in a test.
    public init(integerLiteral value: UInt16) { self.init(rawValue: value) }
}

extension FlowKey {
    /// One of many flows.
    static func numbered(_ port: UInt16) -> FlowKey {
        FlowKey(network: .ipv4(source: IPv4Address(bits: 1), destination: IPv4Address(bits: 2), .udp(source: port, destination: 7)))
    }
}

/// A seeded source of random bits (SplitMix64), so that every run tests the same.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

enum Data {
    /// What a source with two interfaces says when its function has frozen.
    static func frozen(_ handover: HandoverID) -> [CoreHarness.Said] {
        [.control(.startAck(received: nil), handover, port: 0), .control(.startAck(received: nil), handover, port: 1)]
    }

    /// The flow as it arrives on interface 0, and its mirror as it arrives on interface 1.
    static let flows: [FlowKey] = {
        let hosts = (IPv4Address(bits: 0x0A00_0001), IPv4Address(bits: 0x0A00_0002))
        let forward = FlowKey(network: .ipv4(source: hosts.0, destination: hosts.1, .udp(source: 5000, destination: 7)))
        return [forward, forward.mirrored]
    }()

    /// A UDP frame of a direction's flow that carries a number.
    static func frame(_ number: Int, port: Int = 0, size: Int = 60) -> [UInt8] {
        let hosts: [[UInt8]] = [[10, 0, 0, 1], [10, 0, 0, 2]]
        let ports: [[UInt8]] = [[0x13, 0x88], [0, 7]]
        var bytes: [UInt8] = [2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0, 0x45, 0, 0, 0, 0, 0, 0, 0, 64, 17, 0, 0]
        bytes += hosts[port] + hosts[1 - port] + ports[port] + ports[1 - port] + [0, 0, 0, 0]
        bytes += [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
        for index in bytes.count..<max(size, bytes.count) { bytes.append(UInt8(truncatingIfNeeded: index &* 31 &+ number)) }
        return bytes
    }

    /// The number that a frame of ``frame(_:port:size:)`` carries.
    static func number(_ frame: [UInt8]) -> Int {
        frame[42..<46].reduce(0) { $0 << 8 | Int($1) }
    }

    static func start(directions: UInt32 = 1, port: Int = 0) -> Start {
        Start(from: 1, to: 2, flow: flows[port], directions: directions, peerAddress: "peer")
    }

    static func transport(_ number: Int, as sequence: UInt32) -> ControlMessage {
        .transport(WrappedFrame(sequence: sequence, bytes: frame(number)))
    }

    // MARK: Direct mode

    /// The report of a flow, with its first packet.
    static func seen(_ flow: Int, _ number: Int = 0, port: Int = 0) -> Seen {
        Seen(flow: Data.flow(flow, port: port), sample: frame(number, of: flow, port: port))
    }

    /// The other instance's interface on a side.
    static func peer(_ port: Int) -> MACAddress { MACAddress(bits: 0x0200_0000_EE00 | UInt64(port)) }

    /// One of several flows, as it arrives on an interface; the first is ``flows``.
    static func flow(_ index: Int, port: Int = 0) -> FlowKey {
        let network = FlowKey.Network.ipv4(
            source: IPv4Address(bits: 0x0A00_0001), destination: IPv4Address(bits: 0x0A00_0002),
            .udp(source: UInt16(5_000 + index), destination: 7))
        let forward = FlowKey(network: network)
        return port == 0 ? forward : forward.mirrored
    }

    /// A frame of one of several flows that carries a number.
    static func frame(_ number: Int, of index: Int, port: Int = 0, size: Int = 60) -> [UInt8] {
        var bytes = frame(number, port: port, size: size)
        let source = 5_000 + index
        bytes[34 + 2 * port] = UInt8(source >> 8)
        bytes[35 + 2 * port] = UInt8(source & 0xFF)
        return bytes
    }

    /// The match of all these flows on an interface.
    static func match(port: Int = 0) -> FlowMatch {
        var fields = FlowMatch.Fields()
        if port == 0 { fields.udpDestination = 7 } else { fields.udpSource = 7 }
        return (try? FlowMatch(fields)) ?? .any
    }

    static func groupStart(from: UInt16 = 1, to: UInt16 = 2, directions: UInt32 = 1, port: Int = 0, isStraight: Bool = false) -> Start {
        Start(
            from: from, to: to, subject: .match(match(port: port)), directions: directions, straightTo: isStraight ? peer(port) : nil)
    }

    static func straggler(_ number: Int, of index: Int = 0, as sequence: UInt32) -> ControlMessage {
        .straggler(WrappedFrame(sequence: sequence, bytes: frame(number, of: index)))
    }
}
