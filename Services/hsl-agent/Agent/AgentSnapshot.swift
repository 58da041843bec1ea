import ControlChannel
import HSLCore
import Logging
import Shims
import Synchronization

/// What an agent saw, at one moment of its thread.
public struct AgentSnapshot: Sendable {
    /// A port's counters.
    public struct PortCounters: Sendable {
        /// The port's URL.
        public let url: String
        /// What its shim saw.
        public let shim: ShimCounters
    }

    /// What the forwarding core saw.
    public let core: Counters
    /// What each port saw: network and function of the first pair, then of the next.
    public let ports: [PortCounters]
    /// What the control channel saw, if there is one.
    public let controlChannel: ControlChannelServer.Counters?
}

extension AgentSnapshot.PortCounters {
    /// The counters that are not zero, for the log.
    var summary: Logger.Metadata {
        let counts: KeyValuePairs = [
            "received": shim.received.frames, "bypassed": shim.bypassed.frames, "transmitted": shim.transmitted.frames,
            "kernel_drops": shim.kernelDrops,
            "truncated": shim.truncated, "unfinished_checksums": shim.unfinishedChecksums, "oversize": shim.oversize,
            "tx_queue_full": shim.txQueueFull, "interface_down": shim.interfaceDown, "refused": shim.refused,
        ]
        var metadata: Logger.Metadata = ["port": "\(url)"]
        for (name, count) in counts where count != 0 { metadata[name] = "\(count)" }
        return metadata
    }
}

/// Where the agent's thread leaves its snapshot for other threads, five times a second.
public final class SnapshotBox: Sendable {
    private let latest = Mutex<AgentSnapshot?>(nil)

    /// A box without a snapshot.
    public init() {}

    /// The last snapshot, nil before the first.
    public var snapshot: AgentSnapshot? { latest.withLock { $0 } }

    func put(_ snapshot: AgentSnapshot) {
        latest.withLock { $0 = snapshot }
    }
}
