import Synchronization
import Timing

/// A service's place on the bus: one thread that owns all its sockets.
///
/// Other threads and event loops hand it messages through bounded queues and never wait; what arrives is handed to callbacks on
/// this thread, which must not wait either. Endpoints are bound before the call that makes a publisher, subscriber, client or
/// server returns, so that a port in use is an error where it can be told to the user.
public final class BusThread: Sendable {
    private struct State {
        var context: BusContext?
        var newcomers: [Lane] = []
        var hasEnded = false
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    /// The service's name.
    public let service: String
    /// What tells this run of the service from any other: random.
    public let instance: String
    private let core: Core

    /// Starts the thread.
    ///
    /// - Parameters:
    ///   - service: the service's name, such as `controller`; a random instance is added to it.
    ///   - clients: the CURVE keys that may connect to sockets which are CURVE servers; `nil` lets in whoever knows the server's key.
    public init(service: String, allowing clients: Set<CurveKey>? = nil) throws(BusError) {
        self.service = service
        instance = String(UInt32.random(in: .min ... .max), radix: 16)
        let context = try BusContext()
        core = Core(wake: try WakeSignal(), context: context)
        if let clients {
            var socket = try BusSocket(.reply, in: context)
            try socket.bind(Authenticator.endpoint)
            try core.adopt(Lane(socket, role: Authenticator(allowing: clients)))
        }
        try SystemThread.start { [core] in core.run() }
    }

    deinit {
        core.end()
    }

    /// Service and instance, as the headers of all messages of this process name them.
    public var publisher: String { service + "/" + instance }

    /// Sends what is queued, closes all sockets and waits until the thread is done; never longer than the sockets linger.
    public func shutdown() async {
        core.end()
        await core.ended()
    }

    /// Makes and attaches a socket and gives it to the thread.
    func open<Role: LaneRole>(
        _ kind: SocketKind, _ attachments: [Attachment], options: SocketOptions, subscribing topics: [String] = [],
        role: (_ endpoints: [String], _ wake: WakeSignal) -> Role
    ) throws(BusError) -> Role {
        var socket = try BusSocket(kind, in: core.context(), options: options)
        for topic in topics { try socket.subscribe(to: topic) }
        let endpoints = try socket.attach(attachments)
        let role = role(endpoints, core.wake)
        try core.adopt(Lane(socket, role: role))
        return role
    }

    /// What the thread itself holds on to.
    private final class Core: Sendable {
        let wake: WakeSignal
        private let state: Mutex<State>
        private let isEnding = Atomic(false)

        init(wake: WakeSignal, context: BusContext) {
            self.wake = wake
            state = Mutex(State(context: context))
        }

        func context() throws(BusError) -> BusContext {
            guard let context = state.withLock({ $0.context }) else { throw .terminated }
            return context
        }

        func adopt(_ lane: Lane) throws(BusError) {
            let isAdopted = state.withLock { state in
                guard state.context != nil else { return false }
                state.newcomers.append(lane)
                return true
            }
            guard isAdopted else { throw .terminated }
            wake.raise()
        }

        func end() {
            isEnding.store(true, ordering: .releasing)
            wake.raise()
        }

        func ended() async {
            await withCheckedContinuation { continuation in
                let hasEnded = state.withLock { state in
                    if !state.hasEnded { state.waiters.append(continuation) }
                    return state.hasEnded
                }
                if hasEnded { continuation.resume() }
            }
        }

        func run() {
            serve()
            // The sockets are closed: with its last reference the context ends here, where waiting for it disturbs nobody.
            _ = state.withLock { state in state.context.take() }
            let waiters = state.withLock { state in
                state.hasEnded = true
                defer { state.waiters = [] }
                return state.waiters
            }
            for waiter in waiters { waiter.resume() }
        }

        private func serve() {
            var lanes: [Lane] = []
            var poll = PollSet()
            while true {
                // Read before the queues are emptied, so that what was queued before the end is still sent.
                let isLastTurn = isEnding.load(ordering: .acquiring)
                lanes += takeNewcomers()
                for lane in lanes { lane.sendQueued() }
                if isLastTurn { break }
                poll.removeAll()
                poll.add(fileDescriptor: wake.fileDescriptor)
                for lane in lanes { lane.join(&poll) }
                let deadline = lanes.compactMap(\.nextDeadline).min()
                do {
                    try poll.wait(upTo: deadline.map { $0 - BusClock.now() })
                } catch {
                    break
                }
                if poll.isReadable(0) { wake.lower() }
                let now = BusClock.now()
                for lane in lanes {
                    lane.receive(if: poll)
                    lane.clockReached(now)
                }
            }
            for lane in lanes + takeNewcomers() { lane.close() }
        }

        private func takeNewcomers() -> [Lane] {
            state.withLock { state in
                defer { state.newcomers = [] }
                return state.newcomers
            }
        }
    }
}
