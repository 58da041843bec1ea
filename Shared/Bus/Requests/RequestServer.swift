import Synchronization

/// A request that wants an answer.
public struct IncomingRequest: Sendable {
    /// Who asks, and when.
    public let header: Header
    /// What is asked.
    public let body: [UInt8]
    fileprivate let client: [UInt8]
    fileprivate let correlation: UInt64
    fileprivate let server: RequestServer

    /// Answers, from any thread. Only the first answer counts.
    public func reply(_ body: [UInt8]) {
        server.answer(client, correlation, body: body, error: nil, traceId: header.traceId)
    }

    /// Says why there is no answer; the client gets ``RequestError/refused(_:)``.
    public func refuse(_ reason: String) {
        server.answer(client, correlation, body: [], error: reason, traceId: header.traceId)
    }
}

/// Answers the requests of any number of ``RequestClient``s.
public final class RequestServer: Sendable {
    /// What happened so far.
    public struct Statistics: Hashable, Sendable {
        /// Requests handed to the handler.
        public var received: UInt64 = 0
        /// Answers sent.
        public var answered: UInt64 = 0
        /// Messages that are no request; they were refused.
        public var malformed: UInt64 = 0
        /// Requests in an envelope of another version; they were refused.
        public var otherVersion: UInt64 = 0
        /// Answers dropped: the client is gone or does not read, or the queue was full.
        public var dropped: UInt64 = 0
    }

    private struct Pending {
        let client: [UInt8]
        let envelope: RequestEnvelope
    }

    private struct State {
        var queue = BoundedQueue<Pending>(maximumCount: 10_000, maximumBytes: 64 << 20)
        var statistics = Statistics()
        var sequence: UInt64 = 0
        var isClosed = false
    }

    private static let longestReason = 1_024

    /// The endpoints this server is attached to, with the ports that wildcards became.
    public let endpoints: [String]
    private let name: String
    private let wake: WakeSignal
    private let handler: @Sendable (IncomingRequest) -> Void
    private let state = Mutex(State())

    fileprivate init(name: String, endpoints: [String], wake: WakeSignal, handler: @escaping @Sendable (IncomingRequest) -> Void) {
        self.name = name
        self.endpoints = endpoints
        self.wake = wake
        self.handler = handler
    }

    /// What happened so far.
    public var statistics: Statistics { state.withLock { $0.statistics } }

    fileprivate func answer(_ client: [UInt8], _ correlation: UInt64, body: [UInt8], error: String?, traceId: String?) {
        let timeMs = BusClock.unixMilliseconds()
        let error = error.map { String($0.prefix(Self.longestReason / 4)) }
        let isQueued = state.withLock { state in
            let header = Header(publisher: name, sequence: state.sequence, timeMs: timeMs, traceId: traceId, error: error)
            let envelope = RequestEnvelope(correlation: correlation, header: header, body: body)
            guard !state.isClosed, state.queue.append(Pending(client: client, envelope: envelope), bytes: body.count) else {
                state.statistics.dropped += 1
                return false
            }
            state.sequence += 1
            return true
        }
        if isQueued { wake.raise() }
    }
}

extension RequestServer: LaneRole {
    func sendQueued(through socket: inout BusSocket) -> Bool {
        while let pending = state.withLock({ $0.queue.popFirst() }) {
            let result = Result {
                var message = try pending.envelope.encoded()
                message.parts.insert(pending.client, at: 0)
                return try socket.send(message)
            }
            state.withLock { state in
                if case .success(.sent) = result { state.statistics.answered += 1 } else { state.statistics.dropped += 1 }
            }
        }
        return false
    }

    func received(_ message: Multipart, through socket: inout BusSocket) {
        var message = message
        let client = message.parts.removeFirst()
        do {
            let envelope = try RequestEnvelope(decoding: message)
            state.withLock { $0.statistics.received += 1 }
            handler(
                IncomingRequest(
                    header: envelope.header, body: envelope.body, client: client, correlation: envelope.correlation, server: self))
        } catch {
            state.withLock { state in
                if case .version = error { state.statistics.otherVersion += 1 } else { state.statistics.malformed += 1 }
            }
            guard let correlation = try? RequestEnvelope.correlation(of: message) else { return }
            answer(client, correlation, body: [], error: error.description, traceId: nil)
        }
    }

    func refused(_ error: BusError) {
        state.withLock { $0.statistics.malformed += 1 }
    }

    func closed() {
        state.withLock { $0.isClosed = true }
    }
}

extension BusThread {
    /// Makes a server attached to `attachments`; `handler` is called on the bus thread and must not wait: it keeps the request and
    /// answers when it can.
    public func requestServer(
        _ attachments: Attachment..., options: SocketOptions = SocketOptions(), handler: @escaping @Sendable (IncomingRequest) -> Void
    ) throws(BusError) -> RequestServer {
        try open(.router, attachments, options: options) { endpoints, wake in
            RequestServer(name: publisher, endpoints: endpoints, wake: wake, handler: handler)
        }
    }
}
