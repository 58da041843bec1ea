import Foundation

/// The metrics service, as Prometheus would ask it.
package struct MetricsClient {
    static let address = "127.0.0.1:9464"
    /// How many services publish metrics: the controller, northbound, and an agent for each function.
    let publishers: Int
    private let server = HTTPServer(address: address)

    init(_ layout: Layout) {
        publishers = layout.functions.count + 2
    }

    /// The present metrics; waits, for a while, until every service has published since they were asked for.
    func current() -> String {
        let before = metrics().map { Self.sum(of: "sharp_metrics_snapshots_total", in: $0) } ?? 0
        var latest = ""
        try? waitUntil("all have published", within: 3, every: 50) {
            latest = metrics() ?? latest
            return Self.sum(of: "sharp_metrics_snapshots_total", in: latest) >= before + 2 * Double(publishers)
        }
        return latest
    }

    /// What the kernel dropped at the HSL agents' interfaces, and would not take from them, which only they can see; by where.
    func agentDrops() -> [String: Int] {
        let metrics = current()
        func sum(_ reason: String) -> Int {
            Int(Self.sum(of: "sharp_hsl_dropped_packets_total", label: "reason=\"\(reason)\"", in: metrics))
        }
        return ["rings of the HSL agents": sum("kernel"), "refused by the kernel at the HSL agents": sum("send_failed")]
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
