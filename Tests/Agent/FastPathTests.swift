import Agent
import ControlFrames
import Frames
import Shims
import SystemTestSupport
import Testing

@Suite(.enabled(if: PrivateNetwork.obstacle == nil, "needs root, for a network namespace"))
struct FastPathTests {
    private static let function = MACAddress(bits: 0x0200_0000_0101)
    private static let controller = MACAddress(bits: 0x0200_0000_00CC)
    private static let (host1, host2) = (IPv4Address(bits: 0x0A00_0001), IPv4Address(bits: 0x0A00_0002))
    private static let flow = FlowKey(network: .ipv4(source: host1, destination: host2, .udp(source: 5_000, destination: 7)))

    /// An agent between two links, with hosts at their far ends.
    private static func inPrivate<Result: Sendable>(
        _ mode: AgentConfiguration.FastPathMode = .on, _ body: @escaping @Sendable (RunningAgent, HostPort, HostPort) throws -> Result
    ) async throws -> Result {
        try await PrivateNetwork.run { net in
            try net.makeLink("a0", "a1")
            try net.makeLink("b0", "b1")
            try net.ip("link", "set", "a1", "address", Self.function.description)
            let agent = try RunningAgent("packet:a1,packet:b1", fastPath: mode)
            defer { agent.stop() }
            return try body(agent, try HostPort("packet:a0"), try HostPort("packet:b0"))
        }
    }

    @Test func framesGoPastTheAgentUnchangedAndInOrderBothWays() async throws {
        let frames = TestFrames.mixed(4_000)
        let (there, back, bypassed, received) = try await Self.inPrivate { agent, left, right in
            // What comes before the first look of the agent's goes through it.
            let isOn = waitUntil {
                _ = left.exchange([TestFrames.plain(0, length: 60)], with: right)
                return agent.bypassed > 0
            }
            try #require(isOn)
            let (there, back) = (left.exchange(frames, with: right), right.exchange(frames, with: left))
            _ = waitUntil { agent.bypassed >= 2 * frames.count }
            return (there, back, agent.bypassed, agent.received)
        }
        #expect(there == frames)
        #expect(back == frames)
        // A frame with three tags or more, or that came while one was under way, is looked at by the agent.
        #expect(bypassed >= 2 * frames.count)
        #expect(received < frames.count)
    }

    @Test func withoutAFastPathEveryFrameGoesThroughTheAgent() async throws {
        let bypassed = try await Self.inPrivate(.off) { agent, left, right in
            _ = left.exchange(TestFrames.mixed(500), with: right)
            _ = waitUntil { agent.received >= 500 }
            return agent.bypassed
        }
        #expect(bypassed == 0)
    }

    @Test func armingAndReleasingUnderTrafficLosesDoublesAndReordersNothing() async throws {
        let rounds = 40
        let (arrived, sent, bypassed) = try await Self.inPrivate { agent, left, right in
            var (arrived, next): ([Int], Int) = ([], 0)
            func take() { arrived += right.receive().map(Self.number) }
            func send(_ count: Int) {
                left.send((next..<next + count).map(Self.packet))
                next += count
            }
            func awaitAll() {
                _ = waitUntil {
                    take(); return arrived.count >= next
                }
            }
            for round in 0..<rounds {
                let handover = HandoverID(rawValue: UInt16(round + 1))
                func say(_ message: ControlMessage) {
                    left.send([
                        ControlFrame(source: Self.controller, destination: Self.function, handover: handover, message: message).encoded()
                    ])
                }
                send(20)
                // What is in line behind START is held, whatever came before.
                say(.startDestination(Start(from: 2, to: 1, flow: Self.flow, directions: 1, peerAddress: "10.9.0.2:7000")))
                send(50)
                say(.releaseFinished(count: 0))
                send(50)
                say(.transfer(Peer(vnf: 2, address: "10.9.0.2:7000")))
                send(50)
                awaitAll()
                say(.handoverFinishedAck())
                let before = agent.bypassed
                // Once the agent has let go of the flow and caught up, frames go past it again.
                _ = waitUntil {
                    send(4)
                    awaitAll()
                    return agent.bypassed > before
                }
                _ = left.receive()
            }
            return (arrived, next, agent.bypassed)
        }
        #expect(arrived == Array(0..<sent))
        #expect(bypassed >= rounds)
    }

    @Test func aControlFrameOfTheFunctionsIsDroppedBehindAnyTags() async throws {
        let tag: [UInt8] = [0x81, 0x00, 0, 1]
        let (arrived, forged) = try await Self.inPrivate { agent, left, right in
            let frame = ControlFrame(source: Self.function, destination: .zero, handover: HandoverID(rawValue: 1), message: .armAck)
                .encoded()
            let isOn = waitUntil {
                _ = right.exchange([TestFrames.plain(0, length: 60)], with: left)
                return agent.bypassed > 0
            }
            try #require(isOn)
            for tags in 0...4 {
                right.send([Array(frame[..<12]) + (0..<tags).flatMap { _ in tag } + Array(frame[12...])])
            }
            let last = right.exchange([TestFrames.plain(9, length: 60)], with: left)
            _ = waitUntil { agent.box.snapshot?.core.forgedByFunction == 5 }
            return (last, agent.box.snapshot?.core.forgedByFunction)
        }
        #expect(arrived == [TestFrames.plain(9, length: 60)])
        #expect(forged == 5)
    }

