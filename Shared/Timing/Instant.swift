/// A point in monotonic time, in nanoseconds since an origin that the process (or the simulator) chose.
///
/// The pure parts never read a clock: they are given an instant with every event.
public struct Instant: Hashable, Comparable, Sendable {
    /// Nanoseconds since the origin.
    public let nanoseconds: Int64

    /// The instant `nanoseconds` after the origin.
    @inlinable
    public init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    /// The origin itself.
    public static let zero = Instant(nanoseconds: 0)

    /// Whether the first comes before the second.
    @inlinable
    public static func < (left: Instant, right: Instant) -> Bool { left.nanoseconds < right.nanoseconds }

    /// The instant a span later.
    @inlinable
    public static func + (instant: Instant, span: TimeSpan) -> Instant {
        Instant(nanoseconds: instant.nanoseconds &+ span.nanoseconds)
    }

    /// The span between two instants, negative when the first is the earlier one.
    @inlinable
    public static func - (later: Instant, earlier: Instant) -> TimeSpan {
        TimeSpan(nanoseconds: later.nanoseconds &- earlier.nanoseconds)
    }
}

/// A length of time in nanoseconds.
public struct TimeSpan: Hashable, Comparable, Sendable {
    /// The length in nanoseconds.
    public let nanoseconds: Int64

    /// A span of `nanoseconds`.
    @inlinable
    public init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    /// No time at all.
    public static let zero = TimeSpan(nanoseconds: 0)

    /// A span of so many microseconds.
    @inlinable
    public static func microseconds(_ count: Int64) -> TimeSpan { TimeSpan(nanoseconds: count * 1_000) }
    /// A span of so many milliseconds.
    @inlinable
    public static func milliseconds(_ count: Int64) -> TimeSpan { TimeSpan(nanoseconds: count * 1_000_000) }
    /// A span of so many seconds.
    @inlinable
    public static func seconds(_ count: Int64) -> TimeSpan { TimeSpan(nanoseconds: count * 1_000_000_000) }

    /// The length in milliseconds, with the fraction.
    @inlinable
    public var milliseconds: Double { Double(nanoseconds) / 1e6 }
    /// The length in seconds, with the fraction.
    @inlinable
    public var seconds: Double { Double(nanoseconds) / 1e9 }

    /// Whether the first comes before the second.
    @inlinable
    public static func < (left: TimeSpan, right: TimeSpan) -> Bool { left.nanoseconds < right.nanoseconds }
    /// Both spans one after the other.
    @inlinable
    public static func + (left: TimeSpan, right: TimeSpan) -> TimeSpan { TimeSpan(nanoseconds: left.nanoseconds + right.nanoseconds) }
    /// The span so many times.
    @inlinable
    public static func * (span: TimeSpan, factor: Int64) -> TimeSpan { TimeSpan(nanoseconds: span.nanoseconds * factor) }
}
