import CNetlink
import ConntrackKit
import Glibc
import LabSockets

/// The connection table of the network namespace in which the socket was made, over netlink. It takes CAP_NET_ADMIN.
package final class NetlinkSocket: ConntrackTable {
    private let socket: Descriptor
    private var sequence: UInt32 = 0
    private var buffer = [UInt8](repeating: 0, count: 64 << 10)

    /// Opens the socket.
    package init() throws(SystemError) {
        socket = Descriptor(
            try check(Glibc.socket(AF_NETLINK, Int32(SOCK_RAW.rawValue), NETLINK_NETFILTER), "open a netlink socket"))
        // The kernel answers at once; if it ever does not, that is an error and not a reason to stand still.
        var limit = timeval(tv_sec: 2, tv_usec: 0)
        try check(
            setsockopt(socket.number, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size)),
            "limit a netlink answer's time")
    }

    package func entry(_ tuple: ConntrackTuple) throws(TableError) -> ConntrackEntry? {
        var found: ConntrackEntry?
        let code = try ask(ConntrackRequest.get(tuple, sequence: next()), until: { found != nil }) { found = $0 }
        guard code == 0 || code == ENOENT else { throw failure("look a connection up", code) }
        return found
    }

    package func entries() throws(TableError) -> [ConntrackEntry] {
        var found: [ConntrackEntry] = []
        let code = try ask(ConntrackRequest.dump(sequence: next()), until: { false }) { found.append($0) }
        guard code == 0 else { throw failure("list the connections", code) }
        return found
    }

    package func insert(_ entry: ConntrackEntry) throws(TableError) {
        switch try ask(ConntrackRequest.create(entry, sequence: next())) {
        case 0: return
        case EEXIST: throw .exists
        case let code: throw failure("add a connection", code)
        }
    }

    package func remove(_ tuple: ConntrackTuple) throws(TableError) {
        let code = try ask(ConntrackRequest.delete(tuple, sequence: next()))
        guard code == 0 || code == ENOENT else { throw failure("forget a connection", code) }
    }

    private func next() -> UInt32 {
        sequence &+= 1
        return sequence
    }

    /// Sends a request and takes answers until the kernel says that it was the last, or `isEnough`; the errno, 0 for success.
    private func ask(
        _ request: [UInt8], until isEnough: () -> Bool = { false }, _ take: (ConntrackEntry) -> Void = { _ in }
    ) throws(TableError) -> CInt {
        guard send(socket.number, request, request.count, 0) == request.count else { throw failure("ask the kernel", errno) }
        while true {
            var count: Int
            repeat { count = recv(socket.number, &buffer, buffer.count, Int32(MSG_TRUNC)) } while count < 0 && errno == EINTR
            guard count >= 0 else { throw failure("hear the kernel", errno) }
            guard count <= buffer.count else { throw failure("hear the kernel", EMSGSIZE) }
            for answer in try read(Array(buffer[..<count])) {
                switch answer {
                case .entry(let entry): take(entry)
                case .unreadable(let error): throw .failed("an entry cannot be read: \(error)")
                case .done: return 0
                case .result(let code): return code
                }
            }
            if isEnough() { return 0 }
        }
    }

    private func read(_ datagram: [UInt8]) throws(TableError) -> [ConntrackAnswer] {
        do throws(NetlinkError) {
            return try ConntrackAnswer.all(in: datagram.span.bytes, answering: sequence)
        } catch { throw .failed("the kernel's answer cannot be read: \(error)") }
    }

    private func failure(_ action: String, _ code: CInt) -> TableError {
        .failed(SystemError(action, code: code).description + (code == EPERM ? "; it takes root or CAP_NET_ADMIN" : ""))
    }
}
