import Timing

/// Virtual time: what is to happen, in order. Nothing happens between two events.
struct VirtualClock {
    private var queue = DeadlineQueue<Int>()
    private var happenings: [Int: () -> Void] = [:]
    private var count = 0
    /// The instant that the events have reached.
    private(set) var now = Instant.zero

    /// Lets something happen at an instant, after everything that was planned for it before.
    mutating func at(_ instant: Instant, _ happening: @escaping () -> Void) {
        happenings[count] = happening
        queue.schedule(count, at: max(instant, now))
        count += 1
    }

    /// The next happening, with the clock moved on to it; nil when nothing is planned any more.
    mutating func next() -> (() -> Void)? {
        guard let due = queue.next, let number = queue.popDue(at: due) else { return nil }
        now = due
        return happenings.removeValue(forKey: number)
    }
}
