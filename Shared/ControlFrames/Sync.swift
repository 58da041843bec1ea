import Frames

/// What SYNC says: the source was fenced, and will send no straggler more.
public struct Sync: Hashable, Sendable {
    /// In a group handover, the flow that is fenced: others may have stragglers still. Nil where nothing more is to come of any.
    public var flow: FlowKey?
    /// The stragglers of this interface, in a group handover those of the flow, have numbers below this one.
    public var count: UInt32

    /// The stragglers of an interface, or of one flow there, are below `count`.
    public init(flow: FlowKey? = nil, count: UInt32) {
        self.flow = flow
        self.count = count
    }
}
