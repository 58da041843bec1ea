/// Why a port cannot be used: the thing, the reason and the way out, for one line.
public struct ShimError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What cannot be used, as the operator named it.
    public let thing: String
    /// Why.
    public let reason: String
    /// What the operator can do.
    public let remedy: String

    /// An error about `thing`.
    public init(_ thing: String, _ reason: String, remedy: String) {
        self.thing = thing
        self.reason = reason
        self.remedy = remedy
    }

    /// The three in one line.
    public var description: String { "\(thing): \(reason); \(remedy)" }
}
