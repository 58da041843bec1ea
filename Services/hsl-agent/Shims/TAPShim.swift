import CLinux
import Frames
import Glibc

/// `tap:INTERFACE`: the device end of a TAP interface, which is made if there is none and then goes with the process.
final class TAPShim: ShimKind {
    static let scheme = "tap"
    static let help = "tap:IF[?mac=..&mtu=..&txqueuelen=..] (made if missing)"

    let url: ShimURL
    private let settings: Settings
    private(set) var descriptor: CInt
    private(set) var mtu: Int
    let address: MACAddress
    private(set) var counters = ShimCounters()
    private(set) var isDown = false
    /// The interface's drop counter when it was last looked at.
    private var droppedBefore: UInt64

    /// One byte more than the longest frame, by which a longer one shows.
    var receiveSlotSize: Int { mtu + FrameBatch.overhead + 1 }
    /// A TAP without a virtio header leaves nothing to hardware.
    var switchedOff: [String] { [] }

    static func check(_ url: ShimURL) throws(ShimError) {
        try url.requireInterface()
        _ = try Settings(url)
    }

    init(_ url: ShimURL) throws(ShimError) {
        self.url = url
        settings = try Settings(url)
        let interface = Interface(url)
        (descriptor, mtu) = try Self.open(interface, settings)
        do throws(ShimError) {
            address = try interface.address()
        } catch {
            close(descriptor)
            throw error
        }
        droppedBefore = Self.dropped(url.target)
    }

    deinit {
        close(descriptor)
    }

    func receive(into frames: inout FrameBatch) {
        while !frames.isFull {
            let slot = frames.nextSlot
            let length = read(descriptor, slot.baseAddress, slot.count)
            guard length >= 0 else {
                if errno == EINTR { continue }
                if errno != EAGAIN { isDown = true }
                return
            }
            // The kernel cuts a frame longer than its slot without a word.
            guard length < slot.count else {
                counters.truncated += 1
                continue
            }
            counters.received.frames += 1
            counters.received.bytes += length
            frames.appendSlot(length: length)
        }
    }

    func release() {}

    func transmit(_ frames: borrowing FrameBatch) {
        for index in 0..<frames.count {
            let frame = frames[index]
            // The kernel does not check it here.
            guard frame.count <= longestFrame(mtu, for: frame) else {
                counters.oversize += 1
                continue
            }
            var written: Int
            repeat { written = write(descriptor, frame.baseAddress, frame.count) } while written < 0 && errno == EINTR
            if written == frame.count {
                counters.transmitted.frames += 1
                counters.transmitted.bytes += written
            } else {
                let reason = written < 0 ? errno : ENOBUFS
                // EIO: the interface is down but still there, and works again without being opened anew.
                isDown = counters.countUnsent(reason) && reason != EIO || isDown
            }
        }
    }

    func sampleKernelDrops() {
        let now = Self.dropped(url.target)
        // The counter has 32 bits here, and starts again when the interface is made anew.
        if now > droppedBefore { counters.kernelDrops += Int(now - droppedBefore) }
        droppedBefore = now
    }

    func examineError() {
        isDown = true
    }

    func reopen() throws(ShimError) {
        let opened = try Self.open(Interface(url), settings)
        close(descriptor)
        (descriptor, mtu) = opened
        droppedBefore = Self.dropped(url.target)
        isDown = false
    }

    private static func open(_ interface: Interface, _ settings: Settings) throws(ShimError) -> (CInt, mtu: Int) {
        let descriptor = clinux_open_tap(interface.name)
        switch -descriptor {
        case ..<1: break
        case ENOENT, ENODEV, ENXIO:
            throw ShimError(
                interface.url.text, "/dev/net/tun is missing", remedy: "load the module tun, or pass the device into the container")
        case EBUSY:
            throw ShimError(interface.url.text, "the TAP is in use", remedy: "end the process that has it open, or choose another name")
        case EINVAL:
            throw ShimError(interface.url.text, "an interface of that name is no TAP", remedy: "choose another name")
        default: try interface.checked(descriptor, "a TAP cannot be opened")
        }
        do throws(ShimError) {
            if let mac = settings.mac {
                let octets = (0..<6).map { UInt8(truncatingIfNeeded: mac.bits >> UInt64(40 - 8 * $0)) }
                try interface.checked(clinux_interface_set_mac(interface.name, octets), "its address cannot be set")
            }
            if let mtu = settings.mtu {
                try interface.checked(clinux_interface_set_mtu(interface.name, CInt(mtu)), "its MTU cannot be set")
            }
            try interface.checked(
                clinux_interface_set_queue_length(interface.name, CInt(settings.queueLength)), "its queue length cannot be set")
            try interface.checked(clinux_interface_bring_up(interface.name), "it cannot be brought up")
            return (descriptor, try interface.mtu())
        } catch {
            close(descriptor)
            throw error
        }
    }

    private static func dropped(_ interface: String) -> UInt64 {
        var count: UInt64 = 0
        return clinux_interface_tx_dropped(interface, &count) < 0 ? 0 : count
    }
}

extension TAPShim {
    /// What the interface is set to when it is opened; nil leaves what the kernel chose.
    struct Settings {
        /// Its Ethernet address.
        let mac: MACAddress?
        /// Its MTU in bytes.
        let mtu: Int?
        /// How many frames wait for their reader before the kernel drops.
        let queueLength: Int

        init(_ url: ShimURL) throws(ShimError) {
            try url.requireParameters(in: "mac", "mtu", "txqueuelen")
            mac = try url.address()
            mtu = try url.number("mtu", in: ShimURL.mtuRange)
            queueLength = try url.number("txqueuelen", in: 1...1_000_000) ?? 10_000
        }
    }
}
