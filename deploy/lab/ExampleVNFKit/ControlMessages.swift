import Frames
import JSONLines

/// What the HSL agent tells the function on its control channel, one JSON object a line.
package struct ControlEvent: Hashable, Sendable {
    /// What happens.
    package enum Kind: String, Hashable, Sendable {
        /// Flows are about to move.
        case start
        /// The destination is to fetch their state now.
        case transfer
        /// The handover is over.
        case end
    }

    /// Which part the function plays.
    package enum Role: String, Hashable, Sendable {
        /// It gives the flows away.
        case source
        /// It takes them over.
        case destination
    }

    /// The other function.
    package struct Peer: Hashable, Sendable {
        /// Its number.
        package var vnf: UInt16
        /// Where it can be reached, in words that only functions understand: here IPv4 address and port.
        package var address: String?

        /// A function and where it can be reached.
        package init(vnf: UInt16, address: String?) {
            self.vnf = vnf
            self.address = address
        }
    }

    /// What happens.
    package var event: Kind
    /// Which handover it happens to.
    package var handover: UInt16
    /// Which part this function plays; with `start`.
    package var role: Role?
    /// What moves; with `start`. Nothing if it was named but in part.
    package var subject: Subject?
    /// The other function; with `start` and `transfer`.
    package var peer: Peer?
    /// How it ended, `completed`, `aborted` or `failed`; with `end`.
    package var outcome: String?

    /// An event of a handover.
    package init(
        _ event: Kind, handover: UInt16, role: Role? = nil, subject: Subject? = nil, peer: Peer? = nil, outcome: String? = nil
    ) {
        self.event = event
        self.handover = handover
        self.role = role
        self.subject = subject
        self.peer = peer
        self.outcome = outcome
    }
}

/// What the function answers on its control channel, one JSON object a line.
package struct ControlReply: Hashable, Sendable {
    /// What it says.
    package enum Kind: String, Hashable, Sendable {
        /// Source: the flows are frozen and all their packets are processed. Destination: prepared.
        case ready
        /// Destination: the state is in place.
        case stateReady
        /// Destination: the state could not be fetched.
        case stateFailed
    }

    /// What it says.
    package var event: Kind
    /// Of which handover.
    package var handover: UInt16
    /// Why the state could not be fetched.
    package var reason: String?

    /// An answer.
    package init(_ event: Kind, handover: UInt16, reason: String? = nil) {
        self.event = event
        self.handover = handover
        self.reason = reason
    }
}
