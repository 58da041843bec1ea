import ControlFrames

/// What an instance was asked to hold by itself, as it is written down.
public struct ArmingNote: Hashable, Sendable {
    /// Tells it apart.
    public var serial: Serial
    /// How control frames name it.
    public var id: HandoverID
    /// The group that the instance is of.
    public var group: String
    /// What it is told on the ingress side, if anything.
    public var forward: Arm?
    /// What it is told on the egress side, if anything.
    public var reverse: Arm?
    /// The instance.
    public var vnf: VNFID
    /// The relocation that it was made for.
    public var origin: Serial
    /// The relocation whose flows it holds now.
    public var relocation: Serial
    /// Whether it is to hold nothing new any more.
    public var isDisarming: Bool

    /// A note of all its parts.
    public init(
        serial: Serial, id: HandoverID, group: String, vnf: VNFID, forward: Arm?, reverse: Arm?, origin: Serial, relocation: Serial,
        isDisarming: Bool
    ) {
        (self.serial, self.id, self.group, self.vnf) = (serial, id, group, vnf)
        (self.forward, self.reverse) = (forward, reverse)
        (self.origin, self.relocation, self.isDisarming) = (origin, relocation, isDisarming)
    }

    init(_ arming: Arming) {
        self.init(
            serial: arming.serial, id: arming.id, group: arming.group, vnf: arming.vnf,
            forward: arming.arms.has(.forward) ? arming.arms[.forward] : nil,
            reverse: arming.arms.has(.reverse) ? arming.arms[.reverse] : nil, origin: arming.origin, relocation: arming.relocation,
            isDisarming: arming.isDisarming)
    }
}
