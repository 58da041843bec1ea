/// What a match says about a frame's outer VLAN tag (OpenFlow 1.3.5, Section 7.2.3.7, table 13).
public enum VLANMatch: Hashable, Sendable {
    /// There is no tag (OFPVID_NONE).
    case untagged
    /// There is a tag, and its identifier agrees (OFPVID_PRESENT).
    case tagged(Masked<VLANIdentifier>)

    /// There is a tag, whatever its identifier.
    public static let anyTag = VLANMatch.tagged(Masked(VLANIdentifier(bits: 0), mask: VLANIdentifier(bits: 0)))

    /// There is the tag of one VLAN, 0…4095; further bits are ignored.
    public static func tag(_ identifier: UInt16) -> VLANMatch { .tagged(Masked(VLANIdentifier(bits: identifier))) }

    /// Whether a frame agrees whose outer tag carries `identifier`, or which has none.
    public func matches(_ identifier: UInt16?) -> Bool {
        switch (self, identifier) {
        case (.untagged, nil): true
        case (.tagged(let wanted), let identifier?): wanted.matches(VLANIdentifier(bits: identifier))
        case (.untagged, _?), (.tagged, nil): false
        }
    }

    /// Whether some frame agrees with both.
    public func overlaps(_ other: VLANMatch) -> Bool {
        switch (self, other) {
        case (.untagged, .untagged): true
        case (.tagged(let left), .tagged(let right)): left.overlaps(right)
        case (.untagged, .tagged), (.tagged, .untagged): false
        }
    }
}
