import Foundation

/// The times at which requests arrive that know nothing of each other.
package enum PoissonArrivals {
    /// When each of `count` requests arrives, in nanoseconds from the beginning, at `rate` a second on average.
    package static func times(count: Int, rate: Double, seed: UInt64) -> [UInt64] {
        var generator = SplitMix(state: seed)
        var time = 0.0
        return (0..<count).map { _ in
            time += -log(1 - Double.random(in: 0..<1, using: &generator)) / rate
            return UInt64(time * 1e9)
        }
    }

    /// Sebastiano Vigna's splitmix64.
    private struct SplitMix: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
    }
}
