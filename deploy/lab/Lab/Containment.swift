import CLab
import Foundation
import LabSockets

/// Puts the lab into PID, mount and network namespaces of its own, whose first process is the lab itself. Whatever way that process
/// ends, the kernel then removes every process, interface, namespace and mount of the lab.
package enum Containment {
    /// The word by which the contained lab says that it is up, for `sharp-lab up`.
    static let isUp = "up"

    /// Runs this program again with `--contained` in new namespaces and waits for its end. Its exit status; 130 if a signal ended us.
    package static func run(arguments: [String]) throws -> Int32 {
        guard geteuid() == 0 else { throw LabError("the lab makes network namespaces, which takes root: run it with sudo") }
        var mask = sigset_t()
        sigemptyset(&mask)
        for signal in [SIGINT, SIGTERM, SIGHUP] { sigaddset(&mask, signal) }
        sigprocmask(SIG_BLOCK, &mask, nil)
        let signals = Descriptor(try check(signalfd(-1, &mask, Int32(SFD_NONBLOCK)), "receive signals"))

        let limits = try KernelLimits()
        defer { limits.restore() }
        for limit in limits.refused { complain("cannot raise net.core.\(limit.name) here: \(limit.danger)") }

        var ends: [Int32] = [0, 0]
        try check(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends), "make a socket pair")
        let line = try LineStream(Descriptor(ends[0]))
        let processes = Processes()
        let executable = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let pid = try processes.start(
            [
                "unshare", "--pid", "--fork", "--kill-child=SIGKILL", "--mount-proc", "--mount", "--propagation", "private", "--net",
                executable,
            ] + arguments + ["--contained"],
            input: ends[1], output: STDOUT_FILENO, errors: STDERR_FILENO)
        close(ends[1])

        while !line.isClosed {
            var watched = [signals.number, line.input.number].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            poll(&watched, 2, -1)
            if watched[0].revents != 0 {
                // The contained lab ends when its line does.
                shutdown(ends[0], Int32(SHUT_RDWR))
                _ = waitForEnd(of: pid, processes)
                return 130
            }
            for word in line.receive() {
                if word == isUp { complain("to enter: nsenter --target \(firstProcess(under: pid)) --pid --mount --net") }
            }
        }
        return waitForEnd(of: pid, processes)
    }

    /// To be called first by the contained lab: leaves the terminal's process group, dies with the outer process, and hides the
    /// machine's /run under a file system of its own.
    package static func begin(_ processes: Processes) throws {
        setsid()
        let lifeline = Thread {
            // Nobody ever writes to us: the read returns when the outer process is gone or wants us gone.
            var byte: UInt8 = 0
            while read(STDIN_FILENO, &byte, 1) < 0 && errno == EINTR {}
            _exit(1)
        }
        lifeline.start()
        try processes.run("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", "/run")
        try FileManager.default.createDirectory(atPath: Layout.runDirectory, withIntermediateDirectories: true)
        try FileManager.default.createDirectory(atPath: "/run/netns", withIntermediateDirectories: true)
    }

    /// Tells the outer process something.
    static func tell(_ word: String) {
        let line = word + "\n"
        write(STDIN_FILENO, line, line.utf8.count)
    }

    private static func waitForEnd(of pid: pid_t, _ processes: Processes) -> Int32 {
        while true {
            if let status = processes.status(of: pid) { return status < 0 ? 1 : status }
            usleep(1000)
        }
    }

    private static func firstProcess(under pid: pid_t) -> String {
        (try? String(contentsOfFile: "/proc/\(pid)/task/\(pid)/children", encoding: .utf8))?.trimmed ?? "?"
    }

    private static func complain(_ text: String) {
        FileHandle.standardError.write(Data("sharp-lab: \(text)\n".utf8))
    }
}
