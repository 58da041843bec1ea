/// Why bytes are not a control frame. TLVs are named by their type number.
public enum ControlFrameError: Error, Hashable, Sendable {
    /// The EtherType is not 0x821c.
    case notControl
    /// The frame ends within the Ethernet header or the control frame's own.
    case truncated
    /// The length field says more than the frame holds, or a TLV reaches beyond the length.
    case badLength
    /// A command of another version, or none at all.
    case unknownCommand(UInt16)
    /// The command needs a TLV that is not there.
    case missing(UInt16)
    /// A TLV that may come once came again.
    case duplicate(UInt16)
    /// A TLV of the wrong length, out of range, not UTF-8, or in contradiction to another.
    case badValue(UInt16)
}
