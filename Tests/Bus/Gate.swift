import Foundation

/// Holds up whoever passes while it is closed.
final class Gate: Sendable {
    private let condition = NSCondition()
    /// Read and written under the condition's lock only.
    private nonisolated(unsafe) var isClosed = false

    func close() { change(to: true) }

    func open() { change(to: false) }

    func pass() {
        condition.lock()
        while isClosed { condition.wait() }
        condition.unlock()
    }

    private func change(to value: Bool) {
        condition.lock()
        isClosed = value
        condition.broadcast()
        condition.unlock()
    }
}
