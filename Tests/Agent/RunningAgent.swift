import Agent
import CAllocationCount
import Foundation
import Logging
import Synchronization
import SystemTestSupport

/// An agent on a thread of its own, in the namespace of the thread that started it.
final class RunningAgent: Sendable {
    let box = SnapshotBox()
    private let stopSignal: StopSignal
    private let allocations = Mutex<Int?>(nil)
    private let failure = Mutex<String?>(nil)

    init(_ pair: String, controlChannel: String? = nil, fastPath: AgentConfiguration.FastPathMode = .off) throws {
        let configuration = AgentConfiguration(
            vnf: 1, pairs: [try AgentConfiguration.Pair(pair)], controlChannel: controlChannel, fastPath: fastPath)
        guard let signal = StopSignal() else { throw PrivateNetwork.CommandFailed(description: "eventfd") }
        stopSignal = signal
        let thread = Thread { [self] in
            var count = 0
            do {
                var agent = try Agent(configuration, box: box, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
                let before = allocations_of_this_thread()
                agent.run(until: signal)
                count = Int(allocations_of_this_thread() - before)
            } catch {
                failure.withLock { $0 = "\(error)" }
            }
            allocations.withLock { $0 = count }
        }
        thread.start()
        // The first snapshot is taken after everything is open.
        _ = waitUntil { box.snapshot != nil || failure.withLock { $0 } != nil }
        if let message = failure.withLock({ $0 }) { throw PrivateNetwork.CommandFailed(description: message) }
    }

    /// Stops the agent; returns how often its thread asked for memory while it ran.
    @discardableResult
    func stop() -> Int {
        stopSignal.raise()
        _ = waitUntil { allocations.withLock { $0 } != nil }
        return allocations.withLock { $0 } ?? .max
    }
}
