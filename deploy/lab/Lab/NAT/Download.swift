import Foundation
import LabSockets

/// HTTP downloads by one curl, in the client's namespace.
struct Download {
    /// The client's ports; a connection for each.
    let ports: ClosedRange<Int>
    private let path: String
    private let pid: pid_t
    private let log: String

    /// Starts as many downloads of the server's `file` at once as there are ports.
    init(_ file: String, ports: ClosedRange<Int>, _ processes: Processes) throws(LabError) {
        self.ports = ports
        path = "\(Layout.runDirectory)/got"
        log = Programs.log(of: "curl")
        let null = open("/dev/null", O_WRONLY)
        let errors = open(log, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        guard null >= 0, errors >= 0 else { throw LabError("cannot write \(log)") }
        defer {
            close(null)
            close(errors)
        }
        pid = try processes.start(
            Network.inside(
                NATLayout.clientNamespace,
                [
                    "curl", "--silent", "--show-error", "--fail", "--parallel", "--parallel-immediate", "--parallel-max", "\(ports.count)",
                    "--local-port", "\(ports.lowerBound)-\(ports.upperBound)", "--output", "\(path)-#1",
                    "http://\(NATLayout.server):\(NATLayout.httpPort)/\(file)?[1-\(ports.count)]",
                ]), output: null, errors: errors)
    }

    /// Whether it has ended.
    func hasEnded(_ processes: Processes) -> Bool { processes.status(of: pid) != nil }

    /// Takes what was downloaded, to be compared with what it should be: the bytes that are right, and what went wrong.
    func compare(with content: Data, _ processes: Processes) -> (bytes: Int, failures: [String]) {
        var (bytes, failures): (Int, [String]) = (0, [])
        if let status = processes.status(of: pid), status != 0 {
            let complaint = (try? String(contentsOfFile: log, encoding: .utf8))?.split(separator: "\n").first ?? "no word"
            failures.append("curl ended with status \(status): \(complaint)")
        }
        for number in 1...ports.count {
            let got = (try? Data(contentsOf: URL(fileURLWithPath: "\(path)-\(number)"))) ?? Data()
            if got == content { bytes += got.count } else { failures.append("download \(number) differs (\(got.count) bytes)") }
            try? FileManager.default.removeItem(atPath: "\(path)-\(number)")
        }
        return (bytes, failures)
    }

    /// Ends it at once.
    func stop(_ processes: Processes) throws(LabError) { try processes.kill(pid) }
}
