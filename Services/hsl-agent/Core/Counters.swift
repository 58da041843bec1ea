import ControlFrames

/// What a core has counted since its start, and what it holds now.
public struct Counters: Hashable, Sendable {
    /// Control frames that could not be read, by kind.
    public struct Malformed: Hashable, Sendable {
        /// The frame ends within the headers.
        public var truncated: UInt64 = 0
        /// A length reaches too far.
        public var badLength: UInt64 = 0
        /// The command is not known.
        public var unknownCommand: UInt64 = 0
        /// A TLV is missing.
        public var missing: UInt64 = 0
        /// A TLV came twice.
        public var duplicate: UInt64 = 0
        /// A TLV's value is wrong.
        public var badValue: UInt64 = 0
    }

    /// Data frames passed from the network to the function.
    public var passedFromNetwork: UInt64 = 0
    /// Frames passed from the function to the network.
    public var passedFromFunction: UInt64 = 0
    /// Data frames lost because their handover held as much as one may.
    public var droppedAtHandoverLimit: UInt64 = 0
    /// Data frames lost because all handovers together held as much as they may.
    public var droppedInTotal: UInt64 = 0

    /// Control frames received, whatever they held.
    public var controlReceived: UInt64 = 0
    /// Control frames sent, repeats and parts included.
    public var controlSent: UInt64 = 0
    /// Control frames that could not be read.
    public var malformed = Malformed()
    /// Control frames without a valid tag, where there is a key.
    public var unauthenticated: UInt64 = 0
    /// Control frames with a valid tag, but not a higher counter than one before them on their interface.
    public var replayed: UInt64 = 0
    /// Control frames that the network function sent, and that were dropped.
    public var forgedByFunction: UInt64 = 0
    /// Frames that were held for a flow which lives elsewhere after all: lost.
    public var abandoned: UInt64 = 0
    /// Control frames for another Ethernet address, or a START for another VNF.
    public var misdirected: UInt64 = 0
    /// Control frames and VNF events that do not fit the state of their handover, or name none that is known.
    public var unexpected: UInt64 = 0
    /// STARTs of handovers that had ended.
    public var lateStarts: UInt64 = 0
    /// STARTs answered by ABORT.
    public var refusedStarts: UInt64 = 0
    /// Wrapped frames that were here already.
    public var duplicateTransports: UInt64 = 0
    /// Numbers for which the controller said that the frame is lost.
    public var tombstones: UInt64 = 0
    /// Wrapped frames without room; the controller is asked for them again.
    public var refusedTransports: UInt64 = 0
    /// Flows that the controller was asked about, without repeats.
    public var seen: UInt64 = 0
    /// Times that there was no room to remember that a flow lives here, so that it is asked about again.
    public var unremembered: UInt64 = 0
    /// Stragglers returned to the controller, or in direct mode kept for the destination, without repeats.
    public var stragglers: UInt64 = 0
    /// Frames that had to wait in a control or switch buffer.
    public var held: UInt64 = 0
    /// HANDOVER_FINISHED and ABORT that nobody acknowledged in time.
    public var unacknowledged: UInt64 = 0

    /// What waits in control buffers now.
    public var inControlBuffers = Amount.zero
    /// What waits in switch buffers now.
    public var inSwitchBuffers = Amount.zero
    /// Stragglers kept now.
    public var inStragglers = Amount.zero
    /// Armings in force now, or with flows that are held still; one is counted on each of its interfaces.
    public var armings = 0
    /// Flows that armings hold now.
    public var heldFlows = 0
    /// Handovers open now; one that is being handed back may count for both of its roles.
    public var openHandovers = 0

    mutating func count(_ error: ControlFrameError) {
        switch error {
        case .notControl, .truncated: malformed.truncated += 1
        case .badLength: malformed.badLength += 1
        case .unknownCommand: malformed.unknownCommand += 1
        case .missing: malformed.missing += 1
        case .duplicate: malformed.duplicate += 1
        case .badValue: malformed.badValue += 1
        }
    }

    mutating func count(_ error: AuthenticationError) {
        switch error {
        case .malformed(let error): count(error)
        case .unsealed, .forged: unauthenticated += 1
        }
    }

    mutating func count(_ reason: DropReason) {
        switch reason {
        case .handoverLimit: droppedAtHandoverLimit += 1
        case .totalLimit: droppedInTotal += 1
        case .forgedByFunction: forgedByFunction += 1
        }
    }
}
