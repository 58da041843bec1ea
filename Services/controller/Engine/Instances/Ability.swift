import ControlFrames
import Timing

/// What an instance's handover support layer says that it can.
struct Ability: Sendable {
    enum Answer: Hashable, Sendable {
        /// It has not answered, and may still.
        case awaited
        /// It was asked for long enough: an agent that knows no HELLO, or none at all.
        case silent
        case said(Capabilities)
    }

    /// HELLO is repeated.
    struct Asking: Sendable {
        let serial: Serial
        var backoff: Backoff
    }

    private(set) var answer = Answer.awaited
    private(set) var asking: Asking?

    /// It is asked, for the first time or again; until it answers, what is known of it holds.
    mutating func ask(as serial: Serial, _ schedule: Backoff.Schedule, at now: Instant) {
        asking = Asking(serial: serial, backoff: Backoff(schedule, startedAt: now))
    }

    /// It has answered, or has spoken without being asked.
    mutating func said(_ capabilities: Capabilities) {
        answer = .said(capabilities)
        asking = nil
    }

    /// What is due of the question.
    mutating func step(at now: Instant) -> Backoff.Step {
        guard let step = asking?.backoff.step(at: now) else { return .wait }
        if step == .giveUp {
            answer = .silent
            asking = nil
        }
        return step
    }
}
