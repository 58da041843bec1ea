import CZeroMQ
import Glibc

/// Why a socket of the bus could not be made, attached or used; the description is one line with the reason and the way out.
public enum BusError: Error, Hashable, Sendable {
    /// Somebody else serves the endpoint.
    case addressInUse(endpoint: String)
    /// No interface of this machine has the endpoint's address.
    case addressUnavailable(endpoint: String)
    /// This user may not use the endpoint.
    case permissionDenied(endpoint: String)
    /// The folder of an `ipc://` endpoint does not exist.
    case folderMissing(endpoint: String)
    /// The endpoint is not written as libzmq wants it.
    case malformedEndpoint(endpoint: String, reason: String)
    /// Text that is not a CURVE key.
    case malformedKey
    /// libzmq was built without CURVE.
    case curveUnavailable
    /// The process has no file descriptors or sockets left.
    case tooManySockets
    /// Nothing arrived within the receive timeout.
    case timedOut
    /// No connected peer has the identity that a ROUTER was to send to.
    case unroutable
    /// A message of more parts than the socket takes; it was read and dropped.
    case tooManyParts(limit: Int)
    /// A message part of more bytes than the socket takes.
    case partTooLarge(limit: Int)
    /// The bus was shut down.
    case terminated
    /// Anything else the system refused.
    case system(operation: String, reason: String)

    /// The error that the last failed libzmq call of this thread left behind.
    static func last(_ operation: String, endpoint: String? = nil) -> BusError {
        let code = zmq_errno()
        switch code {
        case EADDRINUSE: return .addressInUse(endpoint: endpoint ?? "")
        case EADDRNOTAVAIL, ENODEV: return .addressUnavailable(endpoint: endpoint ?? "")
        case EACCES, EPERM: return .permissionDenied(endpoint: endpoint ?? "")
        case ENOENT: return .folderMissing(endpoint: endpoint ?? "")
        case EPROTONOSUPPORT, ENOCOMPATPROTO:
            return .malformedEndpoint(endpoint: endpoint ?? "", reason: "no such transport")
        case EINVAL where endpoint != nil:
            return .malformedEndpoint(endpoint: endpoint ?? "", reason: "not an endpoint")
        case ENAMETOOLONG: return .malformedEndpoint(endpoint: endpoint ?? "", reason: "the path is too long")
        case EMFILE, ENFILE: return .tooManySockets
        case EHOSTUNREACH: return .unroutable
        case EAGAIN: return .timedOut
        case ETERM: return .terminated
        default: return .system(operation: operation, reason: String(cString: zmq_strerror(code)))
        }
    }
}

extension BusError: CustomStringConvertible {
    /// One line: the thing, the reason, the way out.
    public var description: String {
        switch self {
        case .addressInUse(let endpoint):
            "\(endpoint): the address is in use: stop the other program or name another endpoint"
        case .addressUnavailable(let endpoint):
            "\(endpoint): no interface of this machine has that address: bind to one it has, or to * for all"
        case .permissionDenied(let endpoint):
            "\(endpoint): permission denied: use a port above 1023 or a folder that this user may write to"
        case .folderMissing(let endpoint):
            "\(endpoint): the folder does not exist: create it first"
        case .malformedEndpoint(let endpoint, let reason):
            "\(endpoint): \(reason): write tcp://ADDRESS:PORT or ipc:///PATH"
        case .malformedKey:
            "not a CURVE key: give the 40 characters that generating a key pair printed"
        case .curveUnavailable:
            "this libzmq was built without CURVE: install one with libsodium, or use ipc:// endpoints without keys"
        case .tooManySockets:
            "no more sockets can be opened: raise the limit on open files (ulimit -n)"
        case .timedOut:
            "nothing arrived in time: see that the peer runs and is reachable"
        case .unroutable:
            "the peer is no longer connected: its message was dropped"
        case .tooManyParts(let limit):
            "a message of more than \(limit) parts was dropped: see that the peer speaks this protocol"
        case .partTooLarge(let limit):
            "a message part of more than \(limit) bytes was refused: send less at once or raise the limit"
        case .terminated:
            "the bus was shut down: nothing can be sent any more"
        case .system(let operation, let reason):
            "\(operation): \(reason): see the system's log"
        }
    }
}
