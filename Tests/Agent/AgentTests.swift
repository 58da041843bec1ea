import Agent
import CAllocationCount
import Foundation
import Logging
import Shims
import Synchronization
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

/// An agent on a thread of its own, in the namespace of the thread that started it.
private final class RunningAgent: Sendable {
    let box = SnapshotBox()
    private let stopSignal: StopSignal
    private let allocations = Mutex<Int?>(nil)
    private let failure = Mutex<String?>(nil)

    init(_ pair: String) throws {
        let configuration = AgentConfiguration(vnf: 1, pairs: [try AgentConfiguration.Pair(pair)])
        guard let signal = StopSignal() else { throw PrivateNetwork.CommandFailed(description: "eventfd") }
        stopSignal = signal
        let thread = Thread { [self] in
            var count = 0
            do {
                var agent = try Agent(configuration, box: box, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
                let before = allocations_of_this_thread()
                agent.run(until: signal)
                count = Int(allocations_of_this_thread() - before)
            } catch {
                failure.withLock { $0 = "\(error)" }
            }
            allocations.withLock { $0 = count }
        }
        thread.start()
        // The first snapshot is taken after everything is open.
        _ = waitUntil { box.snapshot != nil || failure.withLock { $0 } != nil }
        if let message = failure.withLock({ $0 }) { throw PrivateNetwork.CommandFailed(description: message) }
    }

    /// Stops the agent; returns how often its thread asked for memory while it ran.
    @discardableResult
    func stop() -> Int {
        stopSignal.raise()
        _ = waitUntil { allocations.withLock { $0 } != nil }
        return allocations.withLock { $0 } ?? .max
    }
}

/// A host at the far end of a link, which never sends faster than its frames come out at the other end.
private final class HostPort {
    private let shim: any Shim

    init(_ url: String) throws {
        shim = try ShimURL(url).open()
    }

    /// Sends frames, at most a window ahead of what `other` has received; returns what it received.
    func exchange(_ frames: [[UInt8]], with other: HostPort) -> [[UInt8]] {
        var arrived: [[UInt8]] = []
        var sent = 0
        _ = waitUntil(within: 60) {
            while sent < frames.count, sent - arrived.count < 512 {
                let end = min(sent + 64, frames.count)
                send(frames[sent..<end])
                sent = end
            }
            arrived += other.receive()
            return arrived.count >= frames.count
        }
        return arrived
    }

    func send(_ frames: ArraySlice<[UInt8]>) {
        var batch = FrameBatch(slotSize: 2_048)
        for frame in frames where !batch.append(copying: frame.span.bytes) { preconditionFailure("the frame is longer than its slot") }
        shim.transmit(batch)
    }

    func receive() -> [[UInt8]] {
        var batch = FrameBatch(slotSize: shim.receiveSlotSize)
        shim.receive(into: &batch)
        defer { shim.release() }
        return (0..<batch.count).map { [UInt8](batch[$0]) }
    }
}
