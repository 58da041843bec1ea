/// Why the control channel cannot be opened: the thing, the reason and the way out, for one line.
public struct ControlChannelError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The socket's path.
    public let path: String
    /// Why.
    public let reason: String
    /// What the operator can do.
    public let remedy: String

    /// The three in one line.
    public var description: String { "control channel \(path): \(reason); \(remedy)" }
}
