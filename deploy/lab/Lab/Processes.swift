import CLab
import Foundation
import LabSockets

/// The processes that the lab started. As the first process of its namespace the lab is also the parent of every orphan, so all
/// waiting happens here. Used from one thread.
package final class Processes {
    /// What a program that ended said.
    package struct Output {
        /// Its exit status; -1 if a signal ended it.
        package let status: Int32
        /// What it wrote to standard output.
        package let text: String
        /// What it wrote to standard error.
        package let errors: String
    }

    private var ended: [pid_t: Int32] = [:]

    /// No process was started yet.
    package init() {}

    /// Starts a program with these standard descriptors; standard input is empty unless given.
    package func start(
        _ arguments: [String], environment: [String: String] = [:], input: Int32? = nil, output: Int32, errors: Int32
    ) throws(LabError) -> pid_t {
        let nothing = open("/dev/null", O_RDWR)
        defer { close(nothing) }
        let variables = ProcessInfo.processInfo.environment.merging(environment) { _, new in new }
        var pid: pid_t = 0
        let failure = withCStrings(arguments) { argv in
            withCStrings(variables.map { "\($0)=\($1)" }) { envp in lab_spawn(&pid, argv, envp, input ?? nothing, output, errors) }
        }
        guard failure == 0 else { throw LabError("cannot start \(arguments[0]): \(String(cString: strerror(failure)))") }
        return pid
    }

    /// The exit status of a process that has ended (-1 if a signal ended it), nil while it runs. Takes in all that have ended.
    package func status(of pid: pid_t) -> Int32? {
        var status: Int32 = 0
        while case let gone = waitpid(-1, &status, WNOHANG), gone > 0 { ended[gone] = lab_exit_status(status) }
        return ended[pid]
    }

    /// Ends a process at once and waits until it is gone.
    package func kill(_ pid: pid_t) throws(LabError) {
        guard status(of: pid) == nil else { return }
        Glibc.kill(pid, SIGKILL)
        try waitUntil("process \(pid) is gone", within: 5) { self.status(of: pid) != nil }
    }

    /// Runs a program to its end; throws what it complained about if it failed.
    @discardableResult
    package func run(_ arguments: String..., environment: [String: String] = [:], within seconds: Double = 20) throws(LabError) -> String {
        try run(arguments, environment: environment, within: seconds)
    }

    /// Runs a program to its end; throws what it complained about if it failed.
    @discardableResult
    package func run(_ arguments: [String], environment: [String: String] = [:], within seconds: Double = 20) throws(LabError) -> String {
        let output = try capture(arguments, environment: environment, within: seconds)
        guard output.status == 0 else {
            let complaint = output.errors.split(separator: "\n").first.map(String.init) ?? "exit status \(output.status)"
            throw LabError("\(arguments.joined(separator: " ")): \(complaint)")
        }
        return output.text
    }

    /// Runs a program to its end, whatever it says.
    package func capture(
        _ arguments: [String], environment: [String: String] = [:], within seconds: Double = 20
    ) throws(LabError) -> Output {
        var pipes: [[Int32]] = [[0, 0], [0, 0]]
        for index in pipes.indices { guard pipe(&pipes[index]) == 0 else { throw LabError("cannot make a pipe") } }
        let reading = pipes.map { Descriptor($0[0]) }
        let pid: pid_t
        do {
            defer { for pipe in pipes { close(pipe[1]) } }
            pid = try start(arguments, environment: environment, output: pipes[0][1], errors: pipes[1][1])
        }
        let deadline = monotonicNow() + UInt64(seconds * 1e9)
        var collected: [[UInt8]] = [[], []]
        // The pipes are known by number from here on, so something has to keep them open.
        defer { withExtendedLifetime(reading) {} }
        var watched = reading.map { pollfd(fd: $0.number, events: Int16(POLLIN), revents: 0) }
        var chunk = [UInt8](repeating: 0, count: 65536)
        while watched.contains(where: { $0.fd >= 0 }) {
            let now = monotonicNow()
            guard now < deadline, poll(&watched, 2, Int32((deadline - now) / 1_000_000) + 1) >= 0 || errno == EINTR else {
                try kill(pid)
                throw LabError("\(arguments.joined(separator: " ")): not done after \(seconds) s")
            }
            for index in watched.indices where watched[index].fd >= 0 && watched[index].revents != 0 {
                let count = read(watched[index].fd, &chunk, chunk.count)
                if count > 0 { collected[index].append(contentsOf: chunk[..<count]) } else { watched[index].fd = -1 }
            }
        }
        try waitUntil("\(arguments[0]) ends", within: seconds) { self.status(of: pid) != nil }
        return Output(
            status: status(of: pid) ?? -1, text: String(decoding: collected[0], as: UTF8.self),
            errors: String(decoding: collected[1], as: UTF8.self))
    }
}

/// Looks at a condition until it holds; throws when it still does not at the deadline.
package func waitUntil(
    _ what: String, within seconds: Double, every milliseconds: UInt32 = 2, _ condition: () throws(LabError) -> Bool
) throws(LabError) {
    let deadline = monotonicNow() + UInt64(seconds * 1e9)
    while try !condition() {
        guard monotonicNow() < deadline else { throw LabError("waited \(seconds) s in vain until \(what)") }
        usleep(milliseconds * 1000)
    }
}

private func withCStrings<Result>(_ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result) -> Result {
    let copies = strings.map { strdup($0) }
    defer { for copy in copies { free(copy) } }
    return body(copies + [nil])
}
