import Foundation
import Simulation
import Synchronization

/// The progress line, shown where somebody may look: on a terminal.
final class Meter: Sendable {
    private let total: Int
    private let started = ContinuousClock.now
    private let isShown = isatty(STDERR_FILENO) != 0
    private let lastShown = Mutex(ContinuousClock.now)

    init(total: Int) {
        self.total = total
    }

    /// How long the run has taken so far.
    var seconds: Double {
        let elapsed = (ContinuousClock.now - started).components
        return Double(elapsed.seconds) + Double(elapsed.attoseconds) / 1e18
    }

    /// Shows how far the run has come, a few times a second.
    func show(_ progress: Runner.Progress) {
        let isDue = lastShown.withLock { last in
            guard isShown, ContinuousClock.now - last > .milliseconds(200) else { return false }
            last = .now
            return true
        }
        guard isDue else { return }
        let rate = Double(progress.done) / max(seconds, 1e-9)
        let left = Int(Double(total - progress.done) / max(rate, 1e-9))
        let soFar = "\(progress.done) of \(total) seeds, \(Int(rate)) a second, \(progress.failing) fail"
        write("\r\u{1B}[K\(soFar), \(left / 60) min \(left % 60) s left")
    }

    /// Takes the line away.
    func clear() {
        if isShown { write("\r\u{1B}[K") }
    }

    private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}
