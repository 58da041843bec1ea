import ControlFrames
import Timing

/// An agent that was started anew since the handover began answers for itself alone: what its predecessor had been given is lost.
extension FlowHandover {
    /// Takes note of who says something that is no less than all of what came to an instance.
    ///
    /// - FENCE_ACK counts the stragglers that the process has taken. Where START was the fence there can be none, and nobody is asked.
    /// - On the direct route that may come behind the destination's word that it has released everything. START_ACK comes before.
    /// - Of a destination on the direct route START_ACK says that the process holds what comes: packets may come before. On the other, none do.
    ///
    /// - Parameter begun: when the process that speaks began, at the latest; nil if it does not say.
    mutating func hears(_ message: ControlMessage, from role: Role, _ x: Direction, begun: Instant?, at now: Instant) {
        guard let begun, begun > record.startedAt, !isOver else { return }
        switch (message, role) {
        case (.fenceAck, _):
            guard directions.has(x), directions[x].isFencing(role) else { return }
        case (.startAck(nil), .source):
            guard receiver == .destination, directions.all.contains(where: { $0.route == .direct && $0.isFencing(.source) }) else { return }
        case (.startAck(_?), .destination):
            guard receiver == .destination, kind == .move, directions.has(x), directions[x].isStarting else { return }
            for y in directions.directions { directions[y].forgetArming(before: begun, at: now, retry: configuration.retry) }
            guard directions[x].route == .direct else { return }
        default: return
        }
        record.isIncomplete = true
        record.reason = "VNF \(role == .source ? source.id : destination.id) was started anew"
    }
}
