import CLinux
import Frames
import Glibc
import ListeningSockets

/// `unix:PATH`: a UNIX socket of messages (SOCK_SEQPACKET) at which one function connects; a message is a frame, an empty one hangs up.
///
/// While one is connected, another waits until it has left.
final class UNIXShim: ShimKind {
    static let scheme = "unix"
    static let help = "unix:PATH[?mtu=..&mac=..] (SOCK_SEQPACKET, one frame a message)"

    let url: ShimURL
    let descriptor: CInt
    private let link: GivenLink
    private let listener: ListeningSocket
    private var connection: CInt?
    private(set) var counters = ShimCounters()

    var mtu: Int { link.mtu }
    var address: MACAddress { link.address }
    var receiveSlotSize: Int { mtu + FrameBatch.overhead }
    var switchedOff: [String] { [] }
    /// Whoever hangs up may connect again, so the port itself is never down.
    var isDown: Bool { false }

    static func check(_ url: ShimURL) throws(ShimError) {
        try url.requirePath()
        try url.requireParameters(in: "mtu", "mac")
        _ = try GivenLink(url)
    }

    init(_ url: ShimURL) throws(ShimError) {
        self.url = url
        link = try GivenLink(url)
        do throws(ListeningSocket.Failure) {
            listener = try ListeningSocket(path: url.target, .messages)
        } catch {
            throw ShimError(url.text, error.reason, remedy: error.remedy)
        }
        descriptor = epoll_create1(CInt(EPOLL_CLOEXEC))
        guard descriptor >= 0 else { throw ShimError(url.text, errorText(errno), remedy: "raise the limit of open files") }
        watch(listener.descriptor)
    }

    deinit {
        hangUp()
        close(descriptor)
    }

    func receive(into frames: inout FrameBatch) {
        guard let connection = connection ?? accept() else { return }
        let first = frames.count
        let room = frames.prepareSlots()
        let received = Int(clinux_receive_frames(connection, frames.vectors + first, UInt32(room)))
        guard received > 0 else {
            if received != -Int(EAGAIN), received != -Int(EINTR), room > 0 { hangUp() }
            return
        }
        for place in first..<first + received {
            let length = frames.vectors[place].iov_len
            guard length > 0 else { return hangUp() }
            guard length <= frames.slotSize else {
                counters.truncated += 1
                continue
            }
            counters.received.frames += 1
            counters.received.bytes += length
            frames.takeSlot(place, length: length)
        }
    }

    func release() {}

    func transmit(_ frames: borrowing FrameBatch) {
        guard let connection = connection ?? accept() else {
            counters.interfaceDown += frames.count
            return
        }
        if send(frames, through: connection, counting: &counters) { hangUp() }
    }

    /// The kernel never drops what a socket of messages has taken.
    func sampleKernelDrops() {}

    func examineError() {}

    func reopen() throws(ShimError) {}

    /// The function that connected, if one did.
    private func accept() -> CInt? {
        guard let accepted = listener.accept() else { return nil }
        // Sending waits for a slow reader, but not for long; receiving never does.
        _ = fcntl(accepted, F_SETFL, fcntl(accepted, F_GETFL) & ~O_NONBLOCK)
        _ = limitSendPatience(accepted)
        widenSendBuffer(accepted, to: usualSendBuffer)
        epoll_ctl(descriptor, EPOLL_CTL_DEL, listener.descriptor, nil)
        watch(accepted)
        connection = accepted
        return accepted
    }

    private func hangUp() {
        guard let left = connection else { return }
        close(left)
        connection = nil
        watch(listener.descriptor)
    }

    private func watch(_ socket: CInt) {
        var event = epoll_event()
        event.events = EPOLLIN.rawValue
        // Descriptors are few and valid, so this fails only where the kernel is out of memory.
        precondition(epoll_ctl(descriptor, EPOLL_CTL_ADD, socket, &event) == 0, "epoll_ctl failed")
    }
}
