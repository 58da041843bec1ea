import Logging
import Shims

/// The fast paths of an agent, one a pair of ports where there is one.
struct FastPaths: ~Copyable {
    private let mode: AgentConfiguration.FastPathMode
    private var paths: [FastPath?]

    /// None yet.
    init(_ mode: AgentConfiguration.FastPathMode, pairs: Int) {
        self.mode = mode
        paths = Array(repeating: nil, count: pairs)
    }

    /// Whether the ports of a pair are to be opened for a fast path.
    static func isWanted(_ mode: AgentConfiguration.FastPathMode) -> Bool { mode != .off }

    /// Begins a pair's fast path, or says why there is none.
    mutating func start(_ pair: Int, network: any Shim, function: any Shim, _ logger: Logger) {
        guard Self.isWanted(mode) else { return }
        let ports: Logger.Metadata = ["network": "\(network.url.text)", "function": "\(function.url.text)"]
        do throws(ShimError) {
            paths[pair] = try FastPath(network: network, function: function)
            logger.info("fast path", metadata: ports)
        } catch {
            logger.log(level: mode == .on ? .warning : .info, "no fast path: \(error)", metadata: ports)
        }
    }

    /// Has all frames of a pair come to the agent again.
    mutating func end(_ pair: Int) { paths[pair] = nil }

    /// Says of each pair that everything that was received has been sent on, and whether flows are armed.
    func settle(isArmed: (Int) -> Bool) {
        for pair in paths.indices {
            if let path = paths[pair] { path.settle(isArmed: isArmed(pair)) }
        }
    }
}
