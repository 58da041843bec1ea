import Frames

/// What SEEN says.
public struct Seen: Hashable, Sendable {
    /// How much of a frame is shown at most, in bytes: enough for every header that a rule can name.
    public static let longestSample = 128

    /// A flow that is held and that nobody has named yet.
    public var flow: FlowKey
    /// The beginning of one of its frames: rules may look at fields that are no part of a flow's identity.
    public var sample: [UInt8]

    /// A flow and how a frame of it begins.
    public init(flow: FlowKey, sample: [UInt8]) {
        self.flow = flow
        self.sample = sample
    }
}
