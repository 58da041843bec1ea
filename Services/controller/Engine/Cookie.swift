/// What a flow entry's cookie says: that the entry is ours, what it is for, and whose.
///
/// Layout from the top: a tag of 16 bits, the kind in 6, the direction in 1, the serial in 41. A packet-in carries the cookie of the
/// entry that handled the packet, and so tells whether that packet still has to be delivered (design, Section 2.2).
public struct Cookie: Hashable, Sendable {
    /// What an entry is for.
    public enum Kind: UInt8, Hashable, Sendable, CaseIterable {
        /// Table 0: hosts, VNFs and control frames told apart by port.
        case classification = 1
        /// Table 0: a control frame on its way to the controller.
        case control
        /// Table 2: towards the hosts.
        case forwarding
        /// Table 1, priority 0: the group's default instance.
        case fallback
        /// Table 1, priority 2r: a rule's destination.
        case steering
        /// Table 1, priority 2r + 1: a rule's packets to the controller while its flows are detected.
        case detection
        /// A flow's exact entry to the controller (c1).
        case intercept
        /// A flow's exact entry to the destination with a copy to the controller (c2).
        case redirect
        /// A flow's exact entry to the destination (c3).
        case direct
        /// A flow's exact entry to where it is although the rules send it elsewhere.
        case kept
        /// Table 0: a host port's frames, of which a copy tells the controller where the host is; the serial is the group's index.
        case learning
        /// Table 0: the frames of a host that is known; the serial is the group's index.
        case knownHost
        /// A flow's exact entry to the controller on its way back to the source.
        case returnIntercept
        /// A flow's exact entry back to the source with a copy to the controller.
        case returnRedirect
        /// Table 1, priority 2r + 1: what comes when detection is over, until nothing does.
        case closing
        /// Table 0: frames from a trunk, which carry a tag that says where they go.
        case trunk
        /// Table 0: a control frame of the controller's own that has crossed the trunks of a side.
        case crossing

        /// Whether a flow's own entry of the kind sends packets to the controller and nowhere else.
        var goesToController: Bool { self == .intercept || self == .returnIntercept }
    }

    static let tag: UInt64 = 0x5348 << 48
    static let tagMask: UInt64 = 0xFFFF << 48
    static let serialMask: UInt64 = (1 << 41) - 1
    /// Tells whose entry it is and of which direction, whatever its kind.
    static let ownerMask: UInt64 = tagMask | 1 << 41 | serialMask

    /// What the entry is for.
    public let kind: Kind
    /// The direction whose packets it handles.
    public let direction: Direction
    /// Whose entry it is: a flow handover's, a detection's or a rule's serial; zero for the pipeline itself.
    public let serial: Serial

    /// A cookie of these parts.
    public init(_ kind: Kind, _ direction: Direction = .forward, serial: Serial = Serial(0)) {
        self.kind = kind
        self.direction = direction
        self.serial = serial
    }

    /// Reads a cookie; nil when it is not one of ours.
    public init?(rawValue: UInt64) {
        guard rawValue & Self.tagMask == Self.tag, let kind = Kind(rawValue: UInt8(rawValue >> 42 & 0x3F)),
            let direction = Direction(rawValue: UInt8(rawValue >> 41 & 1))
        else { return nil }
        self.init(kind, direction, serial: Serial(rawValue & Self.serialMask))
    }

    /// The cookie as it goes into a flow entry.
    public var rawValue: UInt64 {
        Self.tag | UInt64(kind.rawValue) << 42 | UInt64(direction.rawValue) << 41 | serial.value
    }
}
