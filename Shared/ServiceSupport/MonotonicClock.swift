import Glibc
import Timing

/// The clock that gives the pure parts their time: CLOCK_MONOTONIC, whose origin is the same for all processes of a machine.
public enum MonotonicClock {
    /// The time now.
    public static func now() -> Instant {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Instant(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }
}
