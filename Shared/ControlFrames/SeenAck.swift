import Frames

/// What SEEN_ACK says.
public struct SeenAck: Hashable, Sendable {
    /// What becomes of a flow that a destination holds and asked about.
    public enum Verdict: Hashable, Sendable {
        /// It is known; START follows.
        case wait
        /// It is the destination's own: it passes at once, what was held of it first.
        case yours
        /// It belongs to that group handover.
        case joins(HandoverID)
    }

    /// The flow that SEEN named.
    public var flow: FlowKey
    /// What becomes of it.
    public var verdict: Verdict

    /// The answer for a flow.
    public init(flow: FlowKey, verdict: Verdict) {
        self.flow = flow
        self.verdict = verdict
    }
}
