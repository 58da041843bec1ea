import CZeroMQ
import Glibc

/// An eventfd through which any thread ends the bus thread's wait.
final class WakeSignal: Sendable {
    let fileDescriptor: Int32

    init() throws(BusError) {
        fileDescriptor = eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC))
        guard fileDescriptor >= 0 else { throw .tooManySockets }
    }

    deinit {
        close(fileDescriptor)
    }

    /// Ends the wait that goes on, or else the next one.
    func raise() {
        eventfd_write(fileDescriptor, 1)
    }

    /// Takes note of all raises so far.
    func lower() {
        var count: eventfd_t = 0
        eventfd_read(fileDescriptor, &count)
    }
}
