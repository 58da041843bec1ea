import CLinux
import Glibc

/// The frames' memory of an AF_XDP socket, and the four rings on which chunks of it change hands.
struct XDPMemory: ~Copyable {
    let base: UnsafeMutableRawPointer
    var rx: XDPRing<xdp_desc>
    var fill: XDPRing<UInt64>
    var tx: XDPRing<xdp_desc>
    var completion: XDPRing<UInt64>
    private let byteCount: Int

    /// How the memory is divided: chunks to receive into first, then those to send with.
    struct Layout {
        /// What the kernel keeps free before a received frame (XDP_PACKET_HEADROOM).
        static let headroom = 256
        /// A chunk lies within a page.
        static let longestChunk = 4_096
        static let (received, sent) = (8_192, 2_048)
        /// The largest MTU whose frames fit into a chunk.
        static let largestMTU = longestChunk - headroom - FrameBatch.overhead

        let chunk: Int
        var byteCount: Int { (Self.received + Self.sent) * chunk }

        init(mtu: Int) {
            chunk = mtu + FrameBatch.overhead + Self.headroom <= 2_048 ? 2_048 : Self.longestChunk
        }

        /// Where a chunk lies.
        func address(_ index: Int) -> UInt64 { UInt64(index * chunk) }
    }

    /// Gives a socket its memory and rings, and binds it to the only queue of an interface; nil and errno where the kernel refuses.
    init?(socket: CInt, _ layout: Layout, _ index: CInt, native: Bool) {
        let mapping = mmap(nil, layout.byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let mapping, mapping != MAP_FAILED else { return nil }
        guard Self.register(socket, mapping, layout), let offsets = Self.offsets(socket),
            let rx = XDPRing<xdp_desc>(socket: socket, at: Int(XDP_PGOFF_RX_RING), offsets.rx, count: Layout.received, ours: .consumer),
            let fill = XDPRing<UInt64>(
                socket: socket, at: Int(XDP_UMEM_PGOFF_FILL_RING), offsets.fr, count: Layout.received, ours: .producer),
            let tx = XDPRing<xdp_desc>(socket: socket, at: Int(XDP_PGOFF_TX_RING), offsets.tx, count: Layout.sent, ours: .producer),
            let completion = XDPRing<UInt64>(
                socket: socket, at: Int(XDP_UMEM_PGOFF_COMPLETION_RING), offsets.cr, count: Layout.sent, ours: .consumer),
            Self.bind(socket, to: index, native: native)
        else {
            let reason = errno
            munmap(mapping, layout.byteCount)
            errno = reason
            return nil
        }
        base = mapping
        byteCount = layout.byteCount
        self.rx = rx
        self.fill = fill
        self.tx = tx
        self.completion = completion
    }

    deinit {
        munmap(base, byteCount)
    }

    private static func register(_ socket: CInt, _ memory: UnsafeMutableRawPointer, _ layout: Layout) -> Bool {
        var registration = xdp_umem_reg()
        registration.addr = UInt64(UInt(bitPattern: memory))
        registration.len = UInt64(layout.byteCount)
        registration.chunk_size = UInt32(layout.chunk)
        guard setsockopt(socket, SOL_XDP, XDP_UMEM_REG, &registration, socklen_t(MemoryLayout<xdp_umem_reg>.size)) == 0 else {
            return false
        }
        let rings = [
            (XDP_RX_RING, Layout.received), (XDP_UMEM_FILL_RING, Layout.received), (XDP_TX_RING, Layout.sent),
            (XDP_UMEM_COMPLETION_RING, Layout.sent),
        ]
        for (option, count) in rings {
            var size = UInt32(count)
            guard setsockopt(socket, SOL_XDP, option, &size, socklen_t(MemoryLayout<UInt32>.size)) == 0 else { return false }
        }
        return true
    }

    private static func offsets(_ socket: CInt) -> xdp_mmap_offsets? {
        var offsets = xdp_mmap_offsets()
        var size = socklen_t(MemoryLayout<xdp_mmap_offsets>.size)
        return getsockopt(socket, SOL_XDP, XDP_MMAP_OFFSETS, &offsets, &size) == 0 ? offsets : nil
    }

    private static func bind(_ socket: CInt, to index: CInt, native: Bool) -> Bool {
        var address = sockaddr_xdp()
        address.sxdp_family = UInt16(AF_XDP)
        // The driver's own mode may also do without copying.
        address.sxdp_flags = native ? 0 : UInt16(XDP_COPY)
        address.sxdp_ifindex = UInt32(index)
        let end = now() + patience
        repeat {
            let bound = withUnsafeBytes(of: &address) { bytes in
                bytes.withMemoryRebound(to: sockaddr.self) {
                    Glibc.bind(socket, $0.baseAddress, socklen_t(MemoryLayout<sockaddr_xdp>.size))
                }
            }
            if bound == 0 { return true }
            guard errno == EBUSY else { return false }
            usleep(10_000)
        } while now() < end
        errno = EBUSY
        return false
    }

    /// How long the kernel may take to free the queue of a socket that was closed, in seconds.
    private static let patience = 2

    private static func now() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return time.tv_sec
    }
}
