import ControlFrames
import Foundation
import Frames
import HSLCore

/// The agent as the destination of handovers: what armed flows cost those that are not, what held packets take, and how fast they go.
struct HandoverBench {
    private static let controller = MACAddress(bits: 0x0200_0000_00CC)
    /// Room for every packet that is held here.
    private static let limits = Limits(
        handover: Amount(packets: 200_000, bytes: 400 << 20), total: Amount(packets: 200_000, bytes: 400 << 20))
    /// How many control frames are under way at a time.
    private static let window = 64

    private let thread: ForwarderThread
    private let network: InterfacePort
    private let function: InterfacePort
    private let address: MACAddress
    private let flows: Int

    /// An agent with so many flows armed, each by a handover of its own.
    init(flows: Int) throws {
        self.flows = flows
        thread = try ForwarderThread(.agent, PortPair("packet", "a1", "packet", "b1"), limits: Self.limits)
        network = try InterfacePort("a0", sending: BenchFrames.batch(32, length: 64))
        function = try InterfacePort("b0", sending: BenchFrames.batch(32, length: 64, reversed: true))
        address = try InterfacePort("a1").shim.address
        try converse {
            .startDestination(Start(from: 2, to: 1, flow: BenchFrames.flow($0), directions: 1, peerAddress: "10.9.0.2:7000"))
        } until: {
            if case .startAck = $0 { true } else { false }
        }
    }

    /// Ends the agent.
    func stop() { thread.stop() }

    /// Packets per processor second of a flow that is not armed.
    func capacity(seconds: Double) -> Double {
        let start = thread.processorTime
        let outcome = Load.run(network, function, seconds: seconds)
        return Double(outcome.frames) / (thread.processorTime - start)
    }

    /// Has packets of the armed flows, in turn, held; returns when all are.
    func hold(_ packets: Int, length: Int) throws {
        let frames = (0..<max(flows, 64)).map { BenchFrames.frame($0 % flows, length: length) }
        var sent = 0
        while sent < packets {
            let start = sent % frames.count
            let end = min(start + 64, frames.count, start + packets - sent)
            network.send(frames[start..<end])
            sent += end - start
            if sent % 1_024 < 64 { try passMarker() }
        }
        try passMarker()
    }

    /// Forwards so many packets that nobody holds; returns how long that took, in seconds.
    func forward(_ packets: Int) throws -> Double {
        let start = Load.clock()
        var (sent, arrived) = (0, 0)
        while arrived < packets {
            if sent < packets, sent - arrived < 1_024 { sent += network.send() }
            arrived += function.receive()
            guard Load.clock() - start < 10 else { throw BenchFailure("packets that pass were lost") }
        }
        return Load.clock() - start
    }

    /// Puts every flow's state in place; returns how long it took until the last held packet was released, in seconds.
    ///
    /// There is no function on the control channel, so that the agent takes the state for ready as soon as it is told to fetch it.
    func release(_ packets: Int) throws -> Double {
        try converse { _ in
            .releaseFinished(count: 0)
        } until: {
            $0 == .releaseFinishedAck
        }
        let start = Load.clock()
        let transfers = (0..<flows).map { encoded(.transfer(Peer(vnf: 2, address: "10.9.0.2:7000")), $0) }
        var unanswered = Set(0..<flows)
        var (released, told, lastAnswer) = (0, 0, start)
        while released < packets {
            if told < flows, told - (flows - unanswered.count) < 8 * Self.window {
                let end = min(told + Self.window, flows)
                network.send(transfers[told..<end])
                told = end
            }
            released += function.receive()
            let before = unanswered.count
            noteAnswers(&unanswered)
            let now = Load.clock()
            if unanswered.count < before { lastAnswer = now }
            if now - lastAnswer > 0.2, !unanswered.isEmpty {
                network.send(unanswered.prefix(Self.window).map { transfers[$0] })
                lastAnswer = now
            }
            guard now - start < 20 else { throw BenchFailure("only \(released) of \(packets) held packets were released") }
        }
        return Load.clock() - start
    }

