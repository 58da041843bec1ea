import CLinux
import Glibc

/// A packet socket on one interface with its ring, closed when it goes.
struct PacketSocket: ~Copyable {
    let descriptor: CInt
    let mtu: Int
    var ring: PacketRing

    /// How long a full send queue may hold the caller up before frames are dropped, in microseconds.
    private static let patience = 5_000
    private static let sendBuffer: CInt = 8 << 20

    /// Opens a promiscuous socket that does not see what the host itself sends.
    init(_ interface: Interface) throws(ShimError) {
        let index = try interface.index()
        let mtu = try interface.mtu()
        try interface.requireUp()
        let descriptor = try interface.openPacketSocket()
        // The ring goes in before the socket is bound, so that no frame takes another way.
        guard let ring = PacketRing(socket: descriptor, frameSize: mtu + FrameBatch.overhead) else {
            let reason = errno
            close(descriptor)
            throw ShimError(
                interface.url.text, "its receive ring cannot be set up: \(errorText(reason))",
                remedy: "free some memory, or choose a smaller MTU (it is \(mtu))")
        }
        do throws(ShimError) {
            try Self.configure(descriptor, interface, index)
        } catch {
            close(descriptor)
            throw error
        }
        self.descriptor = descriptor
        self.mtu = mtu
        self.ring = ring
    }

    deinit {
        close(descriptor)
    }

    private static func configure(_ descriptor: CInt, _ interface: Interface, _ index: CInt) throws(ShimError) {
        func require(_ result: CInt, _ failure: String) throws(ShimError) {
            if result < 0 { try interface.checked(-errno, failure) }
        }
        try require(setPacketOption(descriptor, PACKET_IGNORE_OUTGOING, 1), "PACKET_IGNORE_OUTGOING needs Linux 4.20 or later")
        try require(setPacketOption(descriptor, PACKET_QDISC_BYPASS, 1), "PACKET_QDISC_BYPASS cannot be set")
        var promiscuous = packet_mreq()
        promiscuous.mr_ifindex = index
        promiscuous.mr_type = UInt16(PACKET_MR_PROMISC)
        try require(
            setsockopt(descriptor, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &promiscuous, socklen_t(MemoryLayout<packet_mreq>.size)),
            "promiscuous mode cannot be switched on")
        widenSendBuffer(descriptor, to: sendBuffer)
        var patience = timeval(tv_sec: 0, tv_usec: patience)
        try require(
            setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size)), "SO_SNDTIMEO cannot be set")
        var address = sockaddr_ll()
        address.sll_family = UInt16(AF_PACKET)
        address.sll_protocol = UInt16(ETH_P_ALL).bigEndian
        address.sll_ifindex = index
        let bound = withUnsafeBytes(of: &address) { bytes in
            bytes.withMemoryRebound(to: sockaddr.self) { bind(descriptor, $0.baseAddress, socklen_t(MemoryLayout<sockaddr_ll>.size)) }
        }
        try require(bound, "the socket cannot be bound to it")
    }
}

extension Interface {
    fileprivate func openPacketSocket() throws(ShimError) -> CInt {
        let descriptor = socket(AF_PACKET, CInt(SOCK_RAW.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        if descriptor < 0 { try checked(-errno, "a packet socket cannot be opened") }
        return descriptor
    }
}

/// Asks for a send buffer beyond the system's limit, which takes CAP_NET_ADMIN; without it the usual one has to do.
func widenSendBuffer(_ socket: CInt, to size: CInt) {
    var size = size
    if setsockopt(socket, SOL_SOCKET, SO_SNDBUFFORCE, &size, socklen_t(MemoryLayout<CInt>.size)) < 0 {
        setsockopt(socket, SOL_SOCKET, SO_SNDBUF, &size, socklen_t(MemoryLayout<CInt>.size))
    }
}
