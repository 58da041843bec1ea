import Frames
import Glibc

/// Where a TCP or UDP socket is: an IPv4 address and a port, written `10.9.0.1:7000`.
package struct SocketAddress: Hashable, Sendable, LosslessStringConvertible {
    /// The IPv4 address.
    package let host: IPv4Address
    /// The port.
    package let port: UInt16

    /// An address and a port.
    package init(host: IPv4Address, port: UInt16) {
        self.host = host
        self.port = port
    }

    /// An IPv4 address, a colon and a port; nil for anything else.
    package init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let host = IPv4Address(String(parts[0])), let port = UInt16(parts[1]) else { return nil }
        self.init(host: host, port: port)
    }

    /// The address and the port with a colon between them.
    package var description: String { "\(host):\(port)" }

    /// Lends the address in the form that the socket calls take.
    package func withSockaddr<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = host.bits.bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
    }
}
