import CLinux
import Frames
import Glibc

/// `packet:INTERFACE`: AF_PACKET with a TPACKET_V2 receive ring, sending with sendmmsg past the queueing discipline.
final class PacketShim: Shim {
    let url: ShimURL
    let address: MACAddress
    private var socket: PacketSocket
    private(set) var switchedOff: [String]
    private(set) var counters = ShimCounters()
    private(set) var isDown = false

    var descriptor: CInt { socket.descriptor }
    var mtu: Int { socket.mtu }
    var receiveSlotSize: Int { 0 }

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
        var next = 0
        while next < frames.count {
            let sent = Int(clinux_send_frames(socket.descriptor, frames.vectors + next, UInt32(frames.count - next)))
            guard sent <= 0 else {
                for index in next..<next + sent { counters.transmitted.bytes += frames.vectors[index].iov_len }
                counters.transmitted.frames += sent
                next += sent
                continue
            }
            let reason = CInt(-sent)
            if reason == EINTR { continue }
            // What holds for one frame holds for all behind it: waiting for each would hold up every other port.
            let affected = [EAGAIN, ENETDOWN, ENXIO, ENODEV].contains(reason) ? frames.count - next : 1
            isDown = counters.countUnsent(reason, frames: affected) || isDown
            next += affected
        }
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

/// Takes the error that a socket is waiting to report, 0 if none.
func pendingError(of socket: CInt) -> CInt {
    var reason: CInt = 0
    var size = socklen_t(MemoryLayout<CInt>.size)
    return getsockopt(socket, SOL_SOCKET, SO_ERROR, &reason, &size) == 0 ? reason : errno
}
