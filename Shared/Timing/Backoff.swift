/// When to repeat a frame that nobody has acknowledged yet: the pause doubles from `first` up to `longest`.
public struct Backoff: Hashable, Sendable {
    /// The pauses of a kind of frame, and how long to go on.
    public struct Schedule: Hashable, Sendable {
        /// The pause before the first repeat.
        public let first: TimeSpan
        /// The pause that no repeat exceeds.
        public let longest: TimeSpan
        /// How long after the first sending to give up.
        public let limit: TimeSpan

        /// A schedule of pauses from `first` doubling to `longest`, given up after `limit`.
        public init(first: TimeSpan, longest: TimeSpan, limit: TimeSpan) {
            self.first = first
            self.longest = longest
            self.limit = limit
        }
    }

    /// What is to be done when the clock reaches a backoff.
    public enum Step: Hashable, Sendable {
        /// Nothing yet.
        case wait
        /// Send once more.
        case `repeat`
        /// The limit has passed: stop.
        case giveUp
    }

    private let schedule: Schedule
    /// When the frame was first sent, or the limit last began to count.
    public private(set) var started: Instant
    private var pause: TimeSpan
    /// When to look again.
    public private(set) var next: Instant

    /// A frame first sent at `now`.
    public init(_ schedule: Schedule, startedAt now: Instant) {
        self.schedule = schedule
        started = now
        pause = schedule.first
        next = now + schedule.first
    }

    /// Advances to `now` and says what is due.
    ///
    /// - Parameter isPatient: whether to go on beyond the limit, because it is known that nobody can have heard.
    public mutating func step(at now: Instant, isPatient: Bool = false) -> Step {
        guard now >= next else { return .wait }
        guard isPatient || now - started < schedule.limit else { return .giveUp }
        pause = min(pause * 2, schedule.longest)
        next = now + pause
        return .repeat
    }

    /// Counts the limit from `now` on, at the same pace: whoever is to answer has said that it is there.
    public mutating func heard(at now: Instant) { started = now }

    /// Counts the limit from `now` on, and is due at once: whoever is to hear can do so again.
    public mutating func restart(at now: Instant) {
        started = now
        pause = schedule.first
        next = now
    }
}
