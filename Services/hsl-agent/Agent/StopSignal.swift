import CLinux
import Glibc

/// Tells the agent's thread to stop, from any other thread.
public final class StopSignal: Sendable {
    /// Readable from the first ``raise()`` on (eventfd).
    let descriptor: CInt

    /// A signal that was not raised; nil when no more descriptors can be opened.
    public init?() {
        descriptor = eventfd(0, CInt(EFD_CLOEXEC) | CInt(EFD_NONBLOCK))
        guard descriptor >= 0 else { return nil }
    }

    deinit {
        close(descriptor)
    }

    /// Has the agent stop; more than once is as good as once.
    public func raise() {
        eventfd_write(descriptor, 1)
    }
}
