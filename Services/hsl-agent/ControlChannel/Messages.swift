import Frames

/// What the agent tells its network function (design, section 5; paper, Section 3.4).
public enum AgentMessage: Hashable, Sendable {
    /// A flow is to move: a source freezes it, a destination prepares for it; both answer with ``FunctionMessage/ready(handover:)``.
    case start(handover: UInt16, role: Role, flow: FlowKey, peer: Peer)
    /// The destination is to fetch the flow's state now, and answers with ``FunctionMessage/stateReady(handover:)``.
    case transfer(handover: UInt16, flow: FlowKey, peer: Peer)
    /// The handover is over; `outcome` is `completed` or `aborted`.
    case end(handover: UInt16, outcome: String)
    /// What the function sent was not understood.
    case error(message: String)

    /// Which end of a handover the function is.
    public enum Role: String, Hashable, Sendable, CaseIterable {
        /// It has the flow.
        case source
        /// It gets the flow.
        case destination
    }

    /// The function at the other end.
    public struct Peer: Hashable, Sendable {
        /// Its number.
        public let vnf: UInt16
        /// Where it is reached on the management network, as it was registered.
        public let address: String?

        /// The function `vnf`, reached at `address`.
        public init(vnf: UInt16, address: String?) {
            self.vnf = vnf
            self.address = address
        }
    }
}

/// What the network function tells its agent.
public enum FunctionMessage: Hashable, Sendable {
    /// Source: the flow is frozen and every packet that came is processed. Destination: ready to fetch.
    case ready(handover: UInt16)
    /// The state is in place.
    case stateReady(handover: UInt16)
    /// The state could not be fetched.
    case stateFailed(handover: UInt16, reason: String)
}
