import Foundation

extension LabReport {
    /// Fewer times than this are not worth a histogram.
    private static let fewest = 10

    /// The report for people.
    package var text: String {
        var lines = [title, ""]
        lines.append("                     sent   received   lost   reordered   doubled")
        lines.append(row("host 1 > host 2", forward))
        if bidirectional { lines.append(row("host 2 > host 1", reverse)) }
        for stream in beside { lines.append(row(stream.name, stream.forward + stream.reverse)) }
        lines.append("")
        for (host, disorders) in disorders.sorted(by: { $0.key < $1.key }) {
            for disorder in disorders { lines.append(entry("reordered at \(host)", disorder.description)) }
        }
        lines.append(entry("state", stateIntact ? "intact: what the function knows is what the hosts sent, in order" : "differs"))
        lines += handoverLines + delayLines
        if handovers > 0 {
            lines.append(entry("controller buffer", buffered(controllerBuffered)))
            lines.append(entry("function's buffer", buffered(vnfBuffered)))
            let outcomes = outcomes.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
            lines.append(entry("flow handovers", outcomes.isEmpty ? "no records" : outcomes.joined(separator: ", ")))
            for (reason, count) in reasons.sorted(by: { $0.key < $1.key }) { lines.append(entry("", "\(count): \(reason)")) }
        }
        if !modes.isEmpty {
            let modes = modes.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
            let reasons = modeReasons.sorted { $0.key < $1.key }.map(\.key).joined(separator: "; ")
            lines.append(entry("mode", modes + (reasons.isEmpty ? "" : " (\(reasons))")))
        }
        if let tableEntries { lines.append(entry("table entries", tableEntries.text)) }
        if let throughController, tableEntries != nil {
            lines.append(entry("to the controller", "\(throughController.packets) packets of flows, by the switches' counters"))
        }
        if forgotten > 0 { lines.append(entry("forgotten", "\(counted(forgotten, "open flow handover"))")) }
        if lost > 0 || lostByRecords > 0 { lines.append(entry("lost by records", counted(lostByRecords, "packet"))) }
        for connection in connections {
            lines.append(
                entry(
                    connection.name,
                    "TCP, \(connection.received) of \(connection.sent) bytes, \(connection.mismatches) wrong, "
                        + "\(counted(connection.retransmissions, "segment")) sent again"))
        }
        if let cachedFlows { lines.append(entry("switches' caches", "\(cachedFlows) entries")) }
        if let forged { lines.append(entry("forged frames", "\(forged.sent) sent, \(forged.dropped) dropped by the switch")) }
        let sources = environmentDropsBySource.sorted { $0.key < $1.key }.map { "\($0.value) at \($0.key)" }
        if let machine {
            let longest = machine.standstills == 0 ? "" : ", at most \(format(machine.longestMs)) ms, \(format(machine.totalMs)) ms in all"
            lines.append(entry("machine", "stood still \(counted(machine.standstills, "time"))\(longest)"))
        }
        lines.append(entry("environment drops", sources.isEmpty ? "0" : sources.joined(separator: ", ")))
        lines.append("")
        switch verdict {
        case .passed: lines.append("PASSED: nothing lost, nothing reordered, nothing doubled, the state is intact" + exceptions + ".")
        case .failed: lines.append("FAILED: " + failures.joined(separator: "; ") + ".")
        case .void:
            lines.append("VOID: the machine itself dropped packets, so this run says nothing. Try again, or with a lower rate.")
            if !failures.isEmpty { lines.append("Seen all the same: " + failures.joined(separator: "; ") + ".") }
        }
        return lines.joined(separator: "\n")
    }

    /// Said of a run that may pass although the measured stream suffered.
    private var exceptions: String {
        lost + reordered + duplicated > 0 ? " of all flows but those that were interrupted" : ""
    }

    private var handoverLines: [String] {
        var lines: [String] = []
        if let requests {
            let achieved = "\(format(requests.achievedPerSecond)) a second as drawn for an average of \(format(requests.ratePerSecond))"
            let answered = requests.answerMs.map { "; answered: " + spread($0) } ?? ""
            lines.append(
                entry("requests", "\(requests.count), \(achieved), none later than \(format(requests.latestMs)) ms\(answered)"))
        }
        guard let handoverMs else { return lines }
        lines.append(entry("handover", spread(handoverMs)))
        if handoverHistogram.reduce(0, { $0 + $1.count }) >= Self.fewest { lines += histogram(handoverHistogram) }
        let phases = HandoverPhase.allCases.compactMap { phase in phasesMs[phase.rawValue].map { "\(phase) \(format($0))" } }
        if !phases.isEmpty { lines.append(entry("its phases", phases.joined(separator: ", ") + " ms (medians; they overlap)")) }
        return lines
    }

    private var delayLines: [String] {
        let what = bidirectional ? "there and back" : "one way"
        var lines: [String] = []
        if let addedDelayMs { lines.append(entry("added delay", spread(addedDelayMs) + ", \(what)")) }
        if addedDelayHistogram.reduce(0, { $0 + $1.count }) >= Self.fewest { lines += histogram(addedDelayHistogram) }
        if disturbedDelays > 0 {
            let others = undisturbedDelayMs.map { "; of the others: " + spread($0) } ?? ""
            lines.append(entry("", "\(disturbedDelays) of them while the machine stood still\(others)"))
        }
        lines.append(entry("usual delay", "\(format(usualDelayMs)) ms (median, \(what))"))
        return lines
    }

    private func histogram(_ bins: [Bin]) -> [String] {
        let most = bins.map(\.count).max() ?? 1
        return bins.map { bin in
            let bound = bin.upToMs.map { "up to \(Int($0)) ms" } ?? "longer"
            let bar = String(repeating: "#", count: bin.count == 0 ? 0 : max(1, bin.count * 40 / most))
            return entry("", bound.padded(14) + "\(bin.count)".padded(6) + bar)
        }
    }

    private func row(_ name: String, _ counts: Counts) -> String {
        "  " + name.padded(15)
            + [(counts.sent, 8), (counts.received, 11), (counts.lost, 7), (counts.reordered, 12), (counts.duplicated, 10)]
            .map { value, width in String(repeating: " ", count: max(0, width - "\(value)".count)) + "\(value)" }.joined()
    }

    private func entry(_ name: String, _ value: String) -> String { "  \(name.padded(20))\(value)" }

    private func spread(_ spread: Spread) -> String {
        spread.p50 == spread.max
            ? "\(format(spread.max)) ms"
            : "median \(format(spread.p50)), p90 \(format(spread.p90)), p99 \(format(spread.p99)), at most \(format(spread.max)) ms"
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
