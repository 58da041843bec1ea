import Foundation

extension Figures {
    /// The figures as tables.
    var text: String {
        (shimLines + kernelLines + armedLines + memoryLines + allocationLines + missing.map { "Not measured: \($0)" })
            .joined(separator: "\n")
    }

    private var shimLines: [String] {
        let rows = shims.map {
            row(
                $0.shim, "\($0.frameBytes)", thousands($0.packetsPerCPUSecond), thousands($0.packetsPerCPUSecondOfC),
                decimal($0.ratioToC, 2),
                decimal($0.addedLatency, 1), decimal($0.addedLatencyOfC, 1), "\($0.lost)")
        }
        return table(
            "Packets per processor second (thousands) and added one-way latency (median, us), both ways at once",
            row("", "bytes", "agent", "C", "agent/C", "latency", "of C", "lost"), rows)
    }

    private var kernelLines: [String] {
        let rows = kernel.map { path in
            let bridge = kernel.first { $0.path == "bridge" && $0.frameBytes == path.frameBytes }?.packetsPerCPUSecond ?? .nan
            return row(
                path.path, "\(path.frameBytes)", thousands(path.packetsPerCPUSecond), decimal(path.packetsPerCPUSecond / bridge, 2),
                decimal(path.addedLatency, 1))
        }
        return table(
            "In the kernel, beyond a bare link (thousands, us)", row("", "bytes", "packets", "to bridge", "latency"), rows)
    }

    private var armedLines: [String] {
        let none = armed.first?.packetsPerCPUSecond ?? .nan
        let rows = armed.map {
            row(
                "\($0.flows)", thousands($0.packetsPerCPUSecond), decimal($0.packetsPerCPUSecond / none, 2), "\($0.packetsHeld)",
                decimal($0.releaseMilliseconds, 3), decimal($0.forwardMilliseconds, 3),
                decimal($0.releaseMilliseconds / $0.forwardMilliseconds, 2))
        }
        return table(
            "With flows armed: packets of others (thousands), and a thousand held ones from \"state ready\" to the last one's release (ms)",
            row("flows", "packets", "to none", "held", "release", "forward", "rel/fwd"), rows)
    }

    private var memoryLines: [String] {
        memory.map {
            "A held packet of \($0.frameBytes) bytes takes \(decimal($0.overheadBytes, 1)) bytes more than its own (of \($0.packets))."
        }
    }

    private var allocationLines: [String] {
        guard allocations.frames > 0 else { return [] }
        return [
            "Allocations of the agent's thread: \(allocations.whileForwarding) while it forwarded \(allocations.frames) frames, "
                + "\(allocations.whileIdle) while idle for the same \(decimal(allocations.seconds, 1)) s: "
                + "\(decimal(allocations.perMillionFrames, 1)) per million frames."
        ]
    }

    private func table(_ title: String, _ head: String, _ rows: [String]) -> [String] {
        rows.isEmpty ? [] : [title, head] + rows + [""]
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
