import Glibc

/// A listening UNIX stream socket, whose file goes with it.
struct ListeningSocket: ~Copyable {
    let descriptor: CInt
    private let path: String

    /// Listens at `path`; a file that nobody listens at any more is replaced.
    init(path: String) throws(ControlChannelError) {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let room = MemoryLayout.size(ofValue: address.sun_path)
        guard !path.isEmpty, path.utf8.count < room, !path.utf8.contains(0) else {
            throw ControlChannelError(path: path, reason: "the path takes 1 to \(room - 1) bytes", remedy: "choose a shorter one")
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let descriptor = try Self.streamSocket(path)
        var failure = Self.bind(descriptor, to: &address)
        if failure == EADDRINUSE {
            do throws(ControlChannelError) {
                try Self.removeStale(path, &address)
            } catch {
                close(descriptor)
                throw error
            }
            failure = Self.bind(descriptor, to: &address)
        }
        if failure == 0, listen(descriptor, 8) < 0 { failure = errno }
        guard failure == 0 else {
            close(descriptor)
            throw ControlChannelError(
                path: path, reason: String(cString: strerror(failure)), remedy: "choose a directory that exists and may be written to")
        }
        self.descriptor = descriptor
        self.path = path
    }

    deinit {
        close(descriptor)
        unlink(path)
    }

    /// The next connection that waits, non-blocking, if one does.
    func accept() -> CInt? {
        while true {
            let connection = Glibc.accept(descriptor, nil, nil)
            guard connection < 0 else {
                makeNonBlocking(connection)
                return connection
            }
            if errno != EINTR && errno != ECONNABORTED { return nil }
        }
    }

    /// Removes the socket's file if nobody listens at it.
    private static func removeStale(_ path: String, _ address: inout sockaddr_un) throws(ControlChannelError) {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK else {
            throw ControlChannelError(path: path, reason: "a file that is no socket is in the way", remedy: "choose another path")
        }
        let probe = try streamSocket(path)
        defer { close(probe) }
        let result = withUnsafeBytes(of: &address) { bytes in
            bytes.withMemoryRebound(to: sockaddr.self) { connect(probe, $0.baseAddress, socklen_t(MemoryLayout<sockaddr_un>.size)) }
        }
        guard result < 0, errno == ECONNREFUSED else {
            throw ControlChannelError(path: path, reason: "another process listens there", remedy: "end it, or choose another path")
        }
        unlink(path)
    }

    private static func bind(_ descriptor: CInt, to address: inout sockaddr_un) -> CInt {
        withUnsafeBytes(of: &address) { bytes in
            bytes.withMemoryRebound(to: sockaddr.self) {
                Glibc.bind(descriptor, $0.baseAddress, socklen_t(MemoryLayout<sockaddr_un>.size)) < 0 ? errno : 0
            }
        }
    }

    private static func streamSocket(_ path: String) throws(ControlChannelError) -> CInt {
        let descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else {
            throw ControlChannelError(path: path, reason: String(cString: strerror(errno)), remedy: "raise the limit of open files")
        }
        makeNonBlocking(descriptor)
        return descriptor
    }
}

/// Makes a descriptor non-blocking and closed on exec.
private func makeNonBlocking(_ descriptor: CInt) {
    _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
}
