import Synchronization

/// What a subscriber hears.
public enum Incoming: Hashable, Sendable {
    /// An event.
    case event(Envelope)
    /// A publisher not heard before, or restarted: time to ask it for a snapshot.
    case appeared(publisher: String)
    /// So many events of a publisher under a topic were lost: time to ask it for a snapshot.
    case gap(publisher: String, topic: String, missed: UInt64)
}

/// Receives the events of any number of publishers, in the order of each.
public final class EventSubscriber: Sendable {
    /// What arrived so far.
    public struct Statistics: Hashable, Sendable {
        /// Events handed on.
        public var received: UInt64 = 0
        /// Events lost on the way, as sequence numbers tell.
        public var missed: UInt64 = 0
        /// Messages that are no envelope.
        public var malformed: UInt64 = 0
        /// Messages in an envelope of another version.
        public var otherVersion: UInt64 = 0
        /// Things that the reader of a stream was too slow for.
        public var dropped: UInt64 = 0
    }

    private struct State {
        var gaps = GapDetector()
        var statistics = Statistics()
    }

    /// The endpoints this subscriber is attached to, with the ports that wildcards became.
    public let endpoints: [String]
    private let topics: [String]
    private let deliver: @Sendable (Incoming) -> Bool
    private let finish: @Sendable () -> Void
    private let state = Mutex(State())

    fileprivate init(
        topics: [String], endpoints: [String], deliver: @escaping @Sendable (Incoming) -> Bool, finish: @escaping @Sendable () -> Void
    ) {
        self.topics = topics
        self.endpoints = endpoints
        self.deliver = deliver
        self.finish = finish
    }

    /// What arrived so far.
    public var statistics: Statistics {
        state.withLock { state in
            var statistics = state.statistics
            statistics.missed = state.gaps.missed
            return statistics
        }
    }

    private func hand(_ incoming: Incoming) {
        if !deliver(incoming) { state.withLock { $0.statistics.dropped += 1 } }
    }

    private func hand(_ observation: GapDetector.Observation, publisher: String, topic: String) {
        switch observation {
        case .inOrder, .repeated: break
        case .firstOfPublisher: hand(.appeared(publisher: publisher))
        case .missed(let count): hand(.gap(publisher: publisher, topic: topic, missed: count))
        }
    }

    private func note(_ heartbeat: Envelope) {
        guard let next = try? BusJSON.decode(Heartbeat.self, from: heartbeat.body).next else {
            return state.withLock { $0.statistics.malformed += 1 }
        }
        for (topic, sequence) in next where topics.contains(where: topic.hasPrefix) {
            let observation = state.withLock { $0.gaps.observe(publisher: heartbeat.header.publisher, topic: topic, next: sequence) }
            hand(observation, publisher: heartbeat.header.publisher, topic: topic)
        }
    }
}

extension EventSubscriber: LaneRole {
    func received(_ message: Multipart, through socket: inout BusSocket) {
        let envelope: Envelope
        do {
            envelope = try Envelope(decoding: message)
        } catch {
            return state.withLock { state in
                if case .version = error { state.statistics.otherVersion += 1 } else { state.statistics.malformed += 1 }
            }
        }
        guard envelope.topic != Heartbeat.topic else { return note(envelope) }
        let observation = state.withLock { state in
            state.statistics.received += 1
            return state.gaps.observe(
                publisher: envelope.header.publisher, topic: envelope.topic, sequence: envelope.header.sequence)
        }
        hand(observation, publisher: envelope.header.publisher, topic: envelope.topic)
        hand(.event(envelope))
    }

    func refused(_ error: BusError) {
        state.withLock { $0.statistics.malformed += 1 }
    }

    func closed() {
        finish()
    }
}

extension BusThread {
    /// Subscribes to topics by prefix; `onIncoming` is called on the bus thread and must not wait.
    public func subscriber(
        _ attachments: [Attachment], topics: [String], options: SocketOptions = SocketOptions(),
        onIncoming: @escaping @Sendable (Incoming) -> Void
    ) throws(BusError) -> EventSubscriber {
        try subscribe(attachments, topics, options) { incoming in
            onIncoming(incoming)
            return true
        } finish: {
        }
    }

    /// Subscribes to topics by prefix and streams what arrives; of more than `limit` unread things the newest are dropped and
    /// counted. The stream ends with the bus.
    public func subscription(
        _ attachments: [Attachment], topics: [String], limit: Int = 10_000, options: SocketOptions = SocketOptions()
    ) throws(BusError) -> (subscriber: EventSubscriber, stream: AsyncStream<Incoming>) {
        let (stream, continuation) = AsyncStream.makeStream(of: Incoming.self, bufferingPolicy: .bufferingOldest(limit))
        let subscriber = try subscribe(attachments, topics, options) { incoming in
            if case .dropped = continuation.yield(incoming) { return false }
            return true
        } finish: {
            continuation.finish()
        }
        return (subscriber, stream)
    }

    private func subscribe(
        _ attachments: [Attachment], _ topics: [String], _ options: SocketOptions,
        deliver: @escaping @Sendable (Incoming) -> Bool, finish: @escaping @Sendable () -> Void
    ) throws(BusError) -> EventSubscriber {
        try open(.subscribe, attachments, options: options, subscribing: topics + [Heartbeat.topic]) { endpoints, _ in
            EventSubscriber(topics: topics, endpoints: endpoints, deliver: deliver, finish: finish)
        }
    }
}
