import Foundation

/// What runs with unmodified Linux functions found.
package struct NATReport: Hashable, Sendable, Codable {
    /// One kind of traffic, moved once.
    package struct Move: Hashable, Sendable, Codable {
        /// Of which run, from 1 on.
        package var run: Int
        /// How it moved.
        package var way: NATOptions.Way
        /// What moved.
        package var traffic: NATOptions.Traffic
        /// Connections, or conversations.
        package var connections: Int
        /// Bytes that the client has got, or different datagrams of both ends.
        package var received = 0
        /// What the kernels of both ends have counted of TCP meanwhile, as `/proc/net/snmp` and `/proc/net/netstat` name it; no zeros.
        package var counters: [String: Int] = [:]
        /// Segments that were sent again: TcpRetransSegs of both ends.
        package var retransmissions: Int { counters["Tcp:RetransSegs"] ?? 0 }
        /// What the machine itself dropped, by where.
        package var environmentDrops: [String: Int] = [:]
        /// Entries in the tables of the functions at the handover's end: of these connections.
        package var trackedAtSource = 0
        /// The same at the destination.
        package var trackedAtDestination = 0
        /// The outcomes of the flow handovers.
        package var outcomes: [String: Int] = [:]
        /// The longest of them, in milliseconds.
        package var longestMs: Double?
        /// What went wrong.
        package var failures: [String] = []
    }

    /// What the functions are.
    package var function: NATOptions.Function
    /// The hosts' least retransmission timeout, in milliseconds.
    package var leastTimeoutMs: Int
    /// Every move.
    package var moves: [Move] = []

    /// Whether nothing went wrong.
    package var hasPassed: Bool { !moves.isEmpty && moves.allSatisfy(\.failures.isEmpty) }

    /// The report for people.
    package var text: String {
        let kind = function == .nat ? "masquerade and stateful filter" : "stateful filter"
        var lines = ["unmodified Linux functions (\(kind)), hosts send again after \(leastTimeoutMs) ms at the least", ""]
        lines.append("run  mode    way back  traffic       connections      received  sent again  tracked at 1 / 2  longest ms")
        for move in moves {
            let unit = move.traffic == .datagrams ? "packets" : "bytes"
            lines.append(
                [
                    pad("\(move.run)", 3), fill(move.way.mode, 6), fill(function == .nat ? move.way.wayBack.rawValue : "mirror", 8),
                    fill(move.traffic.rawValue, 12),
                    pad("\(move.connections)", 11), pad("\(move.received) \(unit)", 17), pad("\(move.retransmissions)", 8),
                    pad("\(move.trackedAtSource) / \(move.trackedAtDestination)", 14),
                    pad(move.longestMs.map { String(format: "%.1f", $0) } ?? "-", 10),
                ].joined(separator: "  "))
        }
        lines.append("")
        let failures = moves.flatMap { move in move.failures.map { "run \(move.run), \(move.way.mode), \(move.traffic.rawValue): \($0)" } }
        lines.append(
            failures.isEmpty
                ? "PASSED: every byte arrived, nothing was sent again, and the second function has the connections."
                : "FAILED: " + failures.joined(separator: "; ") + ".")
        return lines.joined(separator: "\n")
    }

    private func fill(_ text: String, _ width: Int) -> String { text.padding(toLength: width, withPad: " ", startingAt: 0) }

    private func pad(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }
}
