/// What the lab is to do: the traffic, the handovers, and what to write about it.
public struct LabOptions: Hashable, Sendable {
    /// Packets a second from host 1, over all flows together.
    public var rate = 1000.0
    /// Bytes of each Ethernet frame without its checksum, 58 and up.
    public var size = 58
    /// UDP flows between the two hosts.
    public var flows = 1
    /// Milliseconds by which the functions prolong each state transfer.
    public var stateMs = 0
    /// Whether host 2 answers every packet and the rule moves both directions.
    public var bidirectional = true
    /// Handovers in a row, to and fro between the two functions.
    public var handovers = 1
    /// How the rule asks for the move: `sharp` or `direct` (design 2.4).
    public var mode = "sharp"
    /// Milliseconds a flow may be silent and still be moved with its state.
    public var maximumSilenceMs = 1000
    /// The MTU of all links.
    public var mtu = 1500
    /// Whether northbound and metrics are killed as soon as the first rule was accepted.
    public var killObservers = false
    /// Seconds of traffic before the first handover and after the last.
    public var margin = 2.0
    /// Where to write the report as JSON; logs go to `logs` beside it.
    public var report: String?

    /// One handover of one flow, 1,000 packets of 58 bytes a second, in both directions.
    public init() {}

    /// The options as `sharp-lab` takes them.
    package var arguments: [String] {
        var arguments = [
            "--rate", "\(rate)", "--size", "\(size)", "--flows", "\(flows)", "--state-ms", "\(stateMs)",
            "--bidirectional", "\(bidirectional)", "--handovers", "\(handovers)", "--mode", mode,
            "--maximum-silence-ms", "\(maximumSilenceMs)", "--mtu", "\(mtu)", "--margin", "\(margin)",
        ]
        if killObservers { arguments.append("--kill-observers") }
        if let report { arguments += ["--report", report] }
        return arguments
    }
}
