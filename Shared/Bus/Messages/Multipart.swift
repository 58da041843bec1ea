/// A message as libzmq moves it: one or more parts, all delivered or none.
public struct Multipart: Hashable, Sendable {
    /// The parts in order; at least one.
    public var parts: [[UInt8]]

    /// A message of `parts`.
    public init(_ parts: [[UInt8]]) {
        self.parts = parts
    }

    /// The bytes of all parts together.
    public var byteCount: Int { parts.reduce(0) { $0 + $1.count } }
}
