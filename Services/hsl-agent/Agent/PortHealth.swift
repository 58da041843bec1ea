import Shims

/// Which ports are down and what was already said about each, so that the log hears of a thing once.
struct PortHealth {
    private struct Port {
        var isDown = false
        var lastFailure: ShimError?
        var warnedOfChecksums = false
    }

    private var ports: [Port]

    /// All ports well.
    init(count: Int) {
        ports = Array(repeating: Port(), count: count)
    }

    func isDown(_ index: Int) -> Bool { ports[index].isDown }

    /// Whether this is news.
    mutating func noteDown(_ index: Int) -> Bool {
        defer { ports[index].isDown = true }
        return !ports[index].isDown
    }

    mutating func noteUp(_ index: Int) {
        ports[index].isDown = false
        ports[index].lastFailure = nil
    }

    /// Whether this is news.
    mutating func noteFailure(_ failure: ShimError, _ index: Int) -> Bool {
        defer { ports[index].lastFailure = failure }
        return ports[index].lastFailure != failure
    }

    /// Whether this is news.
    mutating func noteUnfinishedChecksums(_ index: Int) -> Bool {
        defer { ports[index].warnedOfChecksums = true }
        return !ports[index].warnedOfChecksums
    }
}
