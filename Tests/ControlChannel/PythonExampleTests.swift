import Foundation
import Glibc
import SystemTestSupport
import Testing

/// `deploy/examples/function.py`, which docs/vnf.md has readers copy: two of them, and the test in the place of both agents.
@Suite(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/env") && hasPython, "needs python3"), .serialized)
struct PythonExampleTests {
    private static let flow = #"{"eth_type":2048,"ip_proto":17,"ipv4_dst":"10.0.0.2","ipv4_src":"10.0.0.1","udp_dst":7000,"udp_src":5000}"#

    @Test(arguments: ["completed", "aborted"])
    func stateMovesWhereTheFlowDoes(_ outcome: String) throws {
        let key = try #require(try Self.spaced(Self.flow))
        let known = String(decoding: try JSONEncoder().encode([key: 42]), as: UTF8.self)
        let source = try ExampleProcess(state: known)
        let destination = try ExampleProcess(state: "{}")
        for (process, role, peer) in [(source, "source", 2), (destination, "destination", 1)] {
            process.say(#"{"event":"start","handover":7,"role":"\#(role)","flow":\#(Self.flow),"peer":{"vnf":\#(peer)}}"#)
            #expect(process.hears(["event": "ready"]))
        }
        destination.say(
            #"{"event":"transfer","handover":7,"flow":\#(Self.flow),"peer":{"vnf":1,"address":"127.0.0.1:\#(source.port)"}}"#)
        #expect(destination.hears(["event": "stateReady"]))
        for process in [source, destination] { process.say(#"{"event":"end","handover":7,"outcome":"\#(outcome)"}"#) }
        let (owner, other) = outcome == "completed" ? (destination, source) : (source, destination)
        #expect(owner.finalWord().hasSuffix("42}"))
        #expect(other.finalWord() == "end {}")
    }

    @Test func aPeerThatIsNotThereFailsTheTransfer() throws {
        let destination = try ExampleProcess(state: "{}")
        destination.say(#"{"event":"start","handover":8,"role":"destination","flow":\#(Self.flow),"peer":{"vnf":1}}"#)
        #expect(destination.hears(["event": "ready"]))
        destination.say(#"{"event":"transfer","handover":8,"flow":\#(Self.flow),"peer":{"vnf":1,"address":"127.0.0.1:1"}}"#)
        #expect(destination.hears(["event": "stateFailed"]))
    }

    /// JSON as Python writes it.
    private static func spaced(_ json: String) throws -> String? {
        json.replacing(":", with: ": ").replacing(",", with: ", ")
    }
}

private let hasPython = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").contains {
    FileManager.default.isExecutableFile(atPath: "\($0)/python3")
}

/// A TCP port that was free a moment ago.
private func unusedPort() throws -> UInt16 {
    let probe = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(probe) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let known = withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(probe, $0, size) == 0 && getsockname(probe, $0, &size) == 0 }
    }
    try #require(known)
    return UInt16(bigEndian: address.sin_port)
}

/// A running example, and the agent's end of its control channel.
private final class ExampleProcess {
    private let process = Process()
    private let output = Pipe()
    private let listener: Int32
    private let channel: Int32
    private let path = temporarySocketPath()
    private var input: [UInt8] = []

    /// Where its peer reaches it, on this machine.
    let port: UInt16

    init(state: String) throws {
        port = try unusedPort()
        listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        try #require(bindUNIXSocket(listener, to: path) == 0 && listen(listener, 1) == 0)
        var patience = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(listener, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../deploy/examples/function.py").path
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", script, path, "127.0.0.1:\(port)", state]
        process.standardOutput = output
        try process.run()
        channel = accept(listener, nil, nil)
        try #require(channel >= 0, "the example did not connect")
        setsockopt(channel, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit {
        process.terminate()
        process.waitUntilExit()
        for descriptor in [listener, channel] { close(descriptor) }
        unlink(path)
    }

    func say(_ line: String) {
        let bytes = Array((line + "\n").utf8)
        _ = send(channel, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }

    /// Whether the next line has these members.
    func hears(_ members: [String: String]) -> Bool {
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while !input.contains(0x0A) {
            let count = recv(channel, &buffer, buffer.count, 0)
            guard count > 0 else { return false }
            input += buffer[..<count]
        }
        let line = input.prefix { $0 != 0x0A }
        input.removeFirst(line.count + 1)
        let said = (try? JSONSerialization.jsonObject(with: Data(line))) as? [String: Any] ?? [:]
        return members.allSatisfy { said[$0.key] as? String == $0.value }
    }

    /// What it wrote last, when the channel is closed and it has ended.
    func finalWord() -> String {
        shutdown(channel, Int32(SHUT_WR))
        let said = output.fileHandleForReading.readDataToEndOfFile()
        return String(decoding: said, as: UTF8.self).split(separator: "\n").last.map(String.init) ?? ""
    }
}