    @Test func anInterfaceThatComesBackGetsItsFastPathBack() async throws {
        let (wasOn, isMissed, isBack) = try await PrivateNetwork.run { net in
            try net.makeLink("a0", "a1")
            try net.makeLink("b0", "b1")
            let agent = try RunningAgent("packet:a1,packet:b1", fastPath: .on)
            defer { agent.stop() }
            let (left, right) = (try HostPort("packet:a0"), try HostPort("packet:b0"))
            func isBypassed() -> Bool {
                let before = agent.bypassed
                return waitUntil {
                    left.send([TestFrames.plain(0, length: 60)])
                    _ = right.receive()
                    return agent.bypassed > before
                }
            }
            let wasOn = isBypassed()
            try net.ip("link", "set", "b1", "down")
            let isMissed = waitUntil {
                left.send([TestFrames.plain(0, length: 60)])
                return (agent.box.snapshot?.ports[1].shim.interfaceDown ?? 0) > 0
            }
            try net.ip("link", "set", "b1", "up")
            return (wasOn, isMissed, isBypassed())
        }
        #expect(wasOn)
        #expect(isMissed)
        #expect(isBack)
    }

    @Test("Where there can be no fast path, the agent goes on without", arguments: ["packet:a1,tap:b0", "xdp:a1,packet:b1"])
    func goesOnWithout(pair: String) async throws {
        let frames = TestFrames.mixed(300)
        let arrived = try await PrivateNetwork.run { net in
            try net.makeLink("a0", "a1")
            if !pair.hasSuffix("tap:b0") { try net.makeLink("b0", "b1") }
            let agent = try RunningAgent(pair, fastPath: .on)
            defer { agent.stop() }
            return try HostPort("packet:a0").exchange(frames, with: try HostPort("packet:b0"))
        }
        #expect(arrived == frames)
    }

    @Test func anInterfaceHasRoomForOneFastPath() async throws {
        let reason = try await PrivateNetwork.run { net in
            try net.makeLink("a0", "a1")
            try net.makeLink("b0", "b1")
            let (left, right) = (try ShimURL("packet:a1").openForFastPath(), try ShimURL("packet:b1").openForFastPath())
            let first = try FastPath(network: left, function: right)
            defer { withExtendedLifetime(first) {} }
            do throws(ShimError) {
                _ = try FastPath(network: left, function: right)
                return ""
            } catch {
                return error.description
            }
        }
        #expect(reason == "packet:a1: another XDP program is on it; end who put it there, or: ip link set a1 xdp off")
    }

    @Test(arguments: [
        (1_500, 1_400, "packet:b1: its MTU of 1400 is too small for what packet:a1 carries (1500); "),
        (600, 600, "packet:a1: its MTU of 600 is too small for control frames; give it 1280 at the least: "),
    ])
    func mtusThatAreTooSmallAreRefusedInOneLine(_ one: Int, _ other: Int, _ reason: String) async throws {
        let message = try await PrivateNetwork.run { net in
            try net.makeLink("a0", "a1", mtu: one)
            try net.makeLink("b0", "b1", mtu: other)
            do {
                try RunningAgent("packet:a1,packet:b1").stop()
                return ""
            } catch let error as PrivateNetwork.CommandFailed {
                return error.description
            }
        }
        #expect(message.hasPrefix(reason))
        #expect(!message.contains("\n"))
    }

    /// A packet of the flow, with a number in its payload.
    private static func packet(_ number: Int) -> [UInt8] {
        let ethernet: [UInt8] = [2, 0, 0, 0, 0, 0xBB, 2, 0, 0, 0, 0, 0xAA, 0x08, 0x00]
        let ip: [UInt8] = [0x45, 0, 0, 46, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]
        let udp: [UInt8] = [0x13, 0x88, 0, 7, 0, 26, 0, 0]
        return ethernet + ip + udp + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) } + Array(repeating: 0, count: 14)
    }

    private static func number(_ packet: [UInt8]) -> Int {
        packet.count >= 46 ? packet[42..<46].reduce(0) { $0 << 8 | Int($1) } : -1
    }
}

extension RunningAgent {
    /// Frames that went past the agent, until a moment ago.
    fileprivate var bypassed: Int { box.snapshot?.ports.reduce(0) { $0 + $1.shim.bypassed.frames } ?? 0 }

    /// Frames that came to the agent, until a moment ago.
    fileprivate var received: Int { box.snapshot?.ports.reduce(0) { $0 + $1.shim.received.frames } ?? 0 }
}
