import Timing

/// A generator of random numbers (SplitMix64) that gives the same numbers for the same seed, everywhere.
public struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// A generator for one run.
    public init(seed: UInt64) {
        state = seed
    }

    /// The next 64 random bits.
    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }

    /// A number from 0 up to 1, 1 not included.
    mutating func fraction() -> Double { Double(next() >> 11) / Double(1 << 53) }

    /// True with a probability.
    mutating func chance(_ probability: Double) -> Bool { fraction() < probability }

    /// One of some values.
    mutating func pick<Value>(_ values: [Value]) -> Value { values[Int(next() % UInt64(values.count))] }

    /// A length of time up to `longest`.
    mutating func span(upTo longest: TimeSpan) -> TimeSpan { span(.zero, longest) }

    /// A length of time within limits.
    mutating func span(_ shortest: TimeSpan, _ longest: TimeSpan) -> TimeSpan {
        let width = Double(longest.nanoseconds - shortest.nanoseconds)
        return TimeSpan(nanoseconds: shortest.nanoseconds + Int64(fraction() * width))
    }

    /// A whole number within a range.
    mutating func number(in range: ClosedRange<Int>) -> Int { range.lowerBound + Int(next() % UInt64(range.count)) }
}
