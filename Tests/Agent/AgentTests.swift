import Agent
import SystemTestSupport
import Testing

@Suite(.enabled(if: PrivateNetwork.obstacle == nil, "needs root, for a network namespace"))
struct AgentTests {
    @Test("Frames pass through the agent unchanged and in order, both ways", arguments: ["packet:a1", "pcap:a1"], ["packet:b1", "tap:b0"])
    func forwards(network: String, function: String) async throws {
        let frames = TestFrames.mixed(4_000)
        let arrived = try await PrivateNetwork.run { net in
            try net.makeLink("a0", "a1")
            if function == "packet:b1" { try net.makeLink("b0", "b1") }
            let agent = try RunningAgent("\(network),\(function)")
            defer { agent.stop() }
            let (left, right) = (try HostPort("packet:a0"), try HostPort("packet:b0"))
            return [left.exchange(frames, with: right), right.exchange(frames, with: left)]
        }
        #expect(arrived[0] == frames)
        #expect(arrived[1] == frames)
    }

    @Test func aForwardedFrameAllocatesNothing() async throws {
        let count = 50_000
        let (allocations, forwarded) = try await PrivateNetwork.run { net in
            try net.makeLink("a0", "a1")
            try net.makeLink("b0", "b1")
            let agent = try RunningAgent("packet:a1,packet:b1")
            let (left, right) = (try HostPort("packet:a0"), try HostPort("packet:b0"))
            let forwarded = left.exchange((0..<count).map { TestFrames.plain($0, length: 60) }, with: right).count
            return (agent.stop(), forwarded)
        }
        #expect(forwarded == count)
        // What is allocated goes with time (a snapshot five times a second), not with frames.
        #expect(allocations < count / 50)
    }

    @Test func anInterfaceThatGoesDownIsWaitedFor() async throws {
        let isBack = try await PrivateNetwork.run { net in
            try net.makeLink("a0", "a1")
            try net.makeLink("b0", "b1")
            let agent = try RunningAgent("packet:a1,packet:b1")
            defer { agent.stop() }
            let (left, right) = (try HostPort("packet:a0"), try HostPort("packet:b0"))
            try net.ip("link", "set", "b1", "down")
            let isMissed = waitUntil {
                left.send([TestFrames.plain(0, length: 60)])
                return (agent.box.snapshot?.ports[1].shim.interfaceDown ?? 0) > 0
            }
            try net.ip("link", "set", "b1", "up")
            return isMissed
                && waitUntil {
                    left.send([TestFrames.plain(1, length: 60)])
                    return right.receive().contains(TestFrames.plain(1, length: 60))
                }
        }
        #expect(isBack)
    }
}
