import ControlFrames

/// Why a START is answered by ABORT. A controller that repeats it gets its turn when the reason is gone.
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

    /// The refusal for people.
    var reason: String {
        switch self {
        case .sameInstance: "source and destination are the same instance"
        case .busy(let other): "the flow is in handover \(other)"
        case .anotherFlow: "the handover has another flow on this interface"
        case .tooManyDirections: "the VNF has fewer interfaces"
        case .aborted: "the handover was aborted"
        case .handoverLimit: "too many handovers are open"
        }
    }
}
