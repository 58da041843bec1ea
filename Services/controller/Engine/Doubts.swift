import ControlFrames
import Timing

/// Decides whether an answer comes from a process that was started since START first left, and so cannot speak for the one before it.
///
/// Where two processes have answered, one of them has. Where only one has, it says how long it has been running. What was long on its way
/// makes it seem younger than it is, never older: so one that seems too young is asked again for a while before that is believed.
struct Doubts: Sendable {
    enum Verdict: Sendable {
        /// It was there before the handover began, or does not say.
        case wasThere
        /// It seems too young, which may be the way's fault.
        case isToBeAskedAgain
        /// Another process has answered before, or it has seemed too young for long.
        case wasStartedAnew
    }

    /// Since when answers of an instance have seemed too young.
    private var since: [FlowHandover.Role: Instant] = [:]
    /// Who has answered for an instance.
    private var processes: [FlowHandover.Role: ProcessNumber] = [:]

    /// Repeats are frequent at first, so one of many answers was fast.
    private static let patience = TimeSpan.seconds(1)

    /// Takes note of who gives an answer of no consequence.
    mutating func note(_ role: FlowHandover.Role, _ speaker: Speaker) {
        if processes[role] == nil { processes[role] = speaker.process }
    }

    /// Whether earlier answers for an instance were another process's.
    func areOfAnother(than speaker: Speaker, _ role: FlowHandover.Role) -> Bool {
        guard let process = speaker.process, let before = processes[role] else { return false }
        return process != before
    }

    /// Judges an answer that is of consequence.
    ///
    /// - Parameters:
    ///   - role: who has given it.
    ///   - start: when START first left.
    mutating func judge(_ role: FlowHandover.Role, _ speaker: Speaker, start: Instant, at now: Instant) -> Verdict {
        if let process = speaker.process, let before = processes.updateValue(process, forKey: role), before != process {
            return .wasStartedAnew
        }
        guard let begun = speaker.begun, begun > start else {
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
