import Glibc

/// A listening UNIX socket, whose file goes with it.
package struct ListeningSocket: ~Copyable {
    /// Why nobody can listen at a path, and the way out.
    package struct Failure: Error {
        /// Why.
        package let reason: String
        /// What the operator can do.
        package let remedy: String
    }

    /// What connections are made of.
    package enum Kind {
        /// Bytes (SOCK_STREAM).
        case stream
        /// Messages in order (SOCK_SEQPACKET).
        case messages

        fileprivate var number: CInt {
            switch self {
            case .stream: CInt(SOCK_STREAM.rawValue)
            case .messages: CInt(SOCK_SEQPACKET.rawValue)
            }
        }
    }

    /// Readable when somebody connects.
    package let descriptor: CInt
    private let path: String

    /// Listens at `path`; a file that nobody listens at any more is replaced.
    package init(path: String, _ kind: Kind = .stream) throws(Failure) {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let room = MemoryLayout.size(ofValue: address.sun_path)
        guard !path.isEmpty, path.utf8.count < room, !path.utf8.contains(0) else {
            throw Failure(reason: "the path takes 1 to \(room - 1) bytes", remedy: "choose a shorter one")
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let descriptor = try Self.socket(kind)
        var failure = Self.bind(descriptor, to: &address)
        if failure == EADDRINUSE {
            do throws(Failure) {
                try Self.removeStale(path, kind, &address)
            } catch {
                close(descriptor)
                throw error
            }
            failure = Self.bind(descriptor, to: &address)
        }
        if failure == 0, listen(descriptor, 8) < 0 { failure = errno }
        guard failure == 0 else {
            close(descriptor)
            throw Failure(reason: String(cString: strerror(failure)), remedy: "choose a directory that exists and may be written to")
        }
        self.descriptor = descriptor
        self.path = path
    }

    deinit {
        close(descriptor)
        unlink(path)
    }

    /// The next connection that waits, non-blocking, if one does.
    package func accept() -> CInt? {
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
    private static func removeStale(_ path: String, _ kind: Kind, _ address: inout sockaddr_un) throws(Failure) {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK else {
            throw Failure(reason: "a file that is no socket is in the way", remedy: "choose another path")
        }
        let probe = try socket(kind)
        defer { close(probe) }
        let result = withUnsafeBytes(of: &address) { bytes in
            bytes.withMemoryRebound(to: sockaddr.self) { connect(probe, $0.baseAddress, socklen_t(MemoryLayout<sockaddr_un>.size)) }
        }
        guard result < 0, errno == ECONNREFUSED else {
            throw Failure(reason: "another process listens there", remedy: "end it, or choose another path")
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

    private static func socket(_ kind: Kind) throws(Failure) -> CInt {
        let descriptor = Glibc.socket(AF_UNIX, kind.number, 0)
        guard descriptor >= 0 else {
            throw Failure(reason: String(cString: strerror(errno)), remedy: "raise the limit of open files")
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
