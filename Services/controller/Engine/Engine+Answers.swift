import ControlFrames
import Timing

/// Repeats are put off while answers take long, because switches and agents are busy.
extension Engine {
    /// Looks at a handover later whose answers may still be on their way; false if they would have come.
    mutating func putOff(_ serial: Serial, at now: Instant) -> Bool {
        guard let index = live.index(forKey: serial), let later = answers.earliestRepeat(after: live.values[index].asked, at: now) else {
            return false
        }
        live.values[index].scheduled = later
        deadlines.schedule(serial, at: later)
        return true
    }

    /// A destination that holds a flow in every direction now has answered START: its handover support layer does so at once, whatever its
    /// function does.
    mutating func noteAnswer(of serial: Serial, at now: Instant) {
        guard let index = live.index(forKey: serial), live.values[index].handover.kind == .move else { return }
        let (startedAt, armedAt) = (live.values[index].handover.record.startedAt, live.values[index].handover.record.armedAt)
        if armedAt == now { answers.answered(after: now - startedAt, at: now) }
    }
}

extension FlowHandover.Action {
    /// Whether it is a frame that is repeated until somebody answers.
    var wantsAnswer: Bool {
        guard case .send(let message, _, _) = self else { return false }
        return switch message {
        case .startSource, .startDestination, .fence, .transfer, .releaseFinished, .handoverFinished, .abort: true
        default: false
        }
    }
}
