import CLinux
import Frames
import Glibc

/// `xdp:INTERFACE`: AF_XDP on the only queue of an interface, whose frames never reach the host's own network stack.
///
/// In the kernel's generic mode, which every interface has; `mode=native` asks for the driver's, and does without copying where the driver
/// can. VLAN tags that a sender leaves to hardware are not seen in either: switch that off there (`ethtool -K IF txvlan off`).
final class XDPShim: ShimKind {
    static let scheme = "xdp"
    static let help = "xdp:IF[?mode=native] (AF_XDP)"

    let url: ShimURL
    let address: MACAddress
    /// Nothing where an interface that went away could not be opened anew.
    private var port: XDPPort?
    let mtu: Int
    private(set) var switchedOff: [String]
    private(set) var counters = ShimCounters()
    private(set) var isDown = false
    /// The socket's drop counter when it was last looked at.
    private var droppedBefore = 0

    var descriptor: CInt { port?.socket.descriptor ?? -1 }
    var receiveSlotSize: Int { 0 }

    static func check(_ url: ShimURL) throws(ShimError) {
        try url.requireInterface()
        try url.requireParameters(in: "mode")
        guard ["generic", "native", nil].contains(url.parameters["mode"]) else {
            throw ShimError(url.text, "no such mode", remedy: "write mode=generic or mode=native")
        }
    }

    init(_ url: ShimURL) throws(ShimError) {
        self.url = url
        let interface = Interface(url)
        address = try interface.address()
        switchedOff = try interface.switchOffloadsOff()
        let port = try XDPPort(interface)
        mtu = port.socket.mtu
        self.port = .some(consume port)
    }

    func receive(into frames: inout FrameBatch) {
        port?.socket.receive(into: &frames, counting: &counters)
    }

    func release() {
        port?.socket.release()
    }

    func transmit(_ frames: borrowing FrameBatch) {
        guard let isDown = port?.socket.transmit(frames, counting: &counters) else {
            counters.interfaceDown += frames.count
            return
        }
        self.isDown = isDown || self.isDown
    }

    func sampleKernelDrops() {
        port?.socket.sendRest(counting: &counters)
        guard let dropped = port?.socket.kernelDrops() else { return }
        counters.kernelDrops += dropped - droppedBefore
        droppedBefore = dropped
    }

    func examineError() {
        isDown = pendingError(of: descriptor) != 0 || isDown
    }

    func reopen() throws(ShimError) {
        let interface = Interface(url)
        try interface.requireUp()
        let switchedOff = try interface.switchOffloadsOff()
        // An interface has room for one program and its queue for one socket, so the old ones go first.
        sampleKernelDrops()
        port = nil
        port = try XDPPort(interface)
        droppedBefore = 0
        self.switchedOff = switchedOff
        isDown = false
    }
}

/// An AF_XDP socket and the program that brings it an interface's frames.
private struct XDPPort: ~Copyable {
    var socket: XDPSocket
    private let attachment: XDPAttachment
    private let promiscuity: Promiscuity

    init(_ interface: Interface) throws(ShimError) {
        let native = interface.url.parameters["mode"] == "native"
        let index = try interface.index()
        try interface.requireUp()
        let socket = try XDPSocket(interface, index: index, native: native)
        let promiscuity = try Promiscuity(interface, index)
        let attachment = try Self.attach(interface, index, socket.descriptor, native: native)
        self.socket = socket
        self.promiscuity = promiscuity
        self.attachment = attachment
    }

    private static func attach(
        _ interface: Interface, _ index: CInt, _ socket: CInt, native: Bool
    ) throws(ShimError) -> XDPAttachment {
        do throws(BPFFailure) {
            let sockets = try BPFMap(BPF_MAP_TYPE_XSKMAP, valueSize: MemoryLayout<CInt>.size)
            try sockets.set(0, to: socket)
            // The program keeps the map.
            return try XDPAttachment(Self.program(sockets.descriptor), to: index, native: native)
        } catch {
            throw error.ofPort(interface.url, alternative: "use packet:\(interface.name) instead")
        }
    }

    /// Every frame goes to the socket of its queue, or where there is none, as if there were no program.
    private static func program(_ sockets: CInt) -> [UInt64] {
        var program = BPFProgram()
        // struct xdp_md.rx_queue_index
        program.load(.r2, .word, .r1, 16)
        program.load(.r1, map: sockets)
        program.move(.r3, Int32(XDP_PASS.rawValue))
        program.call(.redirectMap)
        program.exit()
        return program.assembled()
    }
}

/// Has an interface take frames for any address, for as long as it lives.
private struct Promiscuity: ~Copyable {
    private let socket: CInt

    init(_ interface: Interface, _ index: CInt) throws(ShimError) {
        let socket = try interface.openPacketSocket()
        if switchPromiscuousOn(socket, index) < 0 {
            let reason = errno
            close(socket)
            try interface.checked(-reason, "promiscuous mode cannot be switched on")
        }
        self.socket = socket
    }

    deinit {
        close(socket)
    }
}
