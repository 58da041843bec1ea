import ControlFrames
import Timing

/// An agent that was started anew since the handover began answers for itself alone: what its predecessor had been given is lost.
extension FlowHandover {
    /// Takes note of who says something that is no less than all of what came to an instance.
    ///
    /// - FENCE_ACK counts the stragglers that the process has taken. Where START was the fence there can be none, and nobody is asked.
    /// - START_ACK on the direct route says what the process holds: packets may come before it is said. On the other, none do.
    ///
    /// - Parameter begun: when the process that speaks began, at the latest; nil if it does not say.
    mutating func hears(_ message: ControlMessage, from role: Role, _ x: Direction, begun: Instant?) {
        guard let begun, begun > record.startedAt, !isOver, directions.has(x) else { return }
        switch message {
        case .fenceAck where directions[x].isFencing(role): break
        case .startAck(received: _?)
        where role == .destination && receiver == .destination && directions[x].route == .direct && directions[x].isStarting: break
        default: return
        }
        record.isIncomplete = true
        record.reason = "VNF \(role == .source ? source.id : destination.id) was started anew"
    }
}
