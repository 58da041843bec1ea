/// A flow's exact entry of the highest band (design, Section 2.2).
public enum FlowEntry: Hashable, Sendable {
    /// How far the entry's direction is.
    public enum Stage: Hashable, Sendable {
        /// To the controller (c1).
        case intercept
        /// To the receiver, and a copy to the controller (c2).
        case redirect
        /// To the receiver (c3).
        case direct
    }

    /// The way of a flow during a handover.
    public enum Course: Hashable, Sendable {
        /// From the source to the destination.
        case forth
        /// Back to the source.
        case back
    }

    /// A handover is under way.
    case moving(Course, Stage)
    /// To where the flow is, although the rules send it elsewhere.
    case kept
}
