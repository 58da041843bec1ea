/// What a handover support layer can do beyond the paper's protocol, as HELLO_ACK announces it.
///
/// A set, of which bits that are not known here are kept: a newer agent may say more.
public struct Capabilities: OptionSet, Hashable, Sendable {
    /// The bits as they travel.
    public let rawValue: UInt32

    /// A set by its bits.
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// It holds flows by itself when it is armed, and gives stragglers to other instances: direct mode, and flows that move together.
    public static let direct = Capabilities(rawValue: 1 << 0)
}
