import Foundation

/// A client of a UNIX stream socket that speaks in lines.
package final class UNIXClient {
    private var descriptor: Int32
    private var input: [UInt8] = []

    /// Connects to `path`; nil where nobody listens.
    package init?(_ path: String) {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var patience = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        guard withUNIXAddress(path, { connect(descriptor, $0, $1) }) == 0 else { return nil }
    }

    deinit {
        if isOpen { Glibc.close(descriptor) }
    }

    /// Whether this end did not hang up.
    package var isOpen: Bool { descriptor >= 0 }

    /// Hangs up.
    package func close() {
        Glibc.close(descriptor)
        descriptor = -1
    }

    /// Sends bytes as they are.
    package func send(_ bytes: [UInt8]) {
        _ = Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }

    /// The next line, without its newline; empty when the server hung up or says nothing for ten seconds.
    package func line() -> [UInt8] {
        var buffer: [UInt8] = Array(repeating: 0, count: 4_096)
        while !input.contains(0x0A) {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { return [] }
            input += buffer[..<count]
        }
        let line = input.prefix { $0 != 0x0A }
        input.removeFirst(line.count + 1)
        return Array(line)
    }
}

/// A path for a socket that no other test uses.
package func temporarySocketPath() -> String { NSTemporaryDirectory() + "sharp-test-\(UUID().uuidString.prefix(8)).sock" }

/// Binds a socket; 0, or -1 and errno.
package func bindUNIXSocket(_ descriptor: Int32, to path: String) -> Int32 { withUNIXAddress(path) { bind(descriptor, $0, $1) } }

/// Calls `body` with the address of a UNIX socket at `path`.
package func withUNIXAddress<Result>(_ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    return withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
    }
}
