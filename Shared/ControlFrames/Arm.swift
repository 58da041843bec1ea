import Frames

/// What ARM says: which flows a destination shall hold on an interface, before anybody knows them.
public struct Arm: Hashable, Sendable {
    /// Whose the flows of a match are.
    public struct Owner: Hashable, Sendable {
        /// The flows.
        public var match: FlowMatch
        /// Whether they are the destination's already, and pass.
        public var isOwned: Bool

        /// Flows and whose they are.
        public init(match: FlowMatch, isOwned: Bool) {
            self.match = match
            self.isOwned = isOwned
        }
    }

    /// The VNF that is to hold.
    public var vnf: UInt16
    /// The flows that are to be held unless they are its own.
    public var match: FlowMatch
    /// Whose the flows of `match` are: the first that covers a flow decides.
    public var owners: [Owner]
    /// Whose those are that none of `owners` covers.
    public var ownsRest: Bool

    /// An ARM of all its parts.
    public init(vnf: UInt16, match: FlowMatch, owners: [Owner] = [], ownsRest: Bool = false) {
        self.vnf = vnf
        self.match = match
        self.owners = owners
        self.ownsRest = ownsRest
    }

    /// This ARM where it fits, sealed or not, into a frame of `maximumFrame` bytes without the checksum; otherwise one that names no
    /// owners and holds everything, so that the destination asks for each flow.
    public func fitting(maximumFrame: Int) -> Arm {
        let frame = ControlFrame(source: .zero, destination: .zero, handover: HandoverID(rawValue: 0), message: .arm(self))
        return frame.unpadded(counter: 0).count <= maximumFrame ? self : Arm(vnf: vnf, match: match)
    }
}
