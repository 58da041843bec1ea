/// Whether a switch still answers, judged once an interval.
struct Liveness {
    /// What is to be done when an interval is over.
    enum Verdict {
        /// It spoke.
        case alive
        /// It was silent: ask.
        case ask
        /// It was asked often enough.
        case dead
    }

    private let limit: Int
    private var heardSinceTick = true
    private var missed = 0

    init(limit: Int) {
        self.limit = limit
    }

    mutating func heard() { heardSinceTick = true }

    mutating func tick() -> Verdict {
        if heardSinceTick {
            heardSinceTick = false
            missed = 0
            return .alive
        }
        guard missed < limit else { return .dead }
        missed += 1
        return .ask
    }
}
