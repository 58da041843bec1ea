import Frames

/// What START says.
public struct Start: Hashable, Sendable {
    /// What a handover moves.
    public enum Subject: Hashable, Sendable {
        /// One flow, as it arrives on the interface that START comes in by.
        case flow(FlowKey)
        /// Every flow of a match, as it arrives on that interface: a group handover.
        case match(FlowMatch)
    }

    /// The VNF that gives the flow away.
    public var from: UInt16
    /// The VNF that takes it over.
    public var to: UInt16
    /// What moves.
    public var subject: Subject
    /// On how many of the VNF's interfaces this START is due; a frame that does not say means one.
    public var directions: UInt32
    /// Where the other VNF is reached on the management network, up to 255 bytes of UTF-8.
    public var peerAddress: String?
    /// To a source, in direct mode: the destination's interface on this side, to which stragglers go instead of to the controller.
    public var straightTo: MACAddress?
    /// In direct mode. To a destination: the arming under which it has reported the flow, so that one that was started anew since says so. To
    /// a source: the earliest arming of it that is later than that of the handover; what comes under it has left already and comes anew.
    ///
    /// Of a group: the handover that this one turns round, so that an agent that was started anew since says so; this one's own number
    /// where that is known.
    public var heldUnder: HandoverID?
    /// To a destination: TRANSFER_ACK is to say that the state is in place, not only that TRANSFER was received.
    public var awaitsState: Bool
    /// Whether it was said before on that interface, perhaps to a process that is gone.
    public var isRepeated: Bool

    /// A START of all its parts.
    public init(
        from: UInt16, to: UInt16, subject: Subject, directions: UInt32, peerAddress: String? = nil, straightTo: MACAddress? = nil,
        heldUnder: HandoverID? = nil, awaitsState: Bool = false, isRepeated: Bool = false
    ) {
        self.from = from
        self.to = to
        self.subject = subject
        self.directions = directions
        self.peerAddress = peerAddress
        self.straightTo = straightTo
        self.heldUnder = heldUnder
        self.awaitsState = awaitsState
        self.isRepeated = isRepeated
    }

    /// A START of one flow.
    public init(
        from: UInt16, to: UInt16, flow: FlowKey, directions: UInt32, peerAddress: String? = nil, straightTo: MACAddress? = nil
    ) {
        self.init(from: from, to: to, subject: .flow(flow), directions: directions, peerAddress: peerAddress, straightTo: straightTo)
    }

    /// Whether only an HSL that can direct mode can take part: stragglers pass the controller, or flows are held by a match.
    public var isOfDirectMode: Bool { straightTo != nil || heldUnder != nil || flow == nil }

    /// The handover of a group that this one turns round; nil if it turns none round.
    public var turnsRound: HandoverID? { flow == nil ? heldUnder : nil }

    /// The flow that moves; nil in a group handover.
    public var flow: FlowKey? {
        if case .flow(let flow) = subject { flow } else { nil }
    }
}
