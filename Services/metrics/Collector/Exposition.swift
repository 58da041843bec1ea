import ServiceSupport

/// Writes metrics in Prometheus's text format 0.0.4.
struct Exposition {
    /// All series of one name.
    private struct Family {
        let kind: MetricKind
        var help: String?
        var series: [(labels: [String: String], value: MetricValue)] = []
    }

    private var families: [String: Family] = [:]
    /// Series left out because another series of that name, or of a name that a histogram takes, is of another kind.
    private(set) var conflicts: UInt64 = 0

    /// Adds a series with the labels that tell its origin.
    mutating func add(_ metric: Metric, origin: [String: String]) {
        var family = families[metric.name] ?? Family(kind: metric.value.kind)
        guard family.kind == metric.value.kind else { return conflicts += 1 }
        family.help = family.help ?? metric.help
        family.series.append((metric.labels.merging(origin) { $1 }, metric.value))
        families[metric.name] = family
    }

    /// Leaves out families whose name is a line of some histogram (`x_sum` beside the histogram `x`).
    mutating func resolveConflicts() {
        for (name, family) in families where family.kind == .histogram {
            for ending in ["_bucket", "_sum", "_count"] {
                conflicts += UInt64(families.removeValue(forKey: name + ending)?.series.count ?? 0)
            }
        }
    }

    /// The text: families and series sorted, so that equal metrics give equal text.
    func text() -> String {
        var text = ""
        for (name, family) in families.sorted(by: { $0.key < $1.key }) {
            let help = family.help ?? MetricDescription.help(of: name) ?? "Recorded by a library under this name."
            text += "# HELP \(name) \(Self.escaped(help, quotes: false))\n# TYPE \(name) \(family.kind.rawValue)\n"
            let series = family.series.map { (labels: Self.written($0.labels), value: $0.value) }.sorted { $0.labels < $1.labels }
            for (labels, value) in series { Self.write(name, labels, value, to: &text) }
        }
        return text
    }

    private static func write(_ name: String, _ labels: String, _ value: MetricValue, to text: inout String) {
        switch value {
        case .counter(let number), .gauge(let number):
            text += "\(name)\(braced(labels)) \(written(number))\n"
        case .histogram(let histogram):
            var count: UInt64 = 0
            for (bound, inRange) in zip(histogram.buckets.map(written) + ["+Inf"], histogram.counts) {
                // A total that does not fit came from a broken service and is no reason to fall.
                count = count.addingReportingOverflow(inRange).partialValue
                let separator = labels.isEmpty ? "" : ","
                text += "\(name)_bucket{\(labels)\(separator)le=\"\(bound)\"} \(count)\n"
            }
            text += "\(name)_sum\(braced(labels)) \(written(histogram.sum))\n\(name)_count\(braced(labels)) \(count)\n"
        }
    }

    private static func braced(_ labels: String) -> String { labels.isEmpty ? "" : "{\(labels)}" }

    private static func written(_ labels: [String: String]) -> String {
        labels.sorted { $0.key < $1.key }.map { "\($0.key)=\"\(escaped($0.value, quotes: true))\"" }.joined(separator: ",")
    }

    private static func written(_ number: Double) -> String {
        if number.isNaN { return "NaN" }
        if number.isInfinite { return number > 0 ? "+Inf" : "-Inf" }
        return Int64(exactly: number).map(String.init) ?? "\(number)"
    }

    private static func escaped(_ text: String, quotes: Bool) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": escaped += "\\\\"
            case "\n": escaped += "\\n"
            case "\"" where quotes: escaped += "\\\""
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
