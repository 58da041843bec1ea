import CLab
import Glibc

/// A file descriptor that is closed when nothing refers to it any more.
package final class Descriptor {
    /// The number the kernel knows it by.
    package let number: Int32

    /// Takes charge of an open descriptor.
    package init(_ number: Int32) {
        self.number = number
    }

    deinit { close(number) }

    /// Sets an integer socket option.
    package func set(_ level: Int32, _ option: Int32, to value: Int32) throws(SystemError) {
        var value = value
        try check(setsockopt(number, level, option, &value, socklen_t(MemoryLayout<Int32>.size)), "set socket option \(option)")
    }

    /// Makes the socket's receive and send buffers hold so many bytes, beyond the machine's limits if we may.
    package func setBuffers(bytes: Int32) throws(SystemError) {
        for (forced, polite) in [(SO_RCVBUFFORCE, SO_RCVBUF), (SO_SNDBUFFORCE, SO_SNDBUF)] {
            do { try set(SOL_SOCKET, forced, to: bytes) } catch { try set(SOL_SOCKET, polite, to: bytes) }
        }
    }

    /// Makes calls return instead of wait.
    package func setNonBlocking() throws(SystemError) {
        try check(fcntl(number, F_SETFL, fcntl(number, F_GETFL) | O_NONBLOCK), "make a socket non-blocking")
    }

    /// How many packets the kernel dropped because nobody read the socket in time.
    package var kernelDrops: Int {
        var values = [UInt32](repeating: 0, count: Int(SK_MEMINFO_VARS))
        var size = socklen_t(values.count * MemoryLayout<UInt32>.size)
        let meminfo: Int32 = 55
        guard getsockopt(number, SOL_SOCKET, meminfo, &values, &size) == 0 else { return 0 }
        return Int(values[Int(SK_MEMINFO_DROPS)])
    }
}
