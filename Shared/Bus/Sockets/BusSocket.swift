import CZeroMQ
import Glibc
import Timing

/// The messaging pattern of a socket.
public enum SocketKind: Sendable {
    case publish, subscribe, router, dealer, request, reply

    var code: Int32 {
        switch self {
        case .publish: ZMQ_PUB
        case .subscribe: ZMQ_SUB
        case .router: ZMQ_ROUTER
        case .dealer: ZMQ_DEALER
        case .request: ZMQ_REQ
        case .reply: ZMQ_REP
        }
    }
}

/// What became of a message that a socket was given.
public enum SendResult: Hashable, Sendable {
    /// libzmq has it (and a PUB socket may drop it later for a subscriber that is too slow).
    case sent
    /// Nobody is connected, or the queues are full: nothing of it was taken.
    case wouldBlock
}

/// A libzmq socket with one owner; it is closed when its owner lets go of it.
///
/// libzmq allows a socket to move between threads, but never two threads at once: the type cannot be copied and everything it
/// does mutates it, so the compiler sees to that.
public struct BusSocket: ~Copyable, @unchecked Sendable {  // The pointer inside has the one owner that the struct has.
    let handle: UnsafeMutableRawPointer
    private let context: BusContext
    private let maximumParts: Int
    private let maximumPartSize: Int

    /// A socket that is attached to nothing yet.
    public init(_ kind: SocketKind, in context: BusContext, options: SocketOptions = SocketOptions()) throws(BusError) {
        handle = try Self.open(kind, in: context, options)
        self.context = context
        maximumParts = options.maximumParts
        maximumPartSize = options.maximumPartSize
    }

    private static func open(
        _ kind: SocketKind, in context: BusContext, _ options: SocketOptions
    ) throws(BusError) -> UnsafeMutableRawPointer {
        guard let handle = zmq_socket(context.handle, kind.code) else { throw .last("opening a messaging socket") }
        do {
            try OptionSetter(handle: handle).apply(options, to: kind)
        } catch {
            zmq_close(handle)
            throw error
        }
        return handle
    }

    deinit {
        zmq_close(handle)
    }

    /// Listens at `endpoint` and returns the endpoint with the port that a wildcard became.
    ///
    /// libzmq would take an `ipc://` path from a living program without a word; here that is ``BusError/addressInUse(endpoint:)``.
    @discardableResult
    public mutating func bind(_ endpoint: String) throws(BusError) -> String {
        if IPCEndpoint(endpoint)?.isServed == true { throw .addressInUse(endpoint: endpoint) }
        guard zmq_bind(handle, endpoint) == 0 else { throw .last("binding", endpoint: endpoint) }
        var text = [CChar](repeating: 0, count: 512)
        var length = text.count
        guard zmq_getsockopt(handle, ZMQ_LAST_ENDPOINT, &text, &length) == 0 else { throw .last("reading the bound endpoint") }
        return String(decoding: text.prefix(max(length - 1, 0)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Connects to `endpoint`, now and again whenever the connection ends; the peer need not be there yet.
    public mutating func connect(_ endpoint: String) throws(BusError) {
        guard zmq_connect(handle, endpoint) == 0 else { throw .last("connecting", endpoint: endpoint) }
    }

    /// Asks for the messages whose first part begins with `prefix` (SUB only).
    public mutating func subscribe(to prefix: String) throws(BusError) {
        try OptionSetter(handle: handle).set(ZMQ_SUBSCRIBE, Array(prefix.utf8))
    }

    /// Hands over a message, all of it or nothing; never waits.
    public mutating func send(_ message: Multipart) throws(BusError) -> SendResult {
        guard !message.parts.isEmpty else { return .sent }
        guard message.parts.count <= maximumParts else { throw .tooManyParts(limit: maximumParts) }
        guard message.parts.allSatisfy({ $0.count <= maximumPartSize }) else { throw .partTooLarge(limit: maximumPartSize) }
        for (index, part) in message.parts.enumerated() {
            let flags = index + 1 < message.parts.count ? ZMQ_DONTWAIT | ZMQ_SNDMORE : ZMQ_DONTWAIT
            while part.withUnsafeBytes({ zmq_send(handle, $0.baseAddress, $0.count, flags) }) == -1 {
                if zmq_errno() == EINTR { continue }
                if zmq_errno() == EAGAIN, index == 0 { return .wouldBlock }
                throw .last("sending")
            }
        }
        return .sent
    }

    /// The next message, waiting for it as long as the receive timeout says.
    public mutating func receive() throws(BusError) -> Multipart {
        try receive(flags: 0)
    }

    /// The next message if one has arrived.
    public mutating func receiveIfReady() throws(BusError) -> Multipart? {
        do {
            return try receive(flags: ZMQ_DONTWAIT)
        } catch .timedOut {
            return nil
        }
    }

    private mutating func receive(flags: Int32) throws(BusError) -> Multipart {
        var parts: [[UInt8]] = []
        var tooManyParts = false
        var tooLarge = false
        var more = true
        while more {
            var part = zmq_msg_t()
            zmq_msg_init(&part)
            defer { zmq_msg_close(&part) }
            while zmq_msg_recv(&part, handle, flags) == -1 {
                if zmq_errno() == EINTR { continue }
                throw .last("receiving")
            }
            more = zmq_msg_more(&part) == 1
            let size = zmq_msg_size(&part)
            tooManyParts = tooManyParts || parts.count == maximumParts
            tooLarge = tooLarge || size > maximumPartSize
            if !tooManyParts, !tooLarge {
                parts.append([UInt8](UnsafeRawBufferPointer(start: zmq_msg_data(&part), count: size)))
            }
        }
        if tooManyParts { throw .tooManyParts(limit: maximumParts) }
        if tooLarge { throw .partTooLarge(limit: maximumPartSize) }
        return Multipart(parts)
    }
}
