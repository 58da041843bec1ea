import ControlFrames
import Frames

/// One of the agent's ports. The agent bridges network *i* and function *i*.
public enum Port: Hashable, Sendable {
    /// The interface towards a switch.
    case network(Int)
    /// The interface of the network function.
    case function(Int)
}

/// What is to be done with a frame that was received.
public enum Verdict: Equatable, Sendable {
    /// Send it out of the other port of the pair.
    case pass
    /// The core has it: nothing is to be done.
    case taken
    /// It is lost, and counted.
    case drop(DropReason)
}

/// Why a frame was dropped.
public enum DropReason: String, CaseIterable, Hashable, Sendable {
    /// Its handover held as much as one may.
    case handoverLimit
    /// All handovers together held as much as they may.
    case totalLimit
    /// The network function sent a control frame, which is not for it to send.
    case forgedByFunction
}

/// Receives what a core has to say, in the order it was produced.
public protocol CoreOutput: ~Copyable {
    /// Sends a frame out of a port. The bytes are valid during the call only.
    mutating func send(_ frame: RawSpan, to port: Port)
    /// Tells the VNF, over the control channel.
    mutating func tell(_ notification: Notification)
}

/// Which end of a handover this VNF is.
public enum Role: String, Hashable, Sendable {
    /// It gives the flow away.
    case source
    /// It takes the flow over.
    case destination
}

/// How a handover ended for this VNF.
public enum Outcome: String, Hashable, Sendable {
    /// The flow has moved.
    case completed
    /// The flow stays, or goes back, where it was.
    case aborted
    /// Neither could be achieved.
    case failed
}

/// What the VNF is told over the control channel (paper, Section 3.4). Nothing is produced while it is not connected.
public enum Notification: Hashable, Sendable {
    /// A handover begins. A source says `ready` when it has processed all it was given, a destination when it is prepared. The flow, or
    /// in a group handover the match, is the one of the lowest interface that takes part; the other direction moves too, or does not.
    case start(handover: HandoverID, role: Role, subject: Start.Subject, isBidirectional: Bool, peer: Peer)
    /// The source is frozen: the destination shall fetch the state, and say `stateReady` or `stateFailed`.
    case transfer(handover: HandoverID, subject: Start.Subject, peer: Peer)
    /// The direction that the VNF has named is intercepted too: what it gets of it from now on came before, and it may say `ready` when it
    /// has processed that.
    case mirrored(handover: HandoverID)
    /// The handover is over.
    case end(handover: HandoverID, outcome: Outcome)
    /// What the VNF said about a handover changes nothing, for that reason.
    case refused(handover: HandoverID, reason: String)
}

/// What the VNF says over the control channel, and whether it is there.
public enum FunctionEvent: Hashable, Sendable {
    /// The VNF has connected; it is told of handovers that begin from now on.
    case connected
    /// The VNF is gone: whatever it was to say counts as said.
    case disconnected
    /// Source, before `ready`: the flow's other direction as it enters on the other interface, where addresses are translated.
    case mirror(HandoverID, FlowKey)
    /// Source: all packets are processed. Destination: prepared.
    case ready(HandoverID)
    /// Destination: the state is in place.
    case stateReady(HandoverID)
    /// Destination: the state could not be fetched.
    case stateFailed(HandoverID, reason: String)
}
