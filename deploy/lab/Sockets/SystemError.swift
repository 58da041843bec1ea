import Glibc

/// A call to the kernel that failed: what was tried and why it did not work.
package struct SystemError: Error, Hashable, CustomStringConvertible {
    /// What was tried, as the object of "cannot".
    package let action: String
    /// The kernel's `errno`.
    package let code: Int32

    /// The failure of `action` with the given or the present `errno`.
    package init(_ action: String, code: Int32 = errno) {
        self.action = action
        self.code = code
    }

    /// One line: the thing and the reason.
    package var description: String { "cannot \(action): \(String(cString: strerror(code)))" }
}

/// The result of a call that says -1 when it failed.
@discardableResult
package func check(_ result: Int32, _ action: @autoclosure () -> String) throws(SystemError) -> Int32 {
    guard result >= 0 else {
        let code = errno
        throw SystemError(action(), code: code)
    }
    return result
}

/// Monotonic time in nanoseconds, the same in every namespace of the machine.
package func monotonicNow() -> UInt64 {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return UInt64(now.tv_sec) * 1_000_000_000 + UInt64(now.tv_nsec)
}
