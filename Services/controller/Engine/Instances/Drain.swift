/// An instance that is being taken out of service, and how far that is.
public struct Drain: Hashable, Sendable {
    /// How far a drain is.
    public enum State: String, Hashable, Sendable {
        /// Flows are still on their way to the other instance.
        case draining
        /// Every flow is there, and new ones go there.
        case drained
        /// It was called off, and flows go back.
        case returning
    }

    /// The instance.
    public let vnf: VNFID
    /// The instance that has its flows.
    public let destination: VNFID
    /// How far it is.
    public let state: State
    /// The rules that it was done by: each a little more important than one that sends flows to the instance.
    public let rules: [Rule]
}
