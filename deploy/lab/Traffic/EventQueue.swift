import CLab
import Glibc
import LabSockets

/// Waits for sockets, one timer and the signals that end a program.
final class EventQueue {
    private static let timerKey = UInt64.max
    private static let signalKey = UInt64.max - 1
    private let epoll: Descriptor
    private let timer: Descriptor
    private let signals: Descriptor
    private var ready = [epoll_event](repeating: epoll_event(), count: 256)

    /// Something that happened.
    enum Event {
        /// A descriptor that was added under this key can be read.
        case readable(key: Int)
        /// The program is asked to end.
        case signal
    }

    init() throws(SystemError) {
        epoll = Descriptor(try check(epoll_create1(0), "wait for events"))
        timer = Descriptor(try check(timerfd_create(CLOCK_MONOTONIC, Int32(TFD_NONBLOCK)), "make a timer"))
        var mask = sigset_t()
        sigemptyset(&mask)
        sigaddset(&mask, SIGTERM)
        sigaddset(&mask, SIGINT)
        sigprocmask(SIG_BLOCK, &mask, nil)
        signals = Descriptor(try check(signalfd(-1, &mask, Int32(SFD_NONBLOCK)), "receive signals"))
        try add(timer, key: Self.timerKey)
        try add(signals, key: Self.signalKey)
    }

    /// Watches a descriptor.
    func add(_ descriptor: Descriptor, key: Int) throws(SystemError) {
        try add(descriptor, key: UInt64(key))
    }

    /// Stops watching a descriptor.
    func remove(_ descriptor: Descriptor) {
        epoll_ctl(epoll.number, EPOLL_CTL_DEL, descriptor.number, nil)
    }

    /// Waits until something happens or the monotonic clock reads `deadline`.
    func wait(until deadline: UInt64, _ body: (Event) throws(SystemError) -> Void) throws(SystemError) {
        var time = itimerspec()
        time.it_value.tv_sec = Int(deadline / 1_000_000_000)
        time.it_value.tv_nsec = max(1, Int(deadline % 1_000_000_000))
        timerfd_settime(timer.number, Int32(TFD_TIMER_ABSTIME), &time, nil)
        let count = epoll_wait(epoll.number, &ready, Int32(ready.count), -1)
        if count < 0 && errno != EINTR { throw SystemError("wait for events") }
        for index in 0..<Int(max(0, count)) {
            switch ready[index].data.u64 {
            case Self.timerKey:
                var expirations: UInt64 = 0
                read(timer.number, &expirations, 8)
            case Self.signalKey: try body(.signal)
            case let key: try body(.readable(key: Int(key)))
            }
        }
    }

    private func add(_ descriptor: Descriptor, key: UInt64) throws(SystemError) {
        var event = epoll_event()
        event.events = EPOLLIN.rawValue
        event.data.u64 = key
        try check(epoll_ctl(epoll.number, EPOLL_CTL_ADD, descriptor.number, &event), "watch a socket")
    }
}
