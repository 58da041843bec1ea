import Foundation
import SystemTestSupport

/// What forwarding costs where no process does it: the sender's processor time beyond that over a bare link, for there the kernel works in
/// the sender's place.
struct KernelBench {
    let network: PrivateNetwork
    let rounds: Int
    let seconds: Double
    let latencyFrames: Int
    private static let batch = 32

    /// The kernel's own bridge, without netfilter's hooks.
    func bridge(length: Int) throws -> Figures.Kernel {
        for hook in ["iptables", "ip6tables", "arptables"] {
            try? "0".write(toFile: "/proc/sys/net/bridge/bridge-nf-call-\(hook)", atomically: false, encoding: .utf8)
        }
        try network.ip("link", "add", "br0", "type", "bridge")
        for port in ["a1", "b1"] { try network.ip("link", "set", port, "master", "br0") }
        try network.ip("link", "set", "br0", "up")
        defer { try? network.ip("link", "delete", "br0") }
        return try measure("bridge", length) { 0 }
    }

    /// The agent's fast path, with nothing armed.
    func fastPath(length: Int) throws -> Figures.Kernel {
        let thread = try ForwarderThread(.agent, PortPair("packet", "a1", "packet", "b1"), fastPath: true)
        defer { thread.stop() }
        let figures = try measure("fast path", length) { thread.processorTime }
        guard thread.bypassed > 0 else { throw BenchFailure("the kernel refuses the fast path") }
        return figures
    }

    /// Measures what lies between `a0` and `b0`; `forwarderTime` is the processor time of a process that helps.
    func measure(_ path: String, _ length: Int, forwarderTime: () -> Double) throws -> Figures.Kernel {
        var costs: [Double] = []
        for _ in 0..<rounds {
            let start = forwarderTime()
            let through = try run("b0", length)
            let helped = (forwarderTime() - start) / Double(max(1, through.frames))
            let direct = try bare(length)
            costs.append(through.ownTime / Double(through.frames) + helped - direct)
        }
        let left = try InterfacePort("a0", sending: BenchFrames.batch(1, length: length))
        let right = try InterfacePort("b0")
        let delay = Load.latency(left, right, frames: latencyFrames)
        let bareDelay = try bareDelay(length)
        return Figures.Kernel(
            path: path, frameBytes: length, packetsPerCPUSecond: 1 / max(1e-9, median(costs)), addedLatency: delay - bareDelay)
    }

    private func run(_ far: String, _ length: Int) throws -> Load.Outcome {
        let left = try InterfacePort("a0", sending: BenchFrames.batch(Self.batch, length: length))
        let right = try InterfacePort(far, sending: BenchFrames.batch(Self.batch, length: length, reversed: true))
        return Load.run(left, right, seconds: seconds)
    }

    /// The cost of a frame over a link of its own, with nothing between.
    private func bare(_ length: Int) throws -> Double {
        let left = try InterfacePort("c0", sending: BenchFrames.batch(Self.batch, length: length))
        let right = try InterfacePort("c1", sending: BenchFrames.batch(Self.batch, length: length, reversed: true))
        let outcome = Load.run(left, right, seconds: seconds)
        return outcome.ownTime / Double(outcome.frames)
    }

    private func bareDelay(_ length: Int) throws -> Double {
        let left = try InterfacePort("c0", sending: BenchFrames.batch(1, length: length))
        return Load.latency(left, try InterfacePort("c1"), frames: latencyFrames)
    }
}
