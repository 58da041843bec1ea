import CLinux
import CPcap
import Frames
import Glibc

/// `record:FILE`: what is sent is written to a capture (pcap), with the time; nothing ever comes in. A file that is there is replaced.
///
/// The file grows up to a limit, beyond which frames count as sent into a full queue. A file that cannot be written to any more counts as
/// an interface that went away.
final class RecordShim: ShimKind {
    static let scheme = "record"
    static let help = "record:FILE[?limit=..&mtu=..&mac=..] (frames go to a pcap file)"

    let url: ShimURL
    /// Never readable (eventfd).
    let descriptor: CInt
    private let link: GivenLink
    private let limit: Int
    private var written = RecordShim.fileHeader
    private let handle: OpaquePointer
    private let file: OpaquePointer
    private(set) var counters = ShimCounters()
    private(set) var isDown = false

    /// Bytes before the first frame, and before each.
    private static let (fileHeader, frameHeader) = (24, 16)

    var mtu: Int { link.mtu }
    var address: MACAddress { link.address }
    var receiveSlotSize: Int { 0 }
    var switchedOff: [String] { [] }

    static func check(_ url: ShimURL) throws(ShimError) {
        try url.requirePath()
        try url.requireParameters(in: "limit", "mtu", "mac")
        _ = try (GivenLink(url), limit(url))
    }

    init(_ url: ShimURL) throws(ShimError) {
        self.url = url
        link = try GivenLink(url)
        limit = try Self.limit(url)
        guard let handle = pcap_open_dead(DLT_EN10MB, CInt(ShimURL.mtuRange.upperBound + FrameBatch.overhead)) else {
            throw ShimError(url.text, "libpcap has no memory", remedy: "free some")
        }
        guard let file = pcap_dump_open(handle, url.target) else {
            let reason = String(cString: pcap_geterr(handle))
            pcap_close(handle)
            throw ShimError(url.text, "it cannot be written (\(reason))", remedy: "name a file in a directory that may be written to")
        }
        (self.handle, self.file) = (handle, file)
        descriptor = eventfd(0, CInt(EFD_CLOEXEC) | CInt(EFD_NONBLOCK))
        guard descriptor >= 0 else { throw ShimError(url.text, errorText(errno), remedy: "raise the limit of open files") }
    }

    deinit {
        pcap_dump_close(file)
        pcap_close(handle)
        close(descriptor)
    }

    func receive(into frames: inout FrameBatch) {}

    func release() {}

    func transmit(_ frames: borrowing FrameBatch) {
        guard !isDown else {
            counters.interfaceDown += frames.count
            return
        }
        var header = pcap_pkthdr()
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        header.ts = timeval(tv_sec: now.tv_sec, tv_usec: now.tv_nsec / 1_000)
        for index in 0..<frames.count {
            let frame = frames[index]
            let size = Self.frameHeader + frame.count
            guard written + size <= limit else {
                counters.txQueueFull += 1
                continue
            }
            header.caplen = UInt32(frame.count)
            header.len = header.caplen
            pcap_dump(
                UnsafeMutableRawPointer(file).assumingMemoryBound(to: UInt8.self), &header,
                frame.baseAddress?.assumingMemoryBound(to: UInt8.self))
            written += size
            counters.transmitted.frames += 1
            counters.transmitted.bytes += frame.count
        }
    }

    /// Writes out what is buffered; a full disk shows here.
    func sampleKernelDrops() {
        if pcap_dump_flush(file) != 0 || ferror(pcap_dump_file(file)) != 0 { isDown = true }
    }

    func examineError() {}

    func reopen() throws(ShimError) {
        throw ShimError(url.text, "the file cannot be written to any more", remedy: "make room on its disk, and start again")
    }

    private static func limit(_ url: ShimURL) throws(ShimError) -> Int {
        try url.number("limit", in: fileHeader...1 << 50) ?? 1 << 30
    }
}
