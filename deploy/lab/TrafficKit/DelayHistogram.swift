/// How long packets took, in buckets that are never wider than 1/32 of their value; the maximum is exact.
package struct DelayHistogram: Sendable {
    private var buckets = [UInt64](repeating: 0, count: 59 * 32 + 32)
    /// How many delays were recorded.
    package private(set) var count: UInt64 = 0
    /// The longest delay, in nanoseconds.
    package private(set) var maximum: UInt64 = 0

    /// An empty histogram.
    package init() {}

    /// Takes in a delay in nanoseconds.
    package mutating func record(_ delay: UInt64) {
        buckets[Self.bucket(of: delay)] += 1
        count += 1
        maximum = max(maximum, delay)
    }

    /// The delay in nanoseconds that a share of all stays at or below; nil without any.
    package func quantile(_ share: Double) -> UInt64? {
        guard count > 0 else { return nil }
        let rank = max(1, UInt64((Double(count) * min(max(share, 0), 1)).rounded(.up)))
        var passed: UInt64 = 0
        for (index, inside) in buckets.enumerated() {
            passed += inside
            if passed >= rank { return min(Self.upperBound(of: index), maximum) }
        }
        return maximum
    }

    private static func bucket(of delay: UInt64) -> Int {
        let shift = max(0, 58 - delay.leadingZeroBitCount)
        return shift * 32 + Int(delay >> UInt64(shift))
    }

    private static func upperBound(of bucket: Int) -> UInt64 {
        let shift = max(0, bucket / 32 - 1)
        let (bound, overflow) = UInt64(bucket - shift * 32 + 1).multipliedReportingOverflow(by: 1 << UInt64(shift))
        return overflow ? .max : bound - 1
    }
}

/// The delays of a stretch of time, in milliseconds.
package struct DelaySummary: Hashable, Sendable, Codable {
    /// What the lab called the stretch.
    package var label: String
    /// Packets measured.
    package var packets: UInt64
    /// Half of them took no longer.
    package var p50Ms: Double
    /// 99 of 100 took no longer.
    package var p99Ms: Double
    /// None took longer.
    package var longest: LongestDelay

    /// The summary of a histogram, and of the packet that took longest.
    package init(label: String, of histogram: DelayHistogram, longest: LongestDelay) {
        func milliseconds(_ nanoseconds: UInt64?) -> Double { Double((nanoseconds ?? 0) / 1000) / 1000 }
        self.label = label
        packets = histogram.count
        p50Ms = milliseconds(histogram.quantile(0.5))
        p99Ms = milliseconds(histogram.quantile(0.99))
        self.longest = longest
    }
}