    /// Does what the controller does: takes TRANSFER's acknowledgements, and acknowledges that handovers are over.
    private func noteAnswers(_ unanswered: inout Set<Int>) {
        var (ended, transferred): ([Int], [Int]) = ([], [])
        _ = network.receive { frame in
            guard let said = try? ControlFrame(decoding: frame.bytes) else { return }
            let flow = Int(said.handover.rawValue) - 1
            switch said.message {
            case .transferAck: transferred.append(flow)
            case .handoverFinished: ended.append(flow)
            default: break
            }
        }
        unanswered.subtract(transferred)
        if !ended.isEmpty { network.send(ended.map { encoded(.handoverFinishedAck(), $0) }) }
    }

    /// Says something to every handover, and waits for its answer; what was lost is said again.
    private func converse(_ message: (Int) -> ControlMessage, until isAnswer: (ControlMessage) -> Bool) throws {
        var open = Set(0..<flows)
        let deadline = Load.clock() + 30
        while !open.isEmpty {
            guard Load.clock() < deadline else { throw BenchFailure("\(open.count) of \(flows) handovers did not answer") }
            for start in stride(from: 0, to: open.count, by: Self.window) {
                let group = Array(open.dropFirst(start).prefix(Self.window))
                network.send(group.map { encoded(message($0), $0) })
            }
            let patience = Load.clock() + 0.2
            while !open.isEmpty, Load.clock() < patience {
                _ = network.receive { frame in
                    guard let answer = try? ControlFrame(decoding: frame.bytes), isAnswer(answer.message) else { return }
                    open.remove(Int(answer.handover.rawValue) - 1)
                }
            }
        }
    }

    /// A frame of no armed flow goes behind all others and comes out when the agent has taken them.
    private func passMarker() throws {
        let count = network.send()
        var arrived = 0
        let deadline = Load.clock() + 5
        while arrived < count {
            arrived += function.receive()
            guard Load.clock() < deadline else { throw BenchFailure("a frame that passes was lost") }
        }
    }

    private func encoded(_ message: ControlMessage, _ flow: Int) -> [UInt8] {
        ControlFrame(source: Self.controller, destination: address, handover: HandoverID(rawValue: UInt16(flow + 1)), message: message)
            .encoded()
    }
}

extension Figures.Memory {
    /// Has the agent hold packets and looks how much the process grows.
    init(frameBytes: Int, packets: Int) throws {
        let bench = try HandoverBench(flows: 1)
        defer { bench.stop() }
        // Whatever grows with the first packets only has grown then.
        try bench.hold(1_000, length: frameBytes)
        let before = residentBytes()
        try bench.hold(packets, length: frameBytes)
        let overhead = Double(residentBytes() - before) / Double(packets) - Double(frameBytes)
        self.init(frameBytes: frameBytes, packets: packets, overheadBytes: overhead)
    }
}

extension Figures.Armed {
    /// Measures an agent with so many flows armed.
    init(flows: Int, packets: Int, seconds: Double) throws {
        let bench = try HandoverBench(flows: flows)
        defer { bench.stop() }
        let capacity = bench.capacity(seconds: seconds)
        let forward = try bench.forward(packets) * 1e6 / Double(packets)
        var release = 0.0
        if flows > 0 {
            try bench.hold(packets, length: 64)
            release = try bench.release(packets) * 1e6 / Double(packets)
        }
        self.init(
            flows: flows, packetsPerCPUSecond: capacity, packetsHeld: flows > 0 ? packets : 0, releaseMilliseconds: release,
            forwardMilliseconds: forward)
    }
}

/// How much memory of this process is there (/proc/self/statm).
private func residentBytes() -> Int {
    let fields = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ") ?? []
    return fields.count > 1 ? (Int(fields[1]) ?? 0) * Int(getpagesize()) : 0
}
