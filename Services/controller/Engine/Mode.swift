/// Who detects the flows that are to move, and holds their packets.
public enum Mode: String, Hashable, Sendable {
    /// The controller, as in the paper (Section 3.3).
    case sharp
    /// The destination's handover support layer; no packet goes through the controller (design, Section 2.4).
    case direct
    /// The controller, which keeps every packet until the state is at the destination: the move of OpenNF (paper, Section 4.1), to
    /// compare with.
    case opennf
}
