import Foundation

extension Figures {
    /// The figures as tables.
    var text: String {
        var lines = ["Packets per processor second (thousands) and added one-way latency (median, us), both ways at once"]
        lines.append(row("", "bytes", "agent", "C", "agent/C", "latency", "of C", "lost"))
        for shim in shims {
            lines.append(
                row(
                    shim.shim, "\(shim.frameBytes)", thousands(shim.packetsPerCPUSecond), thousands(shim.packetsPerCPUSecondOfC),
                    decimal(shim.ratioToC, 2), decimal(shim.addedLatency, 1), decimal(shim.addedLatencyOfC, 1), "\(shim.lost)"))
        }
        lines += ["", "In the kernel, beyond a bare link", row("", "bytes", "packets", "", "to bridge", "latency")]
        for path in kernel {
            let bridge = kernel.first { $0.path == "bridge" && $0.frameBytes == path.frameBytes }?.packetsPerCPUSecond ?? .nan
            lines.append(
                row(
                    path.path, "\(path.frameBytes)", thousands(path.packetsPerCPUSecond), "", decimal(path.packetsPerCPUSecond / bridge, 2),
                    decimal(path.addedLatency, 1)))
        }
        lines += [
            "", "With flows armed: packets of others, and a thousand held packets from \"state ready\" to the last one's release (ms)",
        ]
        lines.append(row("flows", "packets", "to none", "held", "release", "forward", "rel/fwd"))
        let none = armed.first?.packetsPerCPUSecond ?? .nan
        for row in armed {
            lines.append(
                self.row(
                    "\(row.flows)", thousands(row.packetsPerCPUSecond), decimal(row.packetsPerCPUSecond / none, 2), "\(row.packetsHeld)",
                    decimal(row.releaseMilliseconds, 3), decimal(row.forwardMilliseconds, 3),
                    decimal(row.releaseMilliseconds / row.forwardMilliseconds, 2)))
        }
        lines.append("")
        for row in memory {
            lines.append(
                "A held packet of \(row.frameBytes) bytes takes \(decimal(row.overheadBytes, 1)) bytes more than its own (of \(row.packets))."
            )
        }
        lines.append(
            "Allocations of the agent's thread: \(allocations.whileForwarding) while it forwarded \(allocations.frames) frames, "
                + "\(allocations.whileIdle) while idle for the same \(decimal(allocations.seconds, 1)) s: "
                + "\(decimal(allocations.perMillionFrames, 1)) per million frames.")
        return (lines + missing.map { "Not measured: \($0)" }).joined(separator: "\n")
    }

    /// The figures for programs.
    func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }

    private func row(_ cells: String...) -> String {
        cells.enumerated().map { index, cell in
            let width = index == 0 ? 10 : 10
            let padding = String(repeating: " ", count: max(0, width - cell.count))
            return index == 0 ? cell + padding : padding + cell
        }.joined()
    }

    private func thousands(_ value: Double) -> String { decimal(value / 1_000, 0) }

    private func decimal(_ value: Double, _ places: Int) -> String { value.isFinite ? String(format: "%.\(places)f", value) : "-" }
}
