import Frames

/// What the agent tells its network function (design, section 5; paper, Section 3.4).
public enum AgentMessage: Hashable, Sendable {
    /// Flows are to move: a source freezes them, a destination prepares for them; both answer with ``FunctionMessage/ready(handover:)``.
    /// Where only one direction moves, there is `"bidirectional":false`.
    case start(handover: UInt16, role: Role, subject: Subject, isBidirectional: Bool, peer: Peer)
    /// The destination is to fetch the flows' state now, and answers with ``FunctionMessage/stateReady(handover:)``.
    case transfer(handover: UInt16, subject: Subject, peer: Peer)
    /// The flow's other direction, which the source has named, is intercepted too: it says ``FunctionMessage/ready(handover:)`` when it has
    /// processed all that it got before.
    case mirrored(handover: UInt16)
    /// The handover is over; `outcome` is `completed` or `aborted`.
    case end(handover: UInt16, outcome: String)
    /// What the function sent was not understood, or changes nothing.
    case error(message: String)

    /// What a handover moves.
    public enum Subject: Hashable, Sendable {
        /// One flow: the member `flow`.
        case flow(FlowKey)
        /// Every flow of a match, all at once: the member `match`.
        case match(FlowMatch)
    }

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
    /// Source, before `ready`: this flow, which enters on the other interface, is the other direction of the one that moves. Functions say
    /// so that translate addresses. They say `ready` only behind ``AgentMessage/mirrored(handover:)``.
    case mirror(handover: UInt16, flow: FlowKey)
    /// Source: the flow is frozen and every packet that came is processed. Destination: ready to fetch.
    case ready(handover: UInt16)
    /// The state is in place.
    case stateReady(handover: UInt16)
    /// The state could not be fetched.
    case stateFailed(handover: UInt16, reason: String)
}
