/// What the engine has seen and done since it began.
public struct Counters: Hashable, Sendable {
    /// Packet-ins of any kind.
    public internal(set) var packetIns = 0
    /// Packet-ins that carried a flow's packet.
    public internal(set) var flowPackets = 0
    /// Packet-ins of entries that are not ours.
    public internal(set) var foreignPacketIns = 0
    /// PACKET_OUTs sent.
    public internal(set) var packetOuts = 0
    /// FLOW_MODs sent.
    public internal(set) var flowMods = 0
    /// Entries of ours that a switch had and that nobody wanted any more.
    public internal(set) var staleEntries = 0
    /// Errors that switches reported.
    public internal(set) var switchErrors = 0
    /// Connections of switches that nobody had registered.
    public internal(set) var unknownSwitches = 0
    /// Control frames from instances.
    public internal(set) var controlFramesReceived = 0
    /// Control frames to instances.
    public internal(set) var controlFramesSent = 0
    /// Control frames that could not be decoded.
    public internal(set) var malformedControlFrames = 0
    /// Control frames without a valid tag, or seen before.
    public internal(set) var untrustedControlFrames = 0
    /// Control frames of no handover, or from an instance that has no part in it.
    public internal(set) var strayControlFrames = 0
    /// Flow handovers begun.
    public internal(set) var handoversStarted = 0
    /// Flow handovers ended, by outcome.
    public internal(set) var handoversEnded: [HandoverRecord.Outcome: Int] = [:]
    /// The most packets that the controller ever held.
    public internal(set) var peakHeldPackets = 0
    /// Frames given to an instance outside the protocol.
    public internal(set) var deliveredDirectly = 0
    /// Flows that were left where they were because a limit was reached.
    public internal(set) var refusedDetections = 0
    /// Flows in direct mode that were held at their destination until others had moved.
    public internal(set) var waitedForTurn = 0
    /// Flows of which was not remembered where they are, because of too many that is.
    public internal(set) var unknownWhereabouts = 0
    /// Returned packets that were not taken in because the controller held too much; the instance keeps them.
    public internal(set) var deferredStragglers = 0
    /// Packets that were dropped because the controller held twice as much as its limits say.
    public internal(set) var droppedAtLimit = 0
    /// Packets of flows that nothing was known of and that came because of a detection that was already closed: their order is not known.
    public internal(set) var lateDetections = 0
    /// Detected frames whose headers could not be read; they went to the rule's destination.
    public internal(set) var unreadableFrames = 0
    /// Detections that were ended although new flows went on coming.
    public internal(set) var forcedClosings = 0
    /// Frames of hosts that were not learned because the table is full.
    public internal(set) var hostsNotLearned = 0
    /// Packets of flows under way that came in by another switch than the flow's first: their order is not known.
    public internal(set) var packetsElsewhere = 0
    /// Times that an instance said that it holds a flow it was not told about.
    public internal(set) var sightings = 0
    /// Packets of flows that nobody owns: lost.
    public internal(set) var undeliverable = 0

    /// Packets that a switch had for the controller and that were lost on the way, most often because no controller was there.
    public internal(set) var lostOnTheWay = 0

    /// Entries to the controller that went without their count being heard.
    public internal(set) var missedCounts = 0

    /// Packets that were lost and are in no record of a handover and no rule.
    public var lostElsewhere: Int { undeliverable }

    /// Nothing seen and done yet.
    public init() {}
}
