import CLinux
import CPcap
import Frames
import Glibc

/// `replay:FILE`: the frames of a capture (pcap or pcapng) come in, in order, as fast as they are taken; what is sent goes nowhere and is
/// only counted.
///
/// Behind the last frame nothing more comes. A file that turns out to be damaged counts as an interface that went away.
final class ReplayShim: ShimKind {
    static let scheme = "replay"
    static let help = "replay:FILE[?rounds=..&mtu=..&mac=..] (frames of a pcap file come in)"

    let url: ShimURL
    /// Readable until the last frame was taken (eventfd).
    let descriptor: CInt
    private let link: GivenLink
    private var roundsLeft: Int
    private var file: CaptureFile
    private(set) var counters = ShimCounters()
    private(set) var isDown = false

    var mtu: Int { link.mtu }
    var address: MACAddress { link.address }
    var receiveSlotSize: Int { mtu + FrameBatch.overhead }
    var switchedOff: [String] { [] }

    static func check(_ url: ShimURL) throws(ShimError) {
        try url.requirePath()
        try url.requireParameters(in: "rounds", "mtu", "mac")
        _ = try (GivenLink(url), rounds(url))
    }

    init(_ url: ShimURL) throws(ShimError) {
        self.url = url
        link = try GivenLink(url)
        roundsLeft = try Self.rounds(url) - 1
        file = try CaptureFile(url)
        descriptor = eventfd(1, CInt(EFD_CLOEXEC) | CInt(EFD_NONBLOCK))
        guard descriptor >= 0 else { throw ShimError(url.text, errorText(errno), remedy: "raise the limit of open files") }
    }

    deinit {
        close(descriptor)
    }

    func receive(into frames: inout FrameBatch) {
        while !frames.isFull, !isDown {
            switch file.next() {
            case .frame(let frame, let isWhole): take(frame, isWhole, into: &frames)
            case .end: if !startNextRound() { return }
            case .damaged: isDown = true
            }
        }
    }

    private func take(_ frame: UnsafeRawBufferPointer, _ isWhole: Bool, into frames: inout FrameBatch) {
        guard isWhole, frames.append(copying: frame.bytes) else {
            counters.truncated += 1
            return
        }
        counters.received.frames += 1
        counters.received.bytes += frame.count
    }

    /// Begins at the start again, if that is due; otherwise nothing is readable any more.
    private func startNextRound() -> Bool {
        guard roundsLeft > 0 else {
            var count: eventfd_t = 0
            eventfd_read(descriptor, &count)
            return false
        }
        do throws(ShimError) {
            file = try CaptureFile(url)
            roundsLeft -= 1
        } catch {
            isDown = true
        }
        return !isDown
    }

    func release() {}

    func transmit(_ frames: borrowing FrameBatch) {
        for index in 0..<frames.count { counters.transmitted.bytes += frames[index].count }
        counters.transmitted.frames += frames.count
    }

    func sampleKernelDrops() {}

    func examineError() {}

    func reopen() throws(ShimError) {
        let number = counters.received.frames + counters.truncated + 1
        throw ShimError(url.text, "the capture cannot be read at frame \(number)", remedy: "mend the file, and start again")
    }

    private static func rounds(_ url: ShimURL) throws(ShimError) -> Int {
        try url.number("rounds", in: 1...1_000_000_000) ?? 1
    }
}

/// A capture that is read from its start, closed when it goes.
private struct CaptureFile: ~Copyable {
    /// What comes next.
    enum Next {
        /// A frame, whose bytes stay until the next one is read; whole unless the capture cut it.
        case frame(UnsafeRawBufferPointer, isWhole: Bool)
        case end
        case damaged
    }

    private let handle: OpaquePointer

    init(_ url: ShimURL) throws(ShimError) {
        var message = [CChar](repeating: 0, count: Int(PCAP_ERRBUF_SIZE))
        guard let handle = pcap_open_offline(url.target, &message) else {
            throw ShimError(url.text, "the capture cannot be opened (\(pcapText(message)))", remedy: "name a pcap or pcapng file")
        }
        guard pcap_datalink(handle) == DLT_EN10MB else {
            pcap_close(handle)
            throw ShimError(url.text, "the capture holds no Ethernet frames", remedy: "capture on an Ethernet interface")
        }
        self.handle = handle
    }

    deinit {
        pcap_close(handle)
    }

    func next() -> Next {
        var header: UnsafeMutablePointer<pcap_pkthdr>?
        var bytes: UnsafePointer<UInt8>?
        switch pcap_next_ex(handle, &header, &bytes) {
        case 1:
            guard let header = header?.pointee, let bytes else { return .damaged }
            return .frame(UnsafeRawBufferPointer(start: bytes, count: Int(header.caplen)), isWhole: header.caplen == header.len)
        case CInt(PCAP_ERROR_BREAK): return .end
        default: return .damaged
        }
    }
}
