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
    /// Direct mode, controller: a rule's steering entry is installed before its destination holds what it will be given.
    case steerBeforeArmed
    /// Direct mode, controller: whatever an instance holds counts as its own.
    case takeSeenForOwn
    /// Direct mode, controller: a direction in which nothing was seen is fenced too.
    case fenceUnseenDirections
    /// Direct mode, controller: the tables change for the same flows once more before switches have followed them.
    case turnAtOnce
    /// Direct mode, controller: flows of a group that come back are not fenced where they were held.
    case returnUnfenced
    /// Direct mode, destination: flows that are not known are not held.
    case passUnknownFlows
    /// Direct mode, destination: what was held is released with the state in place, whether the source's last packets are there or not.
    case openWithoutSync
    /// Direct mode, destination: the state is fetched when the source says on one interface that it is frozen, not on every one.
    case fetchAtFirstWord
    /// Direct mode, source: what comes anew, because the flow is to come back, is taken for what the flow has left behind.
    case takeNewForOld
    /// Direct mode, controller: whoever reports a flow has its first packets, whoever else was armed before.
    case believeWhoReports
    /// Direct mode, controller: instances are disarmed although flows on their way may still be heard for the first time in a direction.
    case disarmEarly
    /// Direct mode, controller: an instance holds flows that the controller detects for another rule.
    case holdWhatIsDetected
    /// Controller: START that is repeated does not say so, and agents that were started anew answer for their predecessors.
    case hideRepeats
    /// Controller: how far handovers are is not written down.
    case skipCheckpoints
    /// Controller: which flows move together, and how far, is not written down.
    case forgetGroups

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
