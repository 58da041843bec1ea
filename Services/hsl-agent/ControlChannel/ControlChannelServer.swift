import CLinux
import Glibc
import ListeningSockets

/// The agent's end of the control channel: a UNIX stream socket at which one network function connects.
///
/// While one is connected, others are refused with an error line: two functions that answer for the same flows would be wrong
/// whichever was believed. One thread owns the server and calls ``poll()`` when ``descriptor`` is readable.
public final class ControlChannelServer {
    /// What happened on the channel.
    public enum Event: Hashable, Sendable {
        /// A function connected.
        case connected
        /// It is gone: hung up, broke off, or was disconnected because it did not read.
        case disconnected
        /// It said something.
        case message(FunctionMessage)
    }

    /// What the channel saw.
    public struct Counters: Hashable, Sendable {
        /// Lines that were not understood.
        public var malformedLines = 0
        /// Connections refused because one was there.
        public var refusedConnections = 0
        /// Functions disconnected because too much waited for them.
        public var overflows = 0
    }

    /// Readable when ``poll()`` has something to do; an epoll instance over the sockets within.
    public let descriptor: CInt
    /// What the channel saw so far.
    public private(set) var counters = Counters()
    /// Whether a function is connected.
    public var isConnected: Bool { connection != nil }

    private let listener: ListeningSocket
    private var connection: FunctionConnection?
    /// The connection broke while sending, so that ``poll()`` has something to tell though ``descriptor`` is not readable.
    public private(set) var lostWhileSending = false

    /// Listens at `path`.
    ///
    /// - Throws: ``ControlChannelError`` when the path is too long, not writable, or served by another process.
    public init(path: String) throws(ControlChannelError) {
        do throws(ListeningSocket.Failure) {
            listener = try ListeningSocket(path: path)
        } catch {
            throw ControlChannelError(path: path, reason: error.reason, remedy: error.remedy)
        }
        descriptor = epoll_create1(CInt(EPOLL_CLOEXEC))
        guard descriptor >= 0, watch(listener.descriptor, EPOLL_CTL_ADD, for: EPOLLIN.rawValue) else {
            throw ControlChannelError(path: path, reason: String(cString: strerror(errno)), remedy: "raise the limit of open files")
        }
    }

    deinit {
        close(descriptor)
    }

    /// Takes what happened, without waiting.
    public func poll() -> [Event] {
        var events: [Event] = []
        if lostWhileSending {
            lostWhileSending = false
            events.append(.disconnected)
        }
        var ready: [epoll_event] = Array(repeating: epoll_event(), count: 2)
        let count = epoll_wait(descriptor, &ready, 2, 0)
        // The connection first: one that hung up makes room for the next.
        if ready.prefix(Int(max(0, count))).contains(where: { $0.data.fd != listener.descriptor }) { serveConnection(&events) }
        while let accepted = listener.accept() { admit(accepted, &events) }
        return events
    }

    /// Sends a message to the function, if one is connected.
    public func send(_ message: AgentMessage) { send(contentsOf: CollectionOfOne(message)) }

    /// Sends messages in order, with one write for as many as may wait, if a function is connected.
    public func send(contentsOf messages: some Sequence<AgentMessage>) {
        guard connection != nil else { return }
        var isAlive = true
        for message in messages where isAlive {
            connection?.queue(message)
            if connection?.isOverfull == true { isAlive = relieve() }
        }
        if isAlive, connection?.flush() == true {
            watchConnection()
        } else {
            connection = nil
            lostWhileSending = true
        }
    }

    /// Writes what the function takes at once; false if still too much waits for it, or the connection broke.
    private func relieve() -> Bool {
        guard connection?.flush() == true else { return false }
        guard connection?.isOverfull == false else {
            counters.overflows += 1
            return false
        }
        return true
    }

    private func serveConnection(_ events: inout [Event]) {
        guard connection?.flush() != false, let input = connection?.read() else {
            hangUp(&events)
            return
        }
        for piece in input.pieces {
            do throws(MessageError) {
                switch piece {
                case .line(let line): events.append(.message(try FunctionMessage(line: line)))
                case .tooLong: throw .tooLong
                }
            } catch {
                counters.malformedLines += 1
                send(.error(message: error.description))
            }
        }
        if input.isOver, connection != nil { hangUp(&events) } else { watchConnection() }
    }

    private func hangUp(_ events: inout [Event]) {
        connection = nil
        events.append(.disconnected)
    }

    private func admit(_ accepted: CInt, _ events: inout [Event]) {
        var candidate = FunctionConnection(accepted)
        guard connection == nil, watch(accepted, EPOLL_CTL_ADD, for: EPOLLIN.rawValue) else {
            counters.refusedConnections += 1
            candidate.queue(.error(message: "another network function is connected"))
            _ = candidate.flush()
            return
        }
        connection = consume candidate
        events.append(.connected)
    }

    /// Asks to be woken when the function reads on, for as long as something waits for it.
    private func watchConnection() {
        guard let descriptor = connection?.descriptor, let waiting = connection?.hasOutput else { return }
        _ = watch(descriptor, EPOLL_CTL_MOD, for: waiting ? EPOLLIN.rawValue | EPOLLOUT.rawValue : EPOLLIN.rawValue)
    }

    private func watch(_ socket: CInt, _ operation: CInt, for events: UInt32) -> Bool {
        var event = epoll_event()
        event.events = events
        event.data.fd = socket
        return epoll_ctl(descriptor, operation, socket, &event) == 0
    }
}
