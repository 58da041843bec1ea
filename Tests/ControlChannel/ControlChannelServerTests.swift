import ControlChannel
import Foundation
import Glibc
import SystemTestSupport
import Testing

@Suite struct ControlChannelServerTests {
    @Test func aFunctionConnectsTalksAndLeaves() throws {
        let server = try TestServer(path: temporaryPath())
        let function = try #require(Client(server.path))
        #expect(server.next() == .connected)
        function.send(FunctionMessage.ready(handover: 7).encoded())
        #expect(server.next() == .message(.ready(handover: 7)))
        server.server.send(.end(handover: 7, outcome: "completed"))
        #expect(try AgentMessage(line: function.line()) == .end(handover: 7, outcome: "completed"))
        function.close()
        #expect(server.next() == .disconnected)
        #expect(try #require(Client(server.path)).isOpen)
        #expect(server.next() == .connected)
    }

    @Test func aSecondFunctionIsRefused() throws {
        let server = try TestServer(path: temporaryPath())
        let first = try #require(Client(server.path))
        #expect(server.next() == .connected)
        let second = try #require(Client(server.path))
        #expect(waitUntil { server.server.poll().isEmpty && server.server.counters.refusedConnections == 1 })
        #expect(try AgentMessage(line: second.line()) == .error(message: "another network function is connected"))
        first.send(FunctionMessage.ready(handover: 1).encoded())
        #expect(server.next() == .message(.ready(handover: 1)))
    }

    @Test func whatIsNotUnderstoodIsAnsweredAndCounted() throws {
        let server = try TestServer(path: temporaryPath())
        let function = try #require(Client(server.path))
        function.send(Array("{\"event\":\"mumble\"}\nnonsense\n".utf8) + FunctionMessage.ready(handover: 2).encoded())
        #expect(server.next() == .connected)
        #expect(server.next() == .message(.ready(handover: 2)))
        #expect(server.server.counters.malformedLines == 2)
        #expect(try AgentMessage(line: function.line()) == .error(message: "unknown event 'mumble'"))
        #expect(try AgentMessage(line: function.line()) == .error(message: MessageError.malformed.description))
    }

    @Test func aFunctionThatDoesNotReadIsDisconnected() throws {
        let server = try TestServer(path: temporaryPath())
        let function = try #require(Client(server.path))
        #expect(server.next() == .connected)
        var sent = 0
        while server.server.isConnected, sent < 100_000 {
            server.server.send(.error(message: String(repeating: "x", count: 1_000)))
            sent += 1
        }
        #expect(server.server.counters.overflows == 1)
        #expect(server.next() == .disconnected)
        #expect(function.isOpen)
    }

    @Test func aStaleSocketIsReplacedAndALiveOneIsNot() throws {
        let path = temporaryPath()
        let stale = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        #expect(bindUnix(stale, path) == 0)
        close(stale)
        let server = try TestServer(path: path)
        let error = #expect(throws: ControlChannelError.self) { try ControlChannelServer(path: path) }
        #expect(error?.description.contains("another process listens there") == true)
        #expect(try #require(Client(server.path)).isOpen)
    }

    @Test func theSocketGoesWithTheServer() throws {
        let path = temporaryPath()
        do { _ = try ControlChannelServer(path: path) }
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test func aPathThatCannotBeIsRefusedInOneLine() throws {
        let plainFile = temporaryPath()
        try Data().write(to: URL(fileURLWithPath: plainFile))
        defer { unlink(plainFile) }
        for path in ["", String(repeating: "x", count: 108), "/nonexistent/x.sock", plainFile] {
            let error = #expect(throws: ControlChannelError.self) { try ControlChannelServer(path: path) }
            #expect(error?.description.contains("\n") == false)
        }
        #expect(FileManager.default.fileExists(atPath: plainFile))
    }
}

/// A server that hands its events out one by one.
private final class TestServer {
    let server: ControlChannelServer
    let path: String
    private var events: [ControlChannelServer.Event] = []

    init(path: String) throws {
        server = try ControlChannelServer(path: path)
        self.path = path
    }

    /// The next event, nil if none comes in time.
    func next() -> ControlChannelServer.Event? {
        _ = waitUntil {
            if events.isEmpty { events = server.poll() }
            return !events.isEmpty
        }
        return events.isEmpty ? nil : events.removeFirst()
    }
}

/// A network function's end.
private final class Client {
    private var descriptor: Int32
    private var input: [UInt8] = []

    init?(_ path: String) {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        guard withAddress(path, { connect(descriptor, $0, $1) }) == 0 else { return nil }
    }

    deinit {
        if isOpen { Glibc.close(descriptor) }
    }

    var isOpen: Bool { descriptor >= 0 }

    func close() {
        Glibc.close(descriptor)
        descriptor = -1
    }

    func send(_ bytes: [UInt8]) {
        _ = Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }

    /// The next line, without its newline; empty when the server hung up.
    func line() -> [UInt8] {
        var buffer: [UInt8] = Array(repeating: 0, count: 4_096)
        while !input.contains(0x0A) {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { return [] }
            input += buffer[..<count]
        }
        let line = input.prefix { $0 != 0x0A }
        input.removeFirst(line.count + 1)
        return Array(line)
    }
}

private func temporaryPath() -> String { "/tmp/sharp-control-\(UUID().uuidString.prefix(8)).sock" }

private func bindUnix(_ descriptor: Int32, _ path: String) -> Int32 { withAddress(path) { bind(descriptor, $0, $1) } }

private func withAddress<Result>(_ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    return withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
    }
}
