/// Everything that was measured, in one run on one machine.
struct Figures: Codable {
    /// A way of forwarding between two interfaces in user space, beside the C forwarder over the same ports.
    struct Shim: Codable {
        let shim: String
        let frameBytes: Int
        /// Packets that a second of the forwarding thread's processor time takes through.
        let packetsPerCPUSecond: Double
        let packetsPerCPUSecondOfC: Double
        let ratioToC: Double
        /// Median one-way time beyond that of a bare link, in microseconds.
        let addedLatency: Double
        let addedLatencyOfC: Double
        /// Frames forwarded by the agent in all rounds, and how often its thread asked for memory meanwhile.
        let frames: Int
        let allocations: Int
        let lost: Int
    }

    /// A way of forwarding in the kernel, beyond what a bare link costs.
    struct Kernel: Codable {
        let path: String
        let frameBytes: Int
        let packetsPerCPUSecond: Double
        let addedLatency: Double
    }

    /// The agent with a number of flows armed.
    struct Armed: Codable {
        let flows: Int
        /// Of packets whose flow is not armed.
        let packetsPerCPUSecond: Double
        let packetsHeld: Int
        /// From "state ready" to the last held packet's release, in milliseconds per thousand packets; 0 where none were held.
        let releaseMilliseconds: Double
        /// How long the same agent takes to forward a thousand packets that are not held, in milliseconds.
        let forwardMilliseconds: Double
    }

    /// What a held packet takes.
    struct Memory: Codable {
        let frameBytes: Int
        let packets: Int
        /// Memory of the process beyond the packets' own bytes, per packet.
        let overheadBytes: Double
    }

    /// How often the agent's thread asks for memory.
    struct Allocations: Codable {
        let frames: Int
        let seconds: Double
        let whileForwarding: Int
        let whileIdle: Int
        /// Beyond what goes with time.
        var perMillionFrames: Double { Double(max(0, whileForwarding - whileIdle)) * 1e6 / Double(max(1, frames)) }
    }

    var shims: [Shim] = []
    var kernel: [Kernel] = []
    var armed: [Armed] = []
    var memory: [Memory] = []
    var allocations = Allocations(frames: 0, seconds: 0, whileForwarding: 0, whileIdle: 0)
    /// Why a row is missing.
    var missing: [String] = []
}
