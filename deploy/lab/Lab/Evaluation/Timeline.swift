import TrafficKit

/// The delays of one run's packets, on a clock that begins with the request for the handover.
package struct Timeline: Sendable {
    /// When each packet was sent and how long it took, in milliseconds, in the order of sending.
    package let packets: [(sent: Double, delay: Double)]
    /// By how many milliseconds more than usual a packet takes that is held.
    private static let unusual = 2.0
    /// The median delay before the request, in milliseconds.
    package let usual: Double

    /// The packets of a run; nil without a request, or without a packet before it.
    package init?(_ log: DelayTimeline) {
        guard let request = log.marksUs[TrafficLabel.during.rawValue] else { return nil }
        packets = zip(log.sentUs, log.delayUs).map { (Double($0 - request) / 1000, Double($1) / 1000) }.sorted { $0.sent < $1.sent }
        let before = packets.filter { $0.sent < 0 }.map(\.delay).sorted()
        guard !before.isEmpty else { return nil }
        usual = before[before.count / 2]
    }

    /// The longest delay of those sent in each stretch of a window, by the stretch's beginning.
    package func longest(in window: ClosedRange<Double>, every step: Double) -> [Figure.Point] {
        var longest: [Int: Double] = [:]
        for packet in packets where window.contains(packet.sent) {
            let stretch = Int((packet.sent / step).rounded(.down))
            longest[stretch] = max(longest[stretch] ?? 0, packet.delay)
        }
        return longest.keys.sorted().map { Figure.Point(Double($0) * step, longest[$0] ?? 0) }
    }

    /// How many packets are held somewhere at each moment of a window: sent, and not back although they usually would be.
    package func held(in window: ClosedRange<Double>, every step: Double) -> [Figure.Point] {
        let late = packets.filter { $0.delay > usual + Self.unusual }
        return stride(from: window.lowerBound, through: window.upperBound, by: step).map { time in
            Figure.Point(time, Double(late.count { $0.sent + usual <= time && time < $0.sent + $0.delay }))
        }
    }

    /// Which share of the packets sent after the request took longer than each of a few delays.
    package var slower: [Figure.Point] {
        let delays = packets.filter { $0.sent >= 0 }.map(\.delay).sorted()
        guard !delays.isEmpty else { return [] }
        let step = max(1, delays.count / 200)
        var places = Array(stride(from: 0, to: delays.count - 1, by: step))
        // The slowest are few, and what it is about.
        places += stride(from: max(0, delays.count - 200), to: delays.count, by: max(1, min(200, delays.count) / 50))
        return Set(places).sorted().map { Figure.Point(delays[$0], Double(delays.count - $0) / Double(delays.count)) }
    }
}
