import CLinux
import Frames
import Glibc

/// `packet:INTERFACE`: AF_PACKET with a TPACKET_V2 receive ring, sending with sendmmsg past the queueing discipline.
final class PacketShim: ShimKind {
    static let scheme = "packet"
    static let help = "packet:IF (AF_PACKET ring)"

    let url: ShimURL
    let address: MACAddress
    private var socket: PacketSocket
    private(set) var switchedOff: [String]
    private(set) var counters = ShimCounters()
    private(set) var isDown = false
    private let forFastPath: Bool
    /// What came in, and what went past us, by sockets before this one.
    private var before = (taken: 0, bypassed: ShimCounters.Traffic())

    var descriptor: CInt { socket.descriptor }
    var mtu: Int { socket.mtu }
    var receiveSlotSize: Int { 0 }

    static func check(_ url: ShimURL) throws(ShimError) {
        try url.requireInterface()
        try url.requireParameters()
    }

    convenience init(_ url: ShimURL) throws(ShimError) { try self.init(url, forFastPath: false) }

    /// Opens the port, so that a ``FastPath`` may begin there, if the kernel lets it.
    init(_ url: ShimURL, forFastPath: Bool) throws(ShimError) {
        self.url = url
        self.forFastPath = forFastPath
        let interface = Interface(url)
        address = try interface.address()
        switchedOff = try interface.switchOffloadsOff()
        socket = try PacketSocket(interface, forFastPath: forFastPath)
    }

    func receive(into frames: inout FrameBatch) {
        socket.ring.receive(into: &frames, counting: &counters)
    }

    func release() {
        socket.ring.release()
    }

    func transmit(_ frames: borrowing FrameBatch) {
        isDown = send(frames, through: socket.descriptor, counting: &counters) || isDown
    }

    func sampleKernelDrops() {
        var statistics = tpacket_stats()
        var size = socklen_t(MemoryLayout<tpacket_stats>.size)
        guard getsockopt(socket.descriptor, SOL_PACKET, PACKET_STATISTICS, &statistics, &size) == 0 else { return }
        counters.kernelDrops += Int(statistics.tp_drops)
        guard let bypassed = socket.record?.bypassed else { return }
        counters.bypassed.frames = before.bypassed.frames + bypassed.frames
        counters.bypassed.bytes = before.bypassed.bytes + bypassed.bytes
    }

    func examineError() {
        isDown = pendingError(of: socket.descriptor) != 0 || isDown
    }

    func reopen() throws(ShimError) {
        let interface = Interface(url)
        let switchedOff = try interface.switchOffloadsOff()
        let opened = try PacketSocket(interface, forFastPath: forFastPath)
        sampleKernelDrops()
        before = (taken, counters.bypassed)
        socket = opened
        self.switchedOff = switchedOff
        isDown = false
    }
}

// MARK: Fast path

extension PacketShim {
    /// The map that a fast path's programs go by; nil where there is none.
    var fastPathMap: CInt? { socket.record?.map.descriptor }

    /// Why there is none, although it was asked for.
    var fastPathObstacle: BPFFailure? { socket.obstacle }

    /// Says that all frames that came in have gone on, and whether from now on none may go past us.
    func settle(isArmed: Bool) {
        socket.record?.settle(isArmed ? .max : UInt64(taken - before.taken))
    }

    /// Frames that the kernel had for our sockets, those among them that never got here too.
    private var taken: Int { counters.received.frames + counters.truncated + counters.kernelDrops }
}
