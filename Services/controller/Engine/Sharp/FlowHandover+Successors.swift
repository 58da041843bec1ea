import ControlFrames
import Timing

/// An agent that was started anew since the handover began answers for itself alone: what its predecessor had been given is lost.
extension FlowHandover {
    /// Takes note of who says something that is no less than all of what came to an instance.
    ///
    /// - FENCE_ACK counts the stragglers that the process has taken. Where START was the fence there can be none, and nobody is asked.
    /// - On the direct route that may come behind the destination's word that it has released everything. START_ACK comes before, and tells
    ///   also when another process has frozen the state already.
    /// - Of a destination on the direct route START_ACK says that the process holds what comes: packets may come before. On the other, none do.
    ///
    /// - Returns: false if what it says is to be asked for once more.
    mutating func hears(_ message: ControlMessage, from role: Role, _ x: Direction, by speaker: Speaker, at now: Instant) -> Bool {
        guard !isOver else { return true }
        guard isOfConsequence(message, from: role, x, by: speaker) else {
            doubts.note(role, speaker)
            return true
        }
        switch doubts.judge(role, speaker, start: record.startedAt, at: now) {
        case .wasThere:
            if case .startAck(_?) = message { acknowledgement.heard(x, from: speaker, at: now) }
            return true
        case .isToBeAskedAgain: return false
        case .wasStartedAnew: break
        }
        if case .startAck(_?) = message {
            for y in directions.directions {
                directions[y].forgetArming(unless: acknowledgement.holds(y, beside: speaker), at: now, retry: configuration.retry)
            }
            acknowledgement.heard(x, from: speaker, at: now)
            guard directions[x].route == .direct else { return true }
        }
        record.isIncomplete = true
        record.reason = "VNF \(role == .source ? source.id : destination.id) was started anew"
        return true
    }

    private var isFreezing: Bool { if case .starting = sourceState { true } else { false } }

    /// Whether it matters which process says something.
    private func isOfConsequence(_ message: ControlMessage, from role: Role, _ x: Direction, by speaker: Speaker) -> Bool {
        switch (message, role) {
        case (.fenceAck, _): directions.has(x) && directions[x].isFencing(role)
        case (.startAck(nil), .source):
            receiver == .destination && directions.all.contains { $0.route == .direct && $0.isFencing(.source) }
                && (isFreezing || doubts.areOfAnother(than: speaker, role))
        case (.startAck(_?), .destination): receiver == .destination && kind == .move && directions.has(x) && directions[x].isStarting
        default: false
        }
    }
}
