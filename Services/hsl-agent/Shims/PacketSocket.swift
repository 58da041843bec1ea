import CLinux
import Glibc

/// A packet socket on one interface with its ring, closed when it goes.
struct PacketSocket: ~Copyable {
    let descriptor: CInt
    let mtu: Int
    var ring: PacketRing
    /// What a fast path goes by; nil where none was asked for, or the kernel refuses.
    let record: FastPathRecord?
    let obstacle: BPFFailure?

    /// Opens a promiscuous socket that does not see what the host itself sends.
    init(_ interface: Interface, forFastPath: Bool) throws(ShimError) {
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
        // Its filter goes in before the socket is bound too, so that it counts every frame.
        let (record, obstacle) = forFastPath ? Self.attachRecord(to: descriptor) : (nil, nil)
        do throws(ShimError) {
            try Self.configure(descriptor, interface, index)
        } catch {
            close(descriptor)
            throw error
        }
        self.descriptor = descriptor
        self.mtu = mtu
        self.ring = ring
        self.record = record
        self.obstacle = obstacle
    }

    deinit {
        close(descriptor)
    }

    /// Has the kernel count what comes to a socket in a new record.
    private static func attachRecord(to descriptor: CInt) -> (FastPathRecord?, BPFFailure?) {
        do throws(BPFFailure) {
            let record = try FastPathRecord()
            var filter = try loadBPF(BPF_PROG_TYPE_SOCKET_FILTER, FastPathPrograms.filter(record.map.descriptor))
            // The socket keeps the program.
            defer { close(filter) }
            guard setsockopt(descriptor, SOL_SOCKET, SO_ATTACH_BPF, &filter, socklen_t(MemoryLayout<CInt>.size)) == 0 else {
                throw BPFFailure(what: "the socket takes no BPF filter", reason: errno)
            }
            return (record, nil)
        } catch {
            return (nil, error)
        }
    }

    private static func configure(_ descriptor: CInt, _ interface: Interface, _ index: CInt) throws(ShimError) {
        func require(_ result: CInt, _ failure: String) throws(ShimError) {
            if result < 0 { try interface.checked(-errno, failure) }
        }
        try require(setPacketOption(descriptor, PACKET_IGNORE_OUTGOING, 1), "PACKET_IGNORE_OUTGOING needs Linux 4.20 or later")
        try require(setPacketOption(descriptor, PACKET_QDISC_BYPASS, 1), "PACKET_QDISC_BYPASS cannot be set")
        try require(switchPromiscuousOn(descriptor, index), "promiscuous mode cannot be switched on")
        widenSendBuffer(descriptor, to: usualSendBuffer)
        try require(limitSendPatience(descriptor), "SO_SNDTIMEO cannot be set")
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
    /// Opens a packet socket that is not bound to anything.
    func openPacketSocket() throws(ShimError) -> CInt {
        let descriptor = socket(AF_PACKET, CInt(SOCK_RAW.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        if descriptor < 0 { try checked(-errno, "a packet socket cannot be opened") }
        return descriptor
    }
}

/// Has an interface take frames for any address, as long as the packet socket is open; 0, or -1 and errno.
func switchPromiscuousOn(_ socket: CInt, _ index: CInt) -> CInt {
    var membership = packet_mreq()
    membership.mr_ifindex = index
    membership.mr_type = UInt16(PACKET_MR_PROMISC)
    return setsockopt(socket, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &membership, socklen_t(MemoryLayout<packet_mreq>.size))
}
