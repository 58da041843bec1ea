import Glibc

/// The path behind an `ipc://` endpoint, to ask whether a living program serves it.
struct IPCEndpoint {
    private let path: [UInt8]

    /// The path that `endpoint` names; `nil` for other transports, abstract names and paths too long for a socket.
    init?(_ endpoint: String) {
        let scheme = "ipc://"
        guard endpoint.hasPrefix(scheme) else { return nil }
        path = Array(endpoint.utf8.dropFirst(scheme.utf8.count))
        guard let first = path.first, first == UInt8(ascii: "/"), path.count < MemoryLayout.size(ofValue: sockaddr_un().sun_path)
        else { return nil }
    }

    /// Whether somebody accepts connections there; a file left behind by a program that died refuses them.
    var isServed: Bool {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        return result == 0 || errno == EAGAIN
    }
}
