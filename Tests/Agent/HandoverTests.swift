import ControlChannel
import ControlFrames
import Frames
import SystemTestSupport
import Testing

@Suite(.enabled(if: PrivateNetwork.obstacle == nil, "needs root, for a network namespace"))
struct HandoverTests {
    private static let function = MACAddress(bits: 0x0200_0000_0101)
    private static let controller = MACAddress(bits: 0x0200_0000_00CC)
    private static let handover = HandoverID(rawValue: 7)
    private static let (host1, host2) = (IPv4Address(bits: 0x0A00_0001), IPv4Address(bits: 0x0A00_0002))
    private static let flow = FlowKey(network: .ipv4(source: host1, destination: host2, .udp(source: 5_000, destination: 7)))

    /// What a destination's surroundings saw.
    struct Seen {
        var toFunction: [AgentMessage?] = []
        var toController: [ControlMessage?] = []
        var passedWhileHeld: [[UInt8]] = []
        var released: [[UInt8]] = []
        var passedAfter: [[UInt8]] = []
    }

    @Test func aDestinationHoldsAFlowTellsItsFunctionAndReleasesInOrder() async throws {
        let seen = try await PrivateNetwork.run { net in
            try net.makeLink("a0", "a1")
            try net.makeLink("b0", "b1")
            try net.ip("link", "set", "a1", "address", Self.function.description)
            let path = temporarySocketPath()
            let agent = try RunningAgent("packet:a1,packet:b1", controlChannel: path)
            defer { agent.stop() }
            let bench = try Bench(path: path)
            return bench.moveFlowHere()
        }
        #expect(
            seen.toFunction == [
                .start(
                    handover: 7, role: .destination, subject: .flow(Self.flow), isBidirectional: false,
                    peer: .init(vnf: 2, address: "10.9.0.2:7000")),
                .transfer(handover: 7, subject: .flow(Self.flow), peer: .init(vnf: 2, address: "10.9.0.2:7000")),
                .end(handover: 7, outcome: "completed"),
            ])
        #expect(seen.toController.contains(.startAck(received: 0)))
        #expect(seen.toController.contains(.transferAck))
        #expect(seen.toController.contains(.releaseFinishedAck))
        #expect(seen.passedWhileHeld == [TestFrames.plain(1, length: 60)])
        #expect(seen.released == [0, 1, 2, 3].map(Self.packet))
        #expect(seen.passedAfter == [Self.packet(4)])
    }

    /// Controller, network function and host of one agent.
    private final class Bench {
        private let network: HostPort
        private let host: HostPort
        private let channel: UNIXClient
        private var seen = Seen()

        init(path: String) throws {
            network = try HostPort("packet:a0")
            host = try HostPort("packet:b0")
            guard let channel = UNIXClient(path) else { throw PrivateNetwork.CommandFailed(description: "no control channel") }
            self.channel = channel
            // The answer to nonsense shows that the agent knows of its function.
            channel.send(Array("nonsense\n".utf8))
            _ = channel.line()
        }

        func moveFlowHere() -> Seen {
            say(.startDestination(Start(from: 2, to: 1, flow: HandoverTests.flow, directions: 1, peerAddress: "10.9.0.2:7000")))
            hear()
            channel.send(FunctionMessage.ready(handover: 7).encoded())
            awaitReply(.startAck(received: 0))
            network.send([HandoverTests.packet(2), TestFrames.plain(1, length: 60), HandoverTests.packet(3)])
            seen.passedWhileHeld = arriving(1)
            for number in 0..<2 { say(.transport(WrappedFrame(sequence: UInt32(number), bytes: HandoverTests.packet(number)))) }
            say(.transfer(Peer(vnf: 2, address: "10.9.0.2:7000")))
            hear()
            say(.releaseFinished(count: 2))
            awaitReply(.releaseFinishedAck)
            channel.send(FunctionMessage.stateReady(handover: 7).encoded())
            seen.released = arriving(4)
            say(.handoverFinishedAck())
            hear()
            network.send([HandoverTests.packet(4)])
            seen.passedAfter = arriving(1)
            return seen
        }

        private func say(_ message: ControlMessage) {
            let frame = ControlFrame(
                source: HandoverTests.controller, destination: HandoverTests.function, handover: HandoverTests.handover, message: message)
            network.send([frame.encoded()])
        }

        /// Takes the next message to the function.
        private func hear() {
            seen.toFunction.append(try? AgentMessage(line: channel.line()))
        }

        private func awaitReply(_ message: ControlMessage) {
            _ = waitUntil {
                for bytes in network.receive() { seen.toController.append(try? ControlFrame(decoding: bytes.span.bytes).message) }
                return seen.toController.contains(message)
            }
        }

        /// The next frames for the function's host; as many as are expected, or more.
        private func arriving(_ count: Int) -> [[UInt8]] {
            var frames: [[UInt8]] = []
            _ = waitUntil {
                frames += host.receive()
                return frames.count >= count
            }
            return frames
        }
    }

    /// A packet of the flow, with a number in its payload.
    private static func packet(_ number: Int) -> [UInt8] {
        let ethernet: [UInt8] = [2, 0, 0, 0, 0, 0xBB, 2, 0, 0, 0, 0, 0xAA, 0x08, 0x00]
        let ip: [UInt8] = [0x45, 0, 0, 46, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]
        let udp: [UInt8] = [0x13, 0x88, 0, 7, 0, 26, 0, 0]
        return ethernet + ip + udp + Array(repeating: UInt8(number), count: 18)
    }
}
