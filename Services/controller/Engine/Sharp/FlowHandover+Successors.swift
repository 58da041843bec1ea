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
    /// What was long on its way makes its sender seem younger than it is: so it is asked a few times before that is believed.
    ///
    /// - Parameter begun: when the process that speaks began, at the latest; nil if it does not say.
    ///
    /// - Returns: false if what it says is to be asked for once more.
    mutating func hears(_ message: ControlMessage, from role: Role, _ x: Direction, begun: Instant?, at now: Instant) -> Bool {
        guard let begun, begun > record.startedAt, !isOver else { return true }
        switch (message, role) {
        case (.fenceAck, _):
            guard directions.has(x), directions[x].isFencing(role) else { return true }
        case (.startAck(nil), .source):
            guard case .starting = sourceState, receiver == .destination,
                directions.all.contains(where: { $0.route == .direct && $0.isFencing(.source) })
            else { return true }
        case (.startAck(_?), .destination):
            guard receiver == .destination, kind == .move, directions.has(x), directions[x].isStarting else { return true }
            if isToBeAskedAgain(role) { return false }
            for y in directions.directions { directions[y].forgetArming(before: begun, at: now, retry: configuration.retry) }
            guard directions[x].route == .direct else { return true }
        default: return true
        }
        if isToBeAskedAgain(role) { return false }
        record.isIncomplete = true
        record.reason = "VNF \(role == .source ? source.id : destination.id) was started anew"
        return true
    }

    /// Counts the answers of a process that seems too young, up to a limit.
    private mutating func isToBeAskedAgain(_ role: Role) -> Bool {
        guard doubts[role, default: 0] < Self.mostDoubts else { return false }
        doubts[role, default: 0] += 1
        return true
    }

    private static let mostDoubts = 4
}
