import Timing

/// What an instance has to acknowledge on every interface, and one process for all of them: what one was told, the next does not know.
///
/// Where two processes have answered, nobody has to know which of the two is the younger: what the other one has said is asked for again,
/// and in the end only the younger answers, for links keep their order and the elder is gone.
struct Acknowledgement: Sendable {
    private var answers: [Direction: (speaker: Speaker, time: Instant)] = [:]

    /// An interface has answered: what another process has said does not count any more.
    mutating func heard(_ x: Direction, from speaker: Speaker, at now: Instant) {
        answers = answers.filter { holds($0.key, beside: speaker) }
        answers[x] = (speaker, now)
    }

    /// Whether the process that speaks now may have given an interface's answer. One without a number says at most how long it has been
    /// running.
    func holds(_ x: Direction, beside speaker: Speaker) -> Bool {
        guard let answer = answers[x], !answer.speaker.differs(from: speaker) else { return false }
        return speaker.begun.map { answer.time >= $0 } ?? true
    }

    /// Whether one process has answered on all of some interfaces, as far as that can be known.
    func isComplete(for directions: [Direction]) -> Bool { directions.allSatisfy { answers[$0] != nil } }

    /// Whether another process has answered than the one that speaks now.
    func isOfAnother(than speaker: Speaker) -> Bool { answers.values.contains { $0.speaker.differs(from: speaker) } }
}
