import CZeroMQ
import Glibc

/// libzmq's own threads and the `inproc://` endpoints that sockets of one context share.
///
/// Every socket holds its context, so the context ends with its last owner and never waits for a socket that is still open;
/// what ends it may wait for as long as a socket lingers.
public final class BusContext: Sendable {
    /// libzmq lets any thread use a context.
    nonisolated(unsafe) let handle: UnsafeMutableRawPointer

    /// A context with one I/O thread.
    public init() throws(BusError) {
        guard let handle = zmq_ctx_new() else { throw .last("making a messaging context") }
        self.handle = handle
    }

    deinit {
        while zmq_ctx_term(handle) == -1, zmq_errno() == EINTR {}
    }
}
