import Glibc

/// Why a service cannot run, in one line: the thing, the reason, the way out.
public struct ServiceFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// What it is about: an address, a file, an interface.
    public let thing: String
    /// What is wrong with it.
    public let reason: String
    /// What to do.
    public let wayOut: String

    /// A failure of the three.
    public init(_ thing: String, reason: String, wayOut: String) {
        self.thing = thing
        self.reason = reason
        self.wayOut = wayOut
    }

    /// A TCP address could not be listened on; `code` is the system's errno.
    public init(listeningOn address: ListenAddress, errno code: Int32) {
        let wayOut =
            switch code {
            case EADDRINUSE: "stop the other program or choose another port with --listen"
            case EACCES, EPERM: "choose a port above 1023 with --listen, or run with CAP_NET_BIND_SERVICE"
            case EADDRNOTAVAIL: "choose an address of this machine with --listen, or 0.0.0.0 for all"
            default: "choose another address with --listen"
            }
        self.init("cannot listen on \(address)", reason: String(cString: strerror(code)).lowercased(), wayOut: wayOut)
    }

    /// The one line.
    public var description: String { "\(thing): \(reason): \(wayOut)" }
}
