import Foundation
import SystemTestSupport

/// Packets per processor second and added latency of each shim, the agent and the C forwarder in turn.
struct ShimBench {
    let network: PrivateNetwork
    let rounds: Int
    let seconds: Double
    let latencyFrames: Int
    static let shims = ["packet", "pcap", "tap", "unix", "xdp"]
    /// Frames that a sender has in one system call.
    private static let batch = 32

    /// One shim with frames of one length.
    func measure(_ shim: String, length: Int) throws -> Figures.Shim {
        var capacities: [ForwarderThread.Kind: [Double]] = [:]
        var delays: [ForwarderThread.Kind: [Double]] = [:]
        var (frames, allocations, lost) = (0, 0, 0)
        defer { unlink(Self.path) }
        for _ in 0..<rounds {
            let bare = try bareLatency(length)
            for kind in ForwarderThread.Kind.allCases {
                let thread = try start(kind, shim)
                let (left, right) = try ends(shim, Self.batch, length)
                let start = thread.processorTime
                let outcome = Load.run(left, right, seconds: seconds)
                capacities[kind, default: []].append(Double(outcome.frames) / (thread.processorTime - start))
                lost += outcome.lost
                if kind == .agent { frames += outcome.frames }
                allocations += thread.stop()
                delays[kind, default: []].append(try latency(kind, shim, length) - bare)
            }
        }
        let (agent, c) = (median(capacities[.agent] ?? []), median(capacities[.c] ?? []))
        return Figures.Shim(
            shim: shim, frameBytes: length, packetsPerCPUSecond: agent, packetsPerCPUSecondOfC: c, ratioToC: agent / c,
            addedLatency: median(delays[.agent] ?? []), addedLatencyOfC: median(delays[.c] ?? []), frames: frames,
            allocations: allocations, lost: lost)
    }

    /// How often the agent's thread asks for memory while it forwards, and in the same time while it does not.
    func allocations(seconds: Double) throws -> Figures.Allocations {
        var counts: [Int] = []
        var frames = 0
        for isIdle in [true, false] {
            let thread = try start(.agent, "packet")
            let (left, right) = try ends("packet", Self.batch, 64)
            if isIdle {
                let end = Load.clock() + seconds
                while Load.clock() < end { usleep(1_000) }
            } else {
                frames = Load.run(left, right, seconds: seconds).frames
            }
            counts.append(thread.stop())
        }
        return Figures.Allocations(frames: frames, seconds: seconds, whileForwarding: counts[1], whileIdle: counts[0])
    }

    private func latency(_ kind: ForwarderThread.Kind, _ shim: String, _ length: Int) throws -> Double {
        let thread = try start(kind, shim)
        defer { thread.stop() }
        let (left, right) = try ends(shim, 1, length)
        return Load.latency(left, right, frames: latencyFrames)
    }

    /// How long a frame takes to the other end of a link with nothing between.
    func bareLatency(_ length: Int) throws -> Double {
        let left = try InterfacePort("a0", sending: BenchFrames.batch(1, length: length))
        let right = try InterfacePort("a1")
        return Load.latency(left, right, frames: latencyFrames)
    }

    private static let path = NSTemporaryDirectory() + "sharp-bench-\(getpid()).sock"

    /// A forwarder: what is not an interface on the network's side is AF_PACKET's there.
    private func start(_ kind: ForwarderThread.Kind, _ shim: String) throws -> ForwarderThread {
        let ports =
            switch shim {
            case "tap": PortPair("packet", "a1", "tap", "t0")
            case "unix": PortPair("packet", "a1", "unix", Self.path)
            default: PortPair(shim, "a1", shim, "b1")
            }
        return try ForwarderThread(kind, ports)
    }

    /// The ends of the traffic, each with a batch to send.
    private func ends(_ shim: String, _ count: Int, _ length: Int) throws -> (any TrafficPort, any TrafficPort) {
        let left = try InterfacePort("a0", sending: BenchFrames.batch(count, length: length))
        let backwards = BenchFrames.batch(count, length: length, reversed: true)
        switch shim {
        case "tap": return (left, try InterfacePort("t0", sending: backwards))
        case "unix":
            let right = try MessagePort(Self.path, sending: backwards)
            // The first frame has the forwarder take the connection.
            var expected = right.send()
            _ = waitUntil {
                expected -= left.receive()
                return expected <= 0
            }
            return (left, right)
        default: return (left, try InterfacePort("b0", sending: backwards))
        }
    }
}
