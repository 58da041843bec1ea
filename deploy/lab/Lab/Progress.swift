import Foundation
import LabSockets

/// Tells on standard error what happens, each line with the seconds since the start; on a terminal the last line is alive.
final class Progress {
    private let start = monotonicNow()
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private var hasLiveLine = false

    /// Something happened.
    func say(_ text: String) {
        write((hasLiveLine ? "\r\u{1B}[K" : "") + stamp + text + "\n")
        hasLiveLine = false
    }

    /// How things stand; shown on a terminal until something is said or things stand otherwise.
    func show(_ text: @autoclosure () -> String) {
        guard isTerminal else { return }
        write("\r\u{1B}[K" + stamp + text())
        hasLiveLine = true
    }

    /// Takes back what is shown but not said.
    func clear() {
        if hasLiveLine { write("\r\u{1B}[K") }
        hasLiveLine = false
    }

    private var stamp: String { String(format: "%7.3f s  ", Double(monotonicNow() - start) / 1e9) }

    private func write(_ text: String) {
        FileHandle.standardError.write(Data(text.utf8))
    }
}
