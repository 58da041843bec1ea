import CZeroMQ
import Glibc
import Timing

/// Sockets and plain file descriptors waited on together.
///
/// It holds no socket alive: fill it anew before every wait, with sockets that outlive that wait.
package struct PollSet {
    private var items: [zmq_pollitem_t] = []

    /// An empty set.
    package init() {}

    /// Forgets everything that was added.
    package mutating func removeAll() {
        items.removeAll(keepingCapacity: true)
    }

    /// Waits for messages on `socket`, and for room to send if asked; returns its place in the set.
    @discardableResult
    package mutating func add(_ socket: borrowing BusSocket, writable: Bool = false) -> Int {
        add(zmq_pollitem_t(socket: socket.handle, fd: 0, events: events(writable), revents: 0))
    }

    /// Waits for a file descriptor to become readable; returns its place in the set.
    @discardableResult
    package mutating func add(fileDescriptor: Int32) -> Int {
        add(zmq_pollitem_t(socket: nil, fd: fileDescriptor, events: events(false), revents: 0))
    }

    /// Waits until something is ready or the time is up; `nil` waits for ever. A signal ends the wait early.
    package mutating func wait(upTo limit: TimeSpan?) throws(BusError) {
        // Rounded up, so that a deadline has passed when the wait for it ends.
        let milliseconds = limit.map { Int((max($0.nanoseconds, 0) + 999_999) / 1_000_000) } ?? -1
        guard zmq_poll(&items, Int32(items.count), milliseconds) >= 0 || zmq_errno() == EINTR else { throw .last("polling") }
    }

    /// Whether the last wait found something to read at `place`.
    package func isReadable(_ place: Int) -> Bool {
        Int32(items[place].revents) & (ZMQ_POLLIN | ZMQ_POLLERR) != 0
    }

    private mutating func add(_ item: zmq_pollitem_t) -> Int {
        items.append(item)
        return items.count - 1
    }

    private func events(_ writable: Bool) -> Int16 {
        Int16(writable ? ZMQ_POLLIN | ZMQ_POLLOUT : ZMQ_POLLIN)
    }
}
