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

    var descriptor: CInt { socket.descriptor }
    var mtu: Int { socket.mtu }
    var receiveSlotSize: Int { 0 }

    static func check(_ url: ShimURL) throws(ShimError) {
        try url.requireInterface()
        try url.requireParameters()
    }

    init(_ url: ShimURL) throws(ShimError) {
        self.url = url
        let interface = Interface(url)
        address = try interface.address()
        switchedOff = try interface.switchOffloadsOff()
        socket = try PacketSocket(interface)
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
    }

    func examineError() {
        isDown = pendingError(of: socket.descriptor) != 0 || isDown
    }

    func reopen() throws(ShimError) {
        let interface = Interface(url)
        let switchedOff = try interface.switchOffloadsOff()
        let opened = try PacketSocket(interface)
        sampleKernelDrops()
        socket = opened
        self.switchedOff = switchedOff
        isDown = false
    }
}
