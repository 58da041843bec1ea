import CPcap
import Frames
import Glibc

/// `pcap:INTERFACE`: libpcap in immediate mode, one system call a frame sent; the portable way.
final class PcapShim: ShimKind {
    static let scheme = "pcap"
    static let help = "pcap:IF (libpcap)"

    let url: ShimURL
    let address: MACAddress
    private var session: PcapSession
    private(set) var switchedOff: [String]
    private(set) var counters = ShimCounters()
    private(set) var isDown = false
    /// libpcap's drop counter when it was last looked at.
    private var droppedBefore: UInt32 = 0

    var descriptor: CInt { session.descriptor }
    var mtu: Int { session.mtu }
    var receiveSlotSize: Int { mtu + FrameBatch.overhead }

    static func check(_ url: ShimURL) throws(ShimError) {
        try url.requireInterface()
        try url.requireParameters()
    }

    init(_ url: ShimURL) throws(ShimError) {
        self.url = url
        let interface = Interface(url)
        address = try interface.address()
        switchedOff = try interface.switchOffloadsOff()
        session = try PcapSession(interface)
    }

    func receive(into frames: inout FrameBatch) {
        let room = frames.capacity - frames.count
        guard room > 0 else { return }
        let result = withUnsafeMutablePointer(to: &frames) { batch in
            withUnsafeMutablePointer(to: &counters) { counters in
                var target = PcapTarget(frames: batch, counters: counters)
                return withUnsafeMutableBytes(of: &target) { bytes in
                    // The callback must see every frame, so it never gets more than fit.
                    pcap_dispatch(session.handle, CInt(room), takeFrame, bytes.bindMemory(to: UInt8.self).baseAddress)
                }
            }
        }
        if result < 0 { isDown = true }
    }

    func release() {}

    func transmit(_ frames: borrowing FrameBatch) {
        for index in 0..<frames.count {
            let frame = frames[index]
            let sent = pcap_inject(session.handle, frame.baseAddress, frame.count)
            if Int(sent) == frame.count {
                counters.transmitted.frames += 1
                counters.transmitted.bytes += frame.count
            } else {
                isDown = counters.countUnsent(sent < 0 ? errno : ENOBUFS) || isDown
            }
        }
    }

    func sampleKernelDrops() {
        var statistics = pcap_stat()
        guard pcap_stats(session.handle, &statistics) == 0 else { return }
        counters.kernelDrops += Int(statistics.ps_drop &- droppedBefore)
        droppedBefore = statistics.ps_drop
    }

    func examineError() {
        isDown = pendingError(of: session.descriptor) != 0 || isDown
    }

    func reopen() throws(ShimError) {
        let interface = Interface(url)
        let switchedOff = try interface.switchOffloadsOff()
        let opened = try PcapSession(interface)
        sampleKernelDrops()
        session = opened
        droppedBefore = 0
        self.switchedOff = switchedOff
        isDown = false
    }
}

/// Where ``takeFrame`` puts what it is given.
private struct PcapTarget {
    let frames: UnsafeMutablePointer<FrameBatch>
    let counters: UnsafeMutablePointer<ShimCounters>
}

/// Copies a frame, which libpcap takes back when this returns.
private let takeFrame: pcap_handler = { target, header, bytes in
    guard let target, let header = header?.pointee, let bytes else { return }
    target.withMemoryRebound(to: PcapTarget.self, capacity: 1) { target in
        let (frames, counters) = (target.pointee.frames, target.pointee.counters)
        guard header.caplen == header.len, Int(header.caplen) <= frames.pointee.slotSize else {
            counters.pointee.truncated += 1
            return
        }
        frames.pointee.nextSlot.copyMemory(from: UnsafeRawBufferPointer(start: bytes, count: Int(header.caplen)))
        frames.pointee.appendSlot(length: Int(header.caplen))
        counters.pointee.received.frames += 1
        counters.pointee.received.bytes += Int(header.caplen)
    }
}

/// An active libpcap handle on one interface, closed when it goes.
private struct PcapSession: ~Copyable {
    let handle: OpaquePointer
    let descriptor: CInt
    let mtu: Int

    init(_ interface: Interface) throws(ShimError) {
        let mtu = try interface.mtu()
        try interface.requireUp()
        var message = [CChar](repeating: 0, count: Int(PCAP_ERRBUF_SIZE))
        guard let handle = pcap_create(interface.name, &message) else {
            throw ShimError(interface.url.text, "libpcap refuses it: \(pcapText(message))", remedy: "ip link lists the interfaces")
        }
        do throws(ShimError) {
            try Self.activate(handle, interface, mtu)
        } catch {
            pcap_close(handle)
            throw error
        }
        self.handle = handle
        self.mtu = mtu
        descriptor = pcap_get_selectable_fd(handle)
        widenSendBuffer(descriptor, to: usualSendBuffer)
    }

    deinit {
        pcap_close(handle)
    }

    private static func activate(_ handle: OpaquePointer, _ interface: Interface, _ mtu: Int) throws(ShimError) {
        pcap_set_snaplen(handle, CInt(mtu + FrameBatch.overhead))
        pcap_set_promisc(handle, 1)
        pcap_set_immediate_mode(handle, 1)
        pcap_set_buffer_size(handle, 16 << 20)
        let status = pcap_activate(handle)
        guard status >= 0 else {
            if status == PCAP_ERROR_PERM_DENIED { try interface.checked(-EPERM, "a packet socket cannot be opened") }
            throw ShimError(
                interface.url.text, "libpcap cannot activate it: \(String(cString: pcap_statustostr(status)))",
                remedy: "ip -details link show \(interface.name) tells its settings")
        }
        guard pcap_datalink(handle) == DLT_EN10MB else {
            throw ShimError(interface.url.text, "it carries no Ethernet frames", remedy: "choose an Ethernet interface")
        }
        var message = [CChar](repeating: 0, count: Int(PCAP_ERRBUF_SIZE))
        guard pcap_setdirection(handle, PCAP_D_IN) == 0, pcap_setnonblock(handle, 1, &message) == 0 else {
            throw ShimError(
                interface.url.text, "libpcap: \(String(cString: pcap_geterr(handle)))", remedy: "use packet:\(interface.name) instead")
        }
    }
}

/// What libpcap wrote into an error buffer.
func pcapText(_ message: [CChar]) -> String {
    String(decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
