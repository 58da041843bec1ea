import CLinux
import Glibc
import Timing

/// Waits for descriptors (epoll, level-triggered); each is known by a number of the caller's.
struct Poller: ~Copyable {
    /// A descriptor that is ready.
    struct Event {
        /// The number it was added with.
        let token: UInt64
        /// It reports an error or a hang-up, maybe besides something to read.
        let isFault: Bool
    }

    private static let capacity = 32
    private let descriptor: CInt
    private let events: UnsafeMutablePointer<epoll_event>

    /// A poller of no descriptors; nil and errno when no more can be opened.
    init?() {
        descriptor = epoll_create1(CInt(EPOLL_CLOEXEC))
        guard descriptor >= 0 else { return nil }
        events = .allocate(capacity: Self.capacity)
        events.initialize(repeating: epoll_event(), count: Self.capacity)
    }

    deinit {
        close(descriptor)
        events.deallocate()
    }

    /// Waits for `watched` to be readable from now on.
    func add(_ watched: CInt, token: UInt64) {
        var event = epoll_event()
        event.events = EPOLLIN.rawValue
        event.data.u64 = token
        // Descriptors are few and valid, so this fails only where the kernel is out of memory.
        precondition(epoll_ctl(descriptor, EPOLL_CTL_ADD, watched, &event) == 0 || errno == EEXIST, "epoll_ctl failed")
    }

    /// Stops waiting for `watched`.
    func remove(_ watched: CInt) {
        _ = epoll_ctl(descriptor, EPOLL_CTL_DEL, watched, nil)
    }

    /// Waits until a descriptor is ready or `span` has passed, rounded up to milliseconds; returns how many are ready.
    func wait(atMost span: TimeSpan) -> Int {
        let milliseconds = max(0, min(span.nanoseconds, 1_000_000_000) + 999_999) / 1_000_000
        return Int(max(0, epoll_wait(descriptor, events, CInt(Self.capacity), CInt(milliseconds))))
    }

    /// The `index`th of the descriptors that the last wait found ready.
    subscript(index: Int) -> Event {
        precondition(index >= 0 && index < Self.capacity, "no such event")
        let event = events[index]
        return Event(token: event.data.u64, isFault: event.events & (EPOLLERR.rawValue | EPOLLHUP.rawValue) != 0)
    }
}
