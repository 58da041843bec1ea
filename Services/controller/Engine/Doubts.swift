import Timing

/// Decides whether an answer comes from a process that was started since START first left, and so cannot speak for the one before it.
///
/// The process says how long it has been running. What was long on its way makes it seem younger than it is, never older: so one that
/// seems too young is asked again for a while before that is believed.
struct Doubts: Sendable {
    enum Verdict: Sendable {
        /// It was there before the handover began, or does not say.
        case wasThere
        /// It seems too young, which may be the way's fault.
        case isToBeAskedAgain
        /// It has seemed too young for long.
        case wasStartedAnew
    }

    /// Since when answers of an instance have seemed too young.
    private var since: [FlowHandover.Role: Instant] = [:]

    /// Repeats are frequent at first, so one of many answers was fast.
    private static let patience = TimeSpan.seconds(1)

    /// Judges an answer that is of consequence.
    ///
    /// - Parameters:
    ///   - role: who has given it.
    ///   - begun: when the process began, at the latest; nil if it does not say.
    ///   - start: when START first left.
    mutating func judge(_ role: FlowHandover.Role, begun: Instant?, start: Instant, at now: Instant) -> Verdict {
        guard let begun, begun > start else {
            since[role] = nil
            return .wasThere
        }
        guard let first = since[role] else {
            since[role] = now
            return .isToBeAskedAgain
        }
        return now - first < Self.patience ? .isToBeAskedAgain : .wasStartedAnew
    }
}
