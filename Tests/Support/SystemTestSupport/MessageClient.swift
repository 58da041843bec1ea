import Foundation

/// A client of a UNIX socket of messages (SOCK_SEQPACKET).
package final class MessageClient {
    private var descriptor: Int32

    /// Connects to `path`; nil where nobody listens.
    package init?(_ path: String) {
        descriptor = socket(AF_UNIX, Int32(SOCK_SEQPACKET.rawValue), 0)
        var patience = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        guard withUNIXAddress(path, { connect(descriptor, $0, $1) }) == 0 else { return nil }
    }

    deinit { close() }

    /// Hangs up.
    package func close() {
        if descriptor >= 0 { Glibc.close(descriptor) }
        descriptor = -1
    }

    /// Sends a message.
    package func send(_ message: [UInt8]) {
        _ = Glibc.send(descriptor, message, message.count, Int32(MSG_NOSIGNAL))
    }

    /// The next message; empty when the server hung up or says nothing for ten seconds.
    package func receive() -> [UInt8] {
        var buffer: [UInt8] = Array(repeating: 0, count: 65_536)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        return count > 0 ? Array(buffer[..<count]) : []
    }
}
