import CLinux
import Foundation
import Synchronization

/// A network namespace of one thread's own, which is gone without a trace when the thread and the sockets made on it are.
///
/// Threads started on that thread live in the same namespace; all others of the process stay where they were.
package struct PrivateNetwork {
    /// Something failed in the namespace.
    package struct CommandFailed: Error {
        /// What failed and how.
        package let description: String

        /// What failed and how.
        package init(description: String) {
            self.description = description
        }
    }

    /// Why tests that need a namespace are skipped; nil where they can run.
    package static let obstacle: String? = getuid() == 0 ? nil : "needs root, for a network namespace"

    /// Runs `body` on a new thread in a new network namespace.
    package static func run<Result: Sendable>(_ body: @escaping @Sendable (PrivateNetwork) throws -> Result) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            // Going on may start threads, which must not live in the namespace: another thread waits, and goes on.
            start {
                let outcome = Mutex<Swift.Result<Result, any Error>?>(nil)
                let isOver = DispatchSemaphore(value: 0)
                start {
                    let result = Swift.Result { try body(try enterNew()) }
                    outcome.withLock { $0 = result }
                    isOver.signal()
                }
                isOver.wait()
                if let result = outcome.withLock({ $0 }) { continuation.resume(with: result) }
            }
        }
    }

    private static func start(_ body: @escaping @Sendable () -> Void) {
        let thread = Thread(block: body)
        thread.stackSize = 8 << 20
        thread.start()
    }

    private static func enterNew() throws -> PrivateNetwork {
        let result = clinux_enter_new_network_namespace()
        guard result == 0 else { throw CommandFailed(description: "unshare: \(String(cString: strerror(-result)))") }
        return try PrivateNetwork()
    }

    private init() throws {
        // Interfaces that come up with IPv6 send frames of their own.
        try "1".write(toFile: "/proc/sys/net/ipv6/conf/default/disable_ipv6", atomically: false, encoding: .utf8)
    }

    /// Makes a pair of interfaces, both up, with the given MTU.
    package func makeLink(_ left: String, _ right: String, mtu: Int = 1_500) throws {
        try ip("link", "add", left, "mtu", "\(mtu)", "type", "veth", "peer", "name", right, "mtu", "\(mtu)")
        for name in [left, right] { try ip("link", "set", name, "up") }
    }

    /// Leaves the calling thread without root's privileges, for good.
    package func giveUpPrivileges() throws {
        let result = clinux_give_up_privileges()
        guard result == 0 else { throw CommandFailed(description: "setresuid: \(String(cString: strerror(-result)))") }
    }

    /// Runs iproute2's `ip` with these arguments.
    package func ip(_ arguments: String...) throws {
        let words = ["ip"] + arguments
        var argv: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        defer { for word in argv { free(word) } }
        var child: pid_t = 0
        let failure = posix_spawnp(&child, "ip", nil, nil, &argv, environ)
        guard failure == 0 else { throw CommandFailed(description: "\(words): \(String(cString: strerror(failure)))") }
        var status: CInt = 0
        while waitpid(child, &status, 0) < 0, errno == EINTR {}
        guard status == 0 else { throw CommandFailed(description: "\(words) ended with status \(status)") }
    }
}

/// Waits until `condition` holds, looking again and again; false when `seconds` have passed.
package func waitUntil(within seconds: Double = 10, _ condition: () throws -> Bool) rethrows -> Bool {
    let deadline = Date(timeIntervalSinceNow: seconds)
    while try !condition() {
        guard Date() < deadline else { return false }
        sched_yield()
    }
    return true
}
