import CLab
import Frames
import Glibc

extension Descriptor {
    /// A UDP socket between two ends, with buffers of 8 MB.
    package static func udp(from local: SocketAddress, to remote: SocketAddress) throws(SystemError) -> Descriptor {
        let made = Descriptor(try check(socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0), "open a UDP socket"))
        try made.setBuffers(bytes: 8 << 20)
        try check(local.withSockaddr { bind(made.number, $0, $1) }, "use \(local)")
        try check(remote.withSockaddr { connect(made.number, $0, $1) }, "reach \(remote)")
        return made
    }

    /// A socket for all frames that come in on an interface, whomever they are for, with buffers of 64 MB.
    package static func frames(of interface: String) throws(SystemError) -> Descriptor {
        let everything = UInt16(ETH_P_ALL).bigEndian
        let made = Descriptor(
            try check(socket(AF_PACKET, Int32(SOCK_RAW.rawValue), 0), "open a packet socket (it takes root or CAP_NET_RAW)"))
        let index = if_nametoindex(interface)
        guard index != 0 else { throw SystemError("use interface \(interface)") }
        try made.setBuffers(bytes: 64 << 20)
        try made.set(SOL_PACKET, PACKET_IGNORE_OUTGOING, to: 1)
        var membership = packet_mreq()
        membership.mr_ifindex = Int32(index)
        membership.mr_type = UInt16(PACKET_MR_PROMISC)
        try check(
            setsockopt(made.number, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &membership, socklen_t(MemoryLayout<packet_mreq>.size)),
            "see all frames of \(interface)")
        try made.attach(toInterface: index, protocol: everything, named: interface)
        return made
    }

    /// A socket that sends frames out of an interface and receives none.
    package static func sending(on interface: String) throws(SystemError) -> Descriptor {
        let made = Descriptor(
            try check(socket(AF_PACKET, Int32(SOCK_RAW.rawValue), 0), "open a packet socket (it takes root or CAP_NET_RAW)"))
        let index = if_nametoindex(interface)
        guard index != 0 else { throw SystemError("use interface \(interface)") }
        try made.attach(toInterface: index, protocol: 0, named: interface)
        return made
    }

    private func attach(toInterface index: UInt32, protocol number: UInt16, named interface: String) throws(SystemError) {
        var address = sockaddr_ll()
        address.sll_family = UInt16(AF_PACKET)
        address.sll_protocol = number
        address.sll_ifindex = Int32(index)
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.bind(self.number, $0, socklen_t(MemoryLayout<sockaddr_ll>.size))
            }
        }
        try check(bound, "use interface \(interface)")
    }

    /// A listening TCP socket that never makes its owner wait.
    package static func listening(at address: SocketAddress) throws(SystemError) -> Descriptor {
        let made = Descriptor(try check(socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0), "open a TCP socket"))
        try made.set(SOL_SOCKET, SO_REUSEADDR, to: 1)
        try check(address.withSockaddr { bind(made.number, $0, $1) }, "listen at \(address)")
        try check(listen(made.number, 16), "listen at \(address)")
        try made.setNonBlocking()
        return made
    }

    /// A TCP connection; returns once it stands or is refused.
    package static func connected(to address: SocketAddress) throws(SystemError) -> Descriptor {
        let made = Descriptor(try check(socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0), "open a TCP socket"))
        try made.set(Int32(IPPROTO_TCP), TCP_NODELAY, to: 1)
        var limit = timeval(tv_sec: 2, tv_usec: 0)
        try check(
            setsockopt(made.number, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size)), "limit a connection's time")
        try check(address.withSockaddr { connect(made.number, $0, $1) }, "reach \(address)")
        return made
    }

    /// A TCP connection that is still to come about; where it does not within two seconds, it breaks.
    package static func connecting(to address: SocketAddress) throws(SystemError) -> Descriptor {
        let made = Descriptor(try check(socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0), "open a TCP socket"))
        try made.setNonBlocking()
        try made.set(Int32(IPPROTO_TCP), TCP_NODELAY, to: 1)
        try made.set(Int32(IPPROTO_TCP), TCP_USER_TIMEOUT, to: 2_000)
        let failure = address.withSockaddr { connect(made.number, $0, $1) < 0 ? errno : 0 }
        guard failure == 0 || failure == EINPROGRESS else { throw SystemError("reach \(address)", code: failure) }
        return made
    }

    /// A connection to a UNIX stream socket.
    package static func connected(toSocket path: String) throws(SystemError) -> Descriptor {
        let made = Descriptor(try check(socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0), "open a UNIX socket"))
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let name = Array(path.utf8)
        guard name.count < MemoryLayout.size(ofValue: address.sun_path) else { throw SystemError("reach \(path)", code: ENAMETOOLONG) }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
        let reached = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(made.number, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try check(reached, "reach \(path)")
        return made
    }
}
