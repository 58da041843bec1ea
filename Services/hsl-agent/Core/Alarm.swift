import Timing

/// An end's request to abort a handover.
///
/// - `raised` → `raised` (repeated), `settled` (ABORT_ACK, or nobody answered in time)
/// - `settled`: nothing more is said
enum Alarm: Sendable {
    case raised(reason: String, port: Int, Backoff)
    case settled

    /// What the clock asks for.
    enum Step {
        case none
        case send(reason: String, port: Int, next: Instant)
        case givenUp
    }

    mutating func step(at now: Instant) -> Step {
        guard case .raised(let reason, let port, var backoff) = self else { return .none }
        switch backoff.step(at: now) {
        case .wait:
            return .none
        case .repeat:
            self = .raised(reason: reason, port: port, backoff)
            return .send(reason: reason, port: port, next: backoff.next)
        case .giveUp:
            self = .settled
            return .givenUp
        }
    }
}
