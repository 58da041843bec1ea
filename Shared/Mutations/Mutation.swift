/// A part of the protocol that can be left out, to show that the simulator finds that. In every build but that of `make mutations` none
/// can, and the compiler removes the question.
public enum Mutation: String, CaseIterable, Sendable {
    /// Controller: the paper's test frame, which passes the tables and not the cache, ends the buffering; not the marker.
    case trustFollowUp
    /// Controller: so does the answer to a barrier behind the redirecting entry.
    case trustBarrier
    /// Controller: the source is fenced when the answer to a barrier comes, not when the first packet was seen.
    case fenceOnBarrier
    /// Controller: a fence begins at the instance's switch, not where the flow comes in, and may overtake it on a trunk.
    case fenceFromOwnSwitch
    /// Controller: a source that says that it has frozen the state is believed while its last packets are on trunks.
    case skipCrossing
    /// Controller: the exact entries of a flow have the same cookies in each of its handovers.
    case reuseCookie
    /// Controller: a rule's steering entry is installed before its detection entry.
    case steerBeforeDetection
    /// Destination: what came directly is released before what came through the controller.
    case releaseSwitchBufferFirst
    /// Destination: what comes directly is not held.
    case passDirectPackets
    /// Source: what comes after START is dropped.
    case dropStragglers

    #if MUTATIONS
        /// The one that is left out now. To be set while nothing runs.
        nonisolated(unsafe) public static var active: Mutation?

        /// Whether it is left out.
        @inlinable public var isActive: Bool { Self.active == self }
    #else
        /// Whether it is left out: never.
        @inlinable public var isActive: Bool { false }
    #endif
}
