import Synchronization
import Timing

/// Asks a ``RequestServer``; any number of requests at once, answered in any order.
///
/// A request goes to a connected server only: while there is none it waits here, until its own time is up. It is sent at most
/// once; if the server goes away with it, it times out. The connection is made again by itself.
public final class RequestClient: Sendable {
    private typealias Answer = Result<[UInt8], RequestError>

    private struct Pending {
        let correlation: UInt64
        let header: Header
        let body: [UInt8]
    }

    private struct Waiting {
        let continuation: CheckedContinuation<Answer, Never>
        let timeout: TimeSpan
    }

    private struct State {
        var queue: BoundedQueue<Pending>
        var waiting: [UInt64: Waiting] = [:]
        var deadlines = DeadlineQueue<UInt64>()
        var next: UInt64 = 0
        var unexpected: UInt64 = 0
        var isClosed = false
    }

    private let name: String
    private let endpoint: String
    private let limit: Int
    private let wake: WakeSignal
    private let state: Mutex<State>

    fileprivate init(name: String, endpoint: String, limit: Int, wake: WakeSignal) {
        self.name = name
        self.endpoint = endpoint
        self.limit = limit
        self.wake = wake
        state = Mutex(State(queue: BoundedQueue(maximumCount: limit, maximumBytes: 64 << 20)))
    }

    /// Answers so far that nobody waited for any more, or that were malformed.
    public var unexpectedReplies: UInt64 { state.withLock { $0.unexpected } }

    /// Sends `body` and returns the body of the answer.
    public func request(_ body: [UInt8], timeout: TimeSpan, traceId: String? = nil) async throws(RequestError) -> [UInt8] {
        let correlation = state.withLock { state in
            defer { state.next += 1 }
            return state.next
        }
        let header = Header(publisher: name, sequence: correlation, timeMs: BusClock.unixMilliseconds(), traceId: traceId)
        let pending = Pending(correlation: correlation, header: header, body: body)
        let answer: Answer = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                enqueue(pending, Waiting(continuation: continuation, timeout: timeout))
                // The handler below may have run before there was anything to end.
                if Task.isCancelled { finish(correlation, .failure(.cancelled)) }
            }
        } onCancel: {
            finish(correlation, .failure(.cancelled))
        }
        return try answer.get()
    }

    private func enqueue(_ pending: Pending, _ waiting: Waiting) {
        let refusal: RequestError? = state.withLock { state in
            guard !state.isClosed else { return .closed }
            guard state.waiting.count < limit else { return .tooManyWaiting(limit: limit) }
            guard state.queue.append(pending, bytes: pending.body.count) else { return .tooLarge }
            state.waiting[pending.correlation] = waiting
            state.deadlines.schedule(pending.correlation, at: BusClock.now() + waiting.timeout)
            return nil
        }
        if let refusal {
            waiting.continuation.resume(returning: .failure(refusal))
        } else {
            wake.raise()
        }
    }

    /// Gives whoever waits for `correlation` its answer; false when nobody does.
    @discardableResult
    private func finish(_ correlation: UInt64, _ answer: Answer) -> Bool {
        let waiting = state.withLock { state in
            state.queue.removeAll { $0.correlation == correlation }
            return state.waiting.removeValue(forKey: correlation)
        }
        waiting?.continuation.resume(returning: answer)
        return waiting != nil
    }
}

extension RequestClient: LaneRole {
    func sendQueued(through socket: inout BusSocket) -> Bool {
        while let pending = state.withLock({ $0.queue.first }) {
            let envelope = RequestEnvelope(correlation: pending.correlation, header: pending.header, body: pending.body)
            let result = Result { try socket.send(try envelope.encoded()) }
            if case .success(.wouldBlock) = result { return true }
            // It may have been cancelled meanwhile, so it is taken out by name.
            state.withLock { $0.queue.removeAll { $0.correlation == pending.correlation } }
            if case .failure = result { finish(pending.correlation, .failure(.tooLarge)) }
        }
        return false
    }

    func received(_ message: Multipart, through socket: inout BusSocket) {
        let isExpected =
            if let reply = try? RequestEnvelope(decoding: message) {
                finish(reply.correlation, reply.header.error.map { .failure(.refused($0)) } ?? .success(reply.body))
            } else if let correlation = try? RequestEnvelope.correlation(of: message) {
                finish(correlation, .failure(.refused("the answer is malformed or of another version: run services of one release")))
            } else {
                false
            }
        if !isExpected { state.withLock { $0.unexpected += 1 } }
    }

    func refused(_ error: BusError) {
        state.withLock { $0.unexpected += 1 }
    }

    var nextDeadline: Instant? { state.withLock { $0.deadlines.next } }

    func clockReached(_ now: Instant) {
        while let due = state.withLock({ $0.deadlines.popDue(at: now) }) {
            let timeout = state.withLock { $0.waiting[due]?.timeout }
            if let timeout { finish(due, .failure(.timedOut(after: timeout, endpoint: endpoint))) }
        }
    }

    func closed() {
        let waiting = state.withLock { state in
            state.isClosed = true
            state.queue.removeAll()
            defer { state.waiting = [:] }
            return state.waiting
        }
        for waiting in waiting.values { waiting.continuation.resume(returning: .failure(.closed)) }
    }
}

extension BusThread {
    /// Makes a client of the server at `endpoint`; at most `limit` requests wait at a time.
    public func requestClient(
        _ endpoint: String, limit: Int = 1_024, options: SocketOptions = SocketOptions()
    ) throws(BusError) -> RequestClient {
        var options = options
        options.onlyToConnected = true
        return try open(.dealer, [.connect(endpoint)], options: options) { _, wake in
            RequestClient(name: publisher, endpoint: endpoint, limit: limit, wake: wake)
        }
    }
}
