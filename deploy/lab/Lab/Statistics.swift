import TrafficKit

extension LabReport.Counts {
    /// What became of what one end sent to the other.
    init(from sender: TrafficReport, to receiver: TrafficReport) {
        for (sent, got) in zip(sender.flows, receiver.flows) {
            self.sent += Int(sent.sent.packets)
            received += got.arrivals.distinct
            lost += max(0, Int(sent.sent.packets) - got.arrivals.distinct)
            reordered += got.arrivals.reordered
            duplicated += got.arrivals.duplicated
        }
    }

    /// What went wrong, one line a kind; nothing if all arrived once and in order.
    func complaints(_ place: String) -> [String] {
        [(lost, "lost"), (reordered, "reordered"), (duplicated, "doubled")].compactMap { number, what in
            number > 0 ? "\(counted(number, "packet")) \(what)\(place)" : nil
        }
    }

    static func + (one: Self, other: Self) -> Self {
        Self(
            sent: one.sent + other.sent, received: one.received + other.received, lost: one.lost + other.lost,
            reordered: one.reordered + other.reordered, duplicated: one.duplicated + other.duplicated)
    }
}

extension LabReport.Spread {
    /// The spread of values; nil without any.
    init?(_ values: [Double]) {
        let sorted = values.sorted()
        guard let last = sorted.last else { return nil }
        func quantile(_ share: Double) -> Double { sorted[Swift.max(0, Int((Double(sorted.count) * share).rounded(.up)) - 1)] }
        self.init(p50: quantile(0.5), p90: quantile(0.9), p99: quantile(0.99), max: last)
    }
}

extension LabReport.Bin {
    private static let bounds = [1.0, 2, 5, 10, 15, 20, 30, 50, 100, 200, 500, 1000, 2000]

    /// How many values fall into each bin, without empty ones at either end.
    static func histogram(_ values: [Double]) -> [Self] {
        var bins = bounds.map { Self(upToMs: $0, count: 0) } + [Self(upToMs: nil, count: 0)]
        for value in values { bins[bounds.firstIndex { value <= $0 } ?? bounds.count].count += 1 }
        let end = (bins.lastIndex { $0.count > 0 } ?? -1) + 1
        return Array(bins[..<end].drop { $0.count == 0 })
    }
}

extension LabReport.Buffered {
    init(_ parts: [Handover.Buffered]) {
        for part in parts {
            packets += part.packets
            bytes += part.bytes
            peakPackets = max(peakPackets, part.peakPackets)
        }
    }
}
