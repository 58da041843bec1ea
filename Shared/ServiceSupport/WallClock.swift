import Glibc

/// The clock on the wall, for what people read; nothing is ordered or measured by it.
public enum WallClock {
    /// Milliseconds since 1970.
    public static func unixMilliseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
    }
}
