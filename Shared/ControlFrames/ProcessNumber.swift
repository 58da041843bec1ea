/// Tells an agent's process from those before and after it: a number that it has drawn when it started.
///
/// An interface says nothing of who is behind it. Two answers with the same number come from one process, two with different numbers
/// from two, of which at least one is gone.
public struct ProcessNumber: RawRepresentable, Hashable, Sendable {
    /// The number as it travels.
    public let rawValue: UInt64

    /// The number of a process.
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// A new number, for a process that starts.
    public init(drawnFrom generator: inout some RandomNumberGenerator) { rawValue = generator.next() }
}
