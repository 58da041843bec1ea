import Agent
import CAllocationCount
import CForwarder
import CLinux
import Foundation
import HSLCore
import Logging
import Synchronization

/// A forwarder on a thread of its own, in the namespace of the thread that started it, whose processor time is read from outside.
final class ForwarderThread: Sendable {
    /// What forwards.
    enum Kind: String, CaseIterable {
        case agent
        case c
    }

    private struct State {
        var clock = clockid_t()
        var isOpen = false
        var allocations: Int?
        var failure: String?
    }

    private let state = Mutex(State())
    private let box = SnapshotBox()
    private let stopAgent: StopSignal
    private let stopC: CInt

    /// Starts a forwarder between two ports; returns when it is ready.
    init(_ kind: Kind, _ ports: PortPair, limits: Limits = Limits(), fastPath: Bool = false) throws {
        guard let signal = StopSignal() else { throw BenchFailure("eventfd: no more descriptors; raise the limit of open files") }
        stopAgent = signal
        stopC = eventfd(0, CInt(EFD_CLOEXEC))
        let configuration = try ports.configuration(limits: limits, fastPath: fastPath)
        let thread = Thread { [self] in
            state.withLock { _ = pthread_getcpuclockid(pthread_self(), &$0.clock) }
            switch kind {
            case .agent: runAgent(configuration)
            case .c: runC(ports)
            }
        }
        thread.name = "forwarder"
        thread.start()
        _ = waitUntil { box.snapshot != nil || state.withLock { $0.isOpen || $0.failure != nil } }
        if let failure = state.withLock({ $0.failure }) { throw BenchFailure(failure) }
    }

    deinit { close(stopC) }

    /// Processor time of the thread so far, in seconds.
    var processorTime: Double {
        var time = timespec()
        clock_gettime(state.withLock { $0.clock }, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// Frames that went past the agent until a moment ago.
    var bypassed: Int { box.snapshot?.ports.reduce(0) { $0 + $1.shim.bypassed.frames } ?? 0 }

    /// Stops the forwarder; returns how often it asked for memory while it forwarded.
    @discardableResult
    func stop() -> Int {
        stopAgent.raise()
        eventfd_write(stopC, 1)
        _ = waitUntil { state.withLock { $0.allocations != nil } }
        return state.withLock { $0.allocations ?? 0 }
    }

    private func runAgent(_ configuration: AgentConfiguration) {
        var count = 0
        do {
            var agent = try Agent(configuration, box: box, logger: Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() })
            let before = allocations_of_this_thread()
            agent.run(until: stopAgent)
            count = Int(allocations_of_this_thread() - before)
        } catch {
            state.withLock { $0.failure = "\(error)" }
        }
        state.withLock { $0.allocations = count }
    }

    private func runC(_ ports: PortPair) {
        let opened: @convention(c) (UnsafeMutableRawPointer?) -> Void = { context in
            guard let context else { return }
            Unmanaged<ForwarderThread>.fromOpaque(context).takeUnretainedValue().state.withLock { $0.isOpen = true }
        }
        let result = cforwarder_run(
            ports.left.kind, ports.left.name, ports.right.kind, ports.right.name, stopC, opened, Unmanaged.passUnretained(self).toOpaque())
        state.withLock { $0.allocations = 0 }
        if result < 0 { state.withLock { $0.failure = "the C forwarder: \(String(cString: strerror(-result)))" } }
    }
}

/// The two ports of a forwarder, for the agent and for the C forwarder.
struct PortPair {
    /// A port.
    struct End {
        let scheme: String
        let name: String

        /// What the C forwarder calls it.
        var kind: cforwarder_kind {
            switch scheme {
            case "pcap": CFORWARDER_PCAP
            case "tap": CFORWARDER_TAP
            case "xdp": CFORWARDER_XDP
            case "unix": CFORWARDER_UNIX
            default: CFORWARDER_PACKET
            }
        }
    }

    let left: End
    let right: End

    init(_ left: String, _ leftName: String, _ right: String, _ rightName: String) {
        self.left = End(scheme: left, name: leftName)
        self.right = End(scheme: right, name: rightName)
    }

    func configuration(limits: Limits, fastPath: Bool) throws -> AgentConfiguration {
        let pair = try AgentConfiguration.Pair("\(left.scheme):\(left.name),\(right.scheme):\(right.name)")
        return AgentConfiguration(vnf: 1, pairs: [pair], limits: limits, fastPath: fastPath ? .on : .off)
    }
}

/// Why there is no measurement.
struct BenchFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// Waits until `condition` holds, for ten seconds.
func waitUntil(_ condition: () -> Bool) -> Bool {
    let deadline = Date(timeIntervalSinceNow: 10)
    while !condition() {
        guard Date() < deadline else { return false }
        sched_yield()
    }
    return true
}
