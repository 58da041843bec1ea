import ServiceSupport
import Shims

extension AgentSnapshot {
    /// Adds the agent's counters to a snapshot of metrics.
    public func sample(into samples: inout MetricSamples, vnf: UInt16) {
        for (buffer, held) in [("control", core.inControlBuffers), ("switch", core.inSwitchBuffers)] {
            samples.set(.hslBufferedPackets, ["vnf": "\(vnf)", "buffer": buffer], to: held.packets)
        }
        samples.set(.hslForwardedPackets, to: core.passedFromNetwork + core.passedFromFunction + UInt64(sum { $0.bypassed.frames }))
        let malformed = core.malformed
        let drops: KeyValuePairs = [
            "kernel": UInt64(sum { $0.kernelDrops + $0.truncated }),
            "buffer_full": core.droppedAtHandoverLimit + core.droppedInTotal,
            "send_failed": UInt64(sum { $0.oversize + $0.txQueueFull + $0.interfaceDown + $0.refused }),
            "malformed": malformed.truncated + malformed.badLength + malformed.unknownCommand + malformed.missing + malformed.duplicate
                + malformed.badValue,
            "unauthenticated": core.unauthenticated, "replayed": core.replayed, "forged_by_function": core.forgedByFunction,
            "abandoned": core.abandoned,
        ]
        for (reason, count) in drops { samples.set(.hslDroppedPackets, ["reason": reason], to: count) }
    }

    private func sum(_ count: (ShimCounters) -> Int) -> Int {
        ports.reduce(0) { $0 + count($1.shim) }
    }
}
