import Foundation

extension LabReport {
    /// The report for people.
    package var text: String {
        var lines = [heading, ""]
        lines.append("                     sent   received   lost   reordered   doubled")
        lines.append(row("host 1 > host 2", forward))
        if bidirectional { lines.append(row("host 2 > host 1", reverse)) }
        lines.append("")
        lines.append(entry("state", stateIntact ? "intact: what the function knows is what the hosts sent, in order" : "differs"))
        if let handoverMs {
            lines.append(entry("handover", spread(handoverMs)))
            let phases = Handover.phases.compactMap { name in phasesMs[name].map { "\(name) \(format($0))" } }
            if !phases.isEmpty { lines.append(entry("its phases", phases.joined(separator: ", ") + " ms (medians; they overlap)")) }
        }
        let what = bidirectional ? "there and back" : "one way"
        if let addedDelayMs { lines.append(entry("added delay", spread(addedDelayMs) + ", \(what)")) }
        lines.append(entry("usual delay", "\(format(usualDelayMs)) ms (median, \(what))"))
        if handovers > 0 {
            lines.append(entry("controller buffer", buffered(controllerBuffered)))
            lines.append(entry("function's buffer", buffered(vnfBuffered)))
            let outcomes = outcomes.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
            lines.append(entry("flow handovers", outcomes.isEmpty ? "no records" : outcomes.joined(separator: ", ")))
        }
        let sources = environmentDropsBySource.sorted { $0.key < $1.key }.map { "\($0.value) at \($0.key)" }
        lines.append(entry("environment drops", sources.isEmpty ? "0" : sources.joined(separator: ", ")))
        lines.append("")
        switch verdict {
        case .passed: lines.append("PASSED: nothing lost, nothing reordered, nothing doubled, the state is intact.")
        case .failed: lines.append("FAILED: " + failures.joined(separator: "; ") + ".")
        case .void:
            lines.append("VOID: the machine itself dropped packets, so this run says nothing. Try again, or with a lower rate.")
            if !failures.isEmpty { lines.append("Seen all the same: " + failures.joined(separator: "; ") + ".") }
        }
        return lines.joined(separator: "\n")
    }

    private var heading: String {
        let moves = handovers == 1 ? "one handover" : handovers == 0 ? "no handover" : "\(handovers) handovers"
        let what = flows == 1 ? "one flow" : "\(flows) flows"
        return "\(moves) of \(what), \(format(rate)) packets a second of \(size) bytes"
            + (bidirectional ? ", both directions" : ", one direction") + ", state transfer \(stateMs) ms"
    }

    private func row(_ name: String, _ counts: Counts) -> String {
        "  " + name.padded(15)
            + [(counts.sent, 8), (counts.received, 11), (counts.lost, 7), (counts.reordered, 12), (counts.duplicated, 10)]
            .map { value, width in String(repeating: " ", count: max(0, width - "\(value)".count)) + "\(value)" }.joined()
    }

    private func entry(_ name: String, _ value: String) -> String { "  \(name.padded(20))\(value)" }

    private func spread(_ spread: Spread) -> String {
        spread.p50 == spread.max
            ? "\(format(spread.max)) ms" : "median \(format(spread.p50)), p99 \(format(spread.p99)), at most \(format(spread.max)) ms"
    }

    private func buffered(_ buffered: Buffered) -> String {
        "\(buffered.packets) packets, \(buffered.bytes) bytes, at most \(buffered.peakPackets) at a time"
    }

    private func format(_ value: Double) -> String {
        value == value.rounded() ? "\(Int(value))" : String(format: value < 10 ? "%.2f" : "%.1f", value)
    }
}

extension String {
    fileprivate func padded(_ width: Int) -> String { self + String(repeating: " ", count: max(1, width - count)) }
}
