import Synchronization
import Timing

/// Publishes events: fire and forget, never waiting, in the order of the calls.
///
/// What does not fit the queue is dropped and counted, and its sequence number stays unused, so that subscribers see the gap.
/// What a slow subscriber's own queue cannot take libzmq drops silently: only that subscriber sees it.
public final class EventPublisher: Sendable {
    /// How much is queued towards the bus thread, and how often the publisher shows that it lives.
    public struct Configuration: Hashable, Sendable {
        /// Events queued before new ones are dropped.
        public var queueLimit = 10_000
        /// Bytes of bodies queued before new events are dropped.
        public var queueByteLimit = 32 << 20
        /// The pause between heartbeats; `nil` for none.
        public var heartbeat: TimeSpan? = .seconds(1)
        /// The most topics this publisher may use.
        public var maximumTopics = 64
        /// What the socket is set to.
        public var options = SocketOptions()

        /// The defaults of each setting.
        public init() {}
    }

    /// What became of the events so far.
    public struct Statistics: Hashable, Sendable {
        /// Handed to libzmq.
        public var published: UInt64 = 0
        /// Dropped here.
        public var dropped: UInt64 = 0
    }

    private struct Pending {
        let topic: String
        let header: Header
        let body: [UInt8]
    }

    private struct State {
        var queue: BoundedQueue<Pending>
        var sequences: [String: UInt64] = [:]
        var statistics = Statistics()
        var nextHeartbeat: Instant?
        var isClosed = false
    }

    /// The endpoints this publisher is attached to, with the ports that wildcards became.
    public let endpoints: [String]
    private let name: String
    private let configuration: Configuration
    private let wake: WakeSignal
    private let state: Mutex<State>

    fileprivate init(name: String, endpoints: [String], configuration: Configuration, wake: WakeSignal) {
        self.name = name
        self.endpoints = endpoints
        self.configuration = configuration
        self.wake = wake
        let queue = BoundedQueue<Pending>(maximumCount: configuration.queueLimit, maximumBytes: configuration.queueByteLimit)
        state = Mutex(State(queue: queue, nextHeartbeat: configuration.heartbeat.map { _ in BusClock.now() }))
    }

    /// What became of the events so far.
    public var statistics: Statistics { state.withLock { $0.statistics } }

    /// Queues an event; false when it was dropped.
    @discardableResult
    public func publish(_ topic: String, body: [UInt8], traceId: String? = nil) -> Bool {
        let timeMs = BusClock.unixMilliseconds()
        let (isQueued, wasEmpty) = state.withLock { state in
            let wasEmpty = state.queue.isEmpty
            let isQueued = enqueue(topic, body, traceId, timeMs, &state)
            if !isQueued { state.statistics.dropped += 1 }
            return (isQueued, wasEmpty)
        }
        if isQueued, wasEmpty { wake.raise() }
        return isQueued
    }

    /// Queues `value`, written as JSON; false when it was dropped or cannot be written so.
    @discardableResult
    public func publish(_ topic: String, _ value: some Encodable, traceId: String? = nil) -> Bool {
        guard let body = try? BusJSON.encode(value) else {
            state.withLock { $0.statistics.dropped += 1 }
            return false
        }
        return publish(topic, body: body, traceId: traceId)
    }

    private func enqueue(_ topic: String, _ body: [UInt8], _ traceId: String?, _ timeMs: Int64, _ state: inout State) -> Bool {
        guard !state.isClosed, state.sequences[topic] != nil || state.sequences.count < configuration.maximumTopics else { return false }
        let sequence = state.sequences[topic, default: 0]
        state.sequences[topic] = sequence + 1
        let header = Header(publisher: name, sequence: sequence, timeMs: timeMs, traceId: traceId)
        return state.queue.append(Pending(topic: topic, header: header, body: body), bytes: body.count)
    }
}

extension EventPublisher: LaneRole {
    func sendQueued(through socket: inout BusSocket) -> Bool {
        while let pending = state.withLock({ $0.queue.popFirst() }) {
            let envelope = Envelope(topic: pending.topic, header: pending.header, body: pending.body)
            let isSent = (try? socket.send(try envelope.encoded())) == .sent
            state.withLock { state in
                if isSent { state.statistics.published += 1 } else { state.statistics.dropped += 1 }
            }
        }
        return false
    }

    func received(_ message: Multipart, through socket: inout BusSocket) {}

    func refused(_ error: BusError) {}

    var nextDeadline: Instant? { state.withLock { $0.nextHeartbeat } }

    /// Queues a heartbeat behind all events it speaks of; the thread sends the queue before it waits again.
    func clockReached(_ now: Instant) {
        guard let pause = configuration.heartbeat else { return }
        let timeMs = BusClock.unixMilliseconds()
        state.withLock { state in
            state.nextHeartbeat = now + pause
            guard let body = try? BusJSON.encode(Heartbeat(next: state.sequences)) else { return }
            // Without room there is plenty to send that shows life.
            let header = Header(publisher: name, sequence: 0, timeMs: timeMs)
            _ = state.queue.append(Pending(topic: Heartbeat.topic, header: header, body: body), bytes: body.count)
        }
    }

    func closed() {
        state.withLock { $0.isClosed = true }
    }
}

extension BusThread {
    /// Makes a publisher attached to `attachments`.
    public func publisher(
        _ attachments: Attachment..., configuration: EventPublisher.Configuration = EventPublisher.Configuration()
    ) throws(BusError) -> EventPublisher {
        try open(.publish, attachments, options: configuration.options) { endpoints, wake in
            EventPublisher(name: publisher, endpoints: endpoints, configuration: configuration, wake: wake)
        }
    }
}
