import ControlChannel
import Foundation
import Glibc
import SystemTestSupport
import Testing

@Suite struct ControlChannelServerTests {
    @Test func aFunctionConnectsTalksAndLeaves() throws {
        let server = try TestServer(path: temporarySocketPath())
        let function = try #require(UNIXClient(server.path))
        #expect(server.next() == .connected)
        function.send(FunctionMessage.ready(handover: 7).encoded())
        #expect(server.next() == .message(.ready(handover: 7)))
        server.server.send(.end(handover: 7, outcome: "completed"))
        #expect(try AgentMessage(line: function.line()) == .end(handover: 7, outcome: "completed"))
        function.close()
        #expect(server.next() == .disconnected)
        #expect(try #require(UNIXClient(server.path)).isOpen)
        #expect(server.next() == .connected)
    }

    @Test func aSecondFunctionIsRefused() throws {
        let server = try TestServer(path: temporarySocketPath())
        let first = try #require(UNIXClient(server.path))
        #expect(server.next() == .connected)
        let second = try #require(UNIXClient(server.path))
        #expect(waitUntil { server.server.poll().isEmpty && server.server.counters.refusedConnections == 1 })
        #expect(try AgentMessage(line: second.line()) == .error(message: "another network function is connected"))
        first.send(FunctionMessage.ready(handover: 1).encoded())
        #expect(server.next() == .message(.ready(handover: 1)))
    }

    @Test func whatIsNotUnderstoodIsAnsweredAndCounted() throws {
        let server = try TestServer(path: temporarySocketPath())
        let function = try #require(UNIXClient(server.path))
        function.send(Array("{\"event\":\"mumble\"}\nnonsense\n".utf8) + FunctionMessage.ready(handover: 2).encoded())
        #expect(server.next() == .connected)
        #expect(server.next() == .message(.ready(handover: 2)))
        #expect(server.server.counters.malformedLines == 2)
        #expect(try AgentMessage(line: function.line()) == .error(message: "unknown event 'mumble'"))
        #expect(try AgentMessage(line: function.line()) == .error(message: MessageError.malformed.description))
    }

    @Test func messagesSentTogetherComeInOrderAndManyAnswersAreTakenTogether() throws {
        let server = try TestServer(path: temporarySocketPath())
        let function = try #require(UNIXClient(server.path))
        #expect(server.next() == .connected)
        let ends = (0..<500).map { AgentMessage.end(handover: $0, outcome: "completed") }
        server.server.send(contentsOf: ends)
        for end in ends { #expect(try AgentMessage(line: function.line()) == end) }
        function.send((0..<1_000).flatMap { FunctionMessage.ready(handover: $0).encoded() })
        let events = server.server.poll()
        #expect(events == (0..<1_000).map { .message(.ready(handover: $0)) })
    }

    @Test func aFunctionThatDoesNotReadIsDisconnected() throws {
        let server = try TestServer(path: temporarySocketPath())
        let function = try #require(UNIXClient(server.path))
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
        let path = temporarySocketPath()
        let stale = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        #expect(bindUNIXSocket(stale, to: path) == 0)
        close(stale)
        let server = try TestServer(path: path)
        let error = #expect(throws: ControlChannelError.self) { try ControlChannelServer(path: path) }
        #expect(error?.description.contains("another process listens there") == true)
        #expect(try #require(UNIXClient(server.path)).isOpen)
    }

    @Test func theSocketGoesWithTheServer() throws {
        let path = temporarySocketPath()
        do { _ = try ControlChannelServer(path: path) }
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test func aPathThatCannotBeIsRefusedInOneLine() throws {
        let plainFile = temporarySocketPath()
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
