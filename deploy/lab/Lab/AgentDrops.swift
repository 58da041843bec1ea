import Foundation

/// What the kernel dropped at the HSL agents' packet rings, which only their owners can see: the agents publish it as a metric.
package struct AgentDrops {
    static let address = "127.0.0.1:9464"
    private let server = HTTPServer(address: address)

    /// The present count; waits, for a while, until every agent has published since it was asked for.
    func read() -> Int {
        let before = metrics().map { Self.sum(of: "sharp_metrics_snapshots_total", in: $0) } ?? 0
        let publishers = 4.0
        var latest: String?
        try? waitUntil("all have published", within: 3, every: 50) {
            latest = metrics() ?? latest
            return latest.map { Self.sum(of: "sharp_metrics_snapshots_total", in: $0) >= before + 2 * publishers } ?? false
        }
        return latest.map { Int(Self.sum(of: "sharp_hsl_dropped_packets_total", label: "reason=\"kernel\"", in: $0)) } ?? 0
    }

    /// Adds up the samples of a metric, or those with a label, in Prometheus' text format.
    package static func sum(of name: String, label: String? = nil, in text: String) -> Double {
        text.split(separator: "\n").reduce(0) { sum, line in
            guard line.hasPrefix(name + "{") || line.hasPrefix(name + " "), label.map(line.contains) ?? true else { return sum }
            return sum + (line.split(separator: " ").last.flatMap { Double($0) } ?? 0)
        }
    }

    private func metrics() -> String? {
        guard let answer = try? server.exchange("GET", "/metrics", within: 1), answer.status == 200 else { return nil }
        return String(decoding: answer.body, as: UTF8.self)
    }
}
