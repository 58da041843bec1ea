import ArgumentParser
import Foundation
import SystemTestSupport

/// `sharp-bench-hsl`: what a packet costs in the agent, beside a minimal C forwarder and the kernel's own bridge.
///
/// Everything happens in a network namespace of one thread's own, which is gone with the process.
@main
struct SharpBenchHSL: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sharp-bench-hsl",
        abstract: "Measures the HSL agent's shims, buffers and fast path beside a minimal C forwarder and the kernel's bridge.",
        discussion: "Figures of one run go together; those of two runs, or machines, do not. It takes root, and about two minutes.")

    @Flag(help: "Print the figures as JSON.")
    var json = false

    @Option(help: "How often each way of forwarding is measured; its figure is the median.")
    var rounds = 5

    @Option(help: ArgumentHelp("Measure only this shim; again for more.", valueName: "scheme"))
    var shim: [String] = []

    func validate() throws {
        guard (1...100).contains(rounds) else { throw ValidationError("--rounds \(rounds): out of range; give one from 1 to 100") }
        for name in shim where !ShimBench.shims.contains(name) {
            throw ValidationError("--shim \(name): not measured here; give one of \(ShimBench.shims.joined(separator: ", "))")
        }
        if let obstacle = PrivateNetwork.obstacle { throw ValidationError("not possible: \(obstacle); run it with sudo") }
    }

    func run() async throws {
        let (shims, rounds) = (shim.isEmpty ? ShimBench.shims : shim, rounds)
        let isPartial = !shim.isEmpty
        let figures = try await PrivateNetwork.run { network in
            for (left, right) in [("a0", "a1"), ("b0", "b1"), ("c0", "c1")] { try network.makeLink(left, right) }
            return try Self.measure(network, shims, rounds, isPartial: isPartial)
        }
        print(json ? try figures.json() : figures.text)
    }

    private static func measure(_ network: PrivateNetwork, _ shims: [String], _ rounds: Int, isPartial: Bool) throws -> Figures {
        var figures = Figures()
        func attempt(_ what: String, _ body: () throws -> Void) {
            progress(what)
            do {
                try body()
            } catch {
                figures.missing.append("\(what): \(error)")
            }
        }
        let bench = ShimBench(network: network, rounds: rounds, seconds: 0.3, latencyFrames: 100)
        let kernel = KernelBench(network: network, rounds: rounds, seconds: 0.2, latencyFrames: 100)
        for shim in shims {
            for length in [64, 1_000] {
                attempt("\(shim), \(length) bytes") { figures.shims.append(try bench.measure(shim, length: length)) }
            }
        }
        if !isPartial {
            for length in [64, 1_000] {
                attempt("the kernel's bridge, \(length) bytes") { figures.kernel.append(try kernel.bridge(length: length)) }
                attempt("fast path, \(length) bytes") { figures.kernel.append(try kernel.fastPath(length: length)) }
            }
            for flows in [0, 1, 1_000, 10_000] {
                attempt("\(flows) flows armed") {
                    figures.armed.append(try Figures.Armed(flows: flows, packets: 20_000, seconds: 0.5))
                }
            }
            for length in [64, 1_000] {
                attempt("memory, \(length) bytes") { figures.memory.append(try Figures.Memory(frameBytes: length, packets: 50_000)) }
            }
            attempt("allocations") { figures.allocations = try bench.allocations(seconds: 2) }
        }
        progress("")
        return figures
    }

    /// Says on a terminal what is being measured.
    private static func progress(_ what: String) {
        guard isatty(STDERR_FILENO) == 1 else { return }
        FileHandle.standardError.write(Data("\r\u{1B}[K\(what)".utf8))
    }
}
