import ArgumentParser
import Glibc
import Simulation

/// Runs the simulator over many seeds, or replays one.
@main
struct SharpSimulate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sharp-simulate", abstract: "Runs handovers in virtual time and checks that nothing is lost, reordered or doubled.")

    @Option(help: "How many seeds to run.")
    var seeds: UInt64 = 1000

    @Option(help: "The first seed.")
    var from: UInt64 = 0

    @Option(help: "Replay this seed alone.")
    var seed: UInt64?

    func run() throws {
        let range = seed.map { $0..<$0 + 1 } ?? from..<from + seeds
        let started = ContinuousClock.now
        var failing = 0
        for number in range {
            let problems = Simulation(seed: number).run()
            if !problems.isEmpty {
                failing += 1
                report(number, problems)
            }
            if (number - range.lowerBound) % 100 == 99 { progress(number - range.lowerBound + 1, of: range.count, failing, since: started) }
        }
        show("\r\u{1B}[K")
        print("\(failing) of \(range.count) seeds fail")
        if failing > 0 { throw ExitCode(1) }
    }

    private func report(_ number: UInt64, _ problems: [String]) {
        print("seed \(number): \(Scenario(seed: number))")
        for problem in problems.prefix(8) { print("    \(problem)") }
        print("    replay it with: make simulate SEED=\(number)")
    }

    private func progress(_ done: UInt64, of all: Int, _ failing: Int, since started: ContinuousClock.Instant) {
        let elapsed = (ContinuousClock.now - started).components
        let rate = Double(done) / (Double(elapsed.seconds) + Double(elapsed.attoseconds) / 1e18)
        show("\r\(done) of \(all) seeds, \(Int(rate)) a second, \(failing) fail")
    }

    /// Shows a line that is overwritten, where somebody may look.
    private func show(_ text: String) {
        guard isatty(STDERR_FILENO) != 0 else { return }
        _ = Array(text.utf8).withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
