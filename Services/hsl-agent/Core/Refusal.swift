import ControlFrames

/// Why a START is answered by ABORT, and the other reasons that the core gives. A controller that repeats it gets its turn when the
/// reason is gone.
enum Refusal: Hashable, Sendable {
    /// Source and destination are this VNF.
    case sameInstance
    /// The flow takes part in another handover, which has not ended.
    case busy(HandoverID)
    /// The handover has another flow on this interface.
    case anotherFlow
    /// The VNF has fewer interfaces than the START is due on.
    case tooManyDirections
    /// The handover was aborted before it began here.
    case aborted
    /// As many handovers are open as may be.
    case handoverLimit
    /// The interface has as many armings as it may.
    case armingLimit
    /// The VNF was on the control channel and is gone.
    case functionGone
    /// The agent takes no part in direct mode.
    case directMode

    /// What ABORT_ACK says when the flow lives here already.
    static let stateInPlace = "the state is in place"
    /// What ABORT says to a frame of a handover that is not known here, so that the controller learns that the agent was restarted.
    static let unknownHandover = ControlMessage.unknownHandover
    /// What ABORT says when a buffer is nearly full.
    static let bufferLimit = "buffer limit"

    /// The refusal for people.
    var reason: String {
        switch self {
        case .sameInstance: "source and destination are the same instance"
        case .busy(let other): "the flow is in handover \(other)"
        case .anotherFlow: "the handover has another flow on this interface"
        case .tooManyDirections: "the VNF has fewer interfaces"
        case .aborted: "the handover was aborted"
        case .functionGone: "the network function is gone"
        case .directMode: "it takes no part in direct mode"
        case .handoverLimit: "too many handovers are open"
        case .armingLimit: "too many armings on the interface"
        }
    }
}
