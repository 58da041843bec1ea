import ControlFrames
import Timing

/// Limits how often frames of unknown handovers are answered: once a pause for each handover and port.
///
/// A table of fixed size, in which one handover displaces another that falls on the same place. Then it is answered sooner, which
/// does no harm.
struct AnswerLimit: Sendable {
    private struct Answer {
        let handover: HandoverID
        let port: Int
        let time: Instant
    }

    private static let places = 1_024
    private let pause: TimeSpan
    private var answers: [Answer?] = Array(repeating: nil, count: places)

    init(pause: TimeSpan) {
        self.pause = pause
    }

    /// Whether an answer may go out at `now`; if so, it counts as sent.
    mutating func allows(_ handover: HandoverID, on port: Int, at now: Instant) -> Bool {
        let place = (Int(handover.rawValue) &+ port &* (Self.places / 2)) & (Self.places - 1)
        if let last = answers[place], last.handover == handover, last.port == port, now - last.time < pause { return false }
        answers[place] = Answer(handover: handover, port: port, time: now)
        return true
    }
}
