import NIOCore
import NIOEmbedded
import OpenFlow
import Switches
import Testing

@Suite("A connected switch")
struct ConnectionTests {
    private let loop = EmbeddedEventLoop()
    private let recorder = Recorder()
    private let log = LogLines()

    private func connected(
        _ change: (inout SwitchServerConfiguration) -> Void = { _ in }
    ) throws -> (server: SwitchServer, peer: EmbeddedSwitch, connection: SwitchConnection) {
        var configuration = SwitchServerConfiguration()
        change(&configuration)
        let server = SwitchServer(eventLoop: loop, configuration: configuration, observer: recorder, logger: log.logger)
        let peer = try EmbeddedSwitch(to: server, on: loop)
        try peer.shakeHands()
        return (server, peer, try #require(recorder.connections.first))
    }

    @Test func getsItsEchoRequestAnsweredBeforeThePacketsAheadOfItAreWorkedOn() throws {
        let (_, peer, _) = try connected()
        var answers: [Message] = []
        recorder.onMessage = { _, _ in
            if answers.isEmpty { answers = (try? peer.heard()) ?? [] }
        }
        var bytes: [UInt8] = []
        for number in 1...100 { bytes += try Envelope(transaction: 0, message: packetIn(UInt64(number))).encode() }
        bytes += try Envelope(transaction: 7, message: .echoRequest([1, 2, 3])).encode()
        try peer.say(bytes)
        #expect(answers == [.echoReply([1, 2, 3])])
        #expect(recorder.messages.count == 100)
        #expect(try peer.heard().isEmpty)
    }

    @Test func isHeardHoweverTheStreamIsCut() throws {
        let (_, peer, _) = try connected()
        let said = [packetIn(1), .barrierReply, packetIn(2)]
        let bytes = try said.flatMap { try Envelope(transaction: 5, message: $0).encode() }
        for cut in 0...bytes.count {
            let before = recorder.messages.count
            try peer.say(Array(bytes[..<cut]))
            try peer.say(Array(bytes[cut...]))
            #expect(Array(recorder.messages[before...]) == said)
        }
        let before = recorder.messages.count
        for byte in bytes + bytes { try peer.say([byte]) }
        #expect(Array(recorder.messages[before...]) == said + said)
    }

    @Test func isToldAboutAMalformedMessageAndHeardOn() throws {
        let (server, peer, _) = try connected()
        var bad = try Envelope(transaction: 77, message: packetIn(1)).encode()
        bad[27] = 3
        try peer.say(bad + (try Envelope(transaction: 78, message: packetIn(2)).encode()))
        #expect(try peer.heard() == [.error(ErrorMessage(type: 1, code: 6, data: Array(bad.prefix(64))))])
        #expect(recorder.messages == [packetIn(2)])
        #expect(server.counters.malformed == [.length: 1])
    }

    @Test func isReportedOnceForEachKindOfMalformedMessage() throws {
        let (server, peer, _) = try connected()
        for _ in 0..<3 { try peer.say([4, 21, 0, 9, 0, 0, 0, 0, 1]) }
        for _ in 0..<2 { try peer.say([1, 21, 0, 8, 0, 0, 0, 0]) }
        #expect(
            log.all == [
                "192.0.2.1:40000 malformed message (further ones of this kind are only counted): "
                    + "1 bytes too many behind the message without a body",
                "192.0.2.1:40000 malformed message (further ones of this kind are only counted): "
                    + "protocol version 1 where 4 (OpenFlow 1.3) was agreed",
            ])
        #expect(server.counters.malformed == [.trailing: 3, .version: 2])
        #expect(peer.channel.isActive)
    }

    @Test func isNotAnsweredAMalformedError() throws {
        let (server, peer, _) = try connected()
        try peer.say([4, 1, 0, 10, 0, 0, 0, 0, 0, 0])
        #expect(try peer.heard().isEmpty)
        #expect(server.counters.malformed == [.truncated: 1])
    }

    @Test func isDisconnectedWhenItLosesTheFraming() throws {
        let (_, peer, _) = try connected()
        try peer.say([4, 2, 0, 7, 0, 0, 0, 0])
        #expect(try peer.heard() == [.error(ErrorMessage(type: 1, code: 6, data: []))])
        #expect(!peer.channel.isActive)
        loop.run()
        #expect(
            recorder.events.last
                == .disconnected(datapathID: 1, reason: "lost where messages begin: header with an impossible length of 7 bytes"))
    }

    @Test func canSayTheLongestMessage() throws {
        let (_, peer, _) = try connected()
        let longest = Message.experimenter(Experimenter(experimenter: 1, type: 2, data: Array(repeating: 3, count: 65_535 - 16)))
        try peer.say(longest)
        #expect(recorder.messages == [longest])
    }

    @Test func livesThroughNoise() throws {
        var random = SplitMix(seed: 3)
        for _ in 0..<200 {
            let server = SwitchServer(eventLoop: loop, observer: recorder, logger: log.logger)
            let peer = try EmbeddedSwitch(to: server, on: loop)
            try peer.shakeHands(datapathID: random.next())
            for _ in 0..<20 where peer.channel.isActive {
                let count = Int.random(in: 8...80, using: &random)
                let noise = (4..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
                try peer.say([4, UInt8.random(in: 0...30, using: &random), 0, UInt8(count)] + noise)
            }
            #expect(peer.channel.isActive)
        }
    }

    @Test func isAskedWhetherItLivesAndDisconnectedWhenItDoesNotAnswer() throws {
        let (server, peer, _) = try connected()
        loop.advanceTime(by: .seconds(5))
        #expect(try peer.heard().isEmpty)
        for _ in 0..<3 {
            loop.advanceTime(by: .seconds(5))
            #expect(try peer.heard() == [.echoRequest([])])
        }
        #expect(peer.channel.isActive)
        loop.advanceTime(by: .seconds(5))
        #expect(!peer.channel.isActive)
        loop.run()
        #expect(recorder.events.last == .disconnected(datapathID: 1, reason: "did not answer 3 echo requests"))
        #expect(server.counters.unresponsive == 1)
    }

    @Test func staysWhenItAnswersEchoRequests() throws {
        let (_, peer, _) = try connected()
        for _ in 0..<100 {
            loop.advanceTime(by: .seconds(5))
            if try !peer.heard().isEmpty { try peer.say(.echoReply([])) }
        }
        #expect(peer.channel.isActive)
        #expect(recorder.messages.isEmpty)
    }

    @Test func keepsItsPortsCurrent() throws {
        let (_, peer, connection) = try connected()
        try peer.say(.portStatus(PortStatus(reason: .add, port: port(2))))
        try peer.say(.portStatus(PortStatus(reason: .modify, port: port(1, state: 1))))
        #expect(connection.ports == [port(1, state: 1), port(2)])
        try peer.say(.portStatus(PortStatus(reason: .delete, port: port(1))))
        #expect(connection.ports == [port(2)])
        #expect(recorder.messages.count == 3)
    }

    @Test func getsMessagesInOrderWhenTheyAreFlushed() throws {
        let (server, peer, connection) = try connected()
        let first = connection.send(.barrierRequest)
        let second = connection.send(.packetOut(PacketOut(inPort: 1, actions: [.output(2)], data: [1])))
        #expect(first != nil && second != nil && first != second)
        #expect(try peer.heard().isEmpty)
        connection.flush()
        #expect(try peer.heard() == [.barrierRequest, .packetOut(PacketOut(inPort: 1, actions: [.output(2)], data: [1]))])
        #expect(server.counters.packetOuts == 1)
    }

    @Test func doesNotGetAMessageThatNoHeaderCanSay() throws {
        let (server, peer, connection) = try connected()
        #expect(connection.send(.packetOut(PacketOut(inPort: 1, actions: [], data: Array(repeating: 0, count: 65_535)))) == nil)
        connection.send(.barrierRequest)
        connection.flush()
        #expect(try peer.heard() == [.barrierRequest])
        #expect(server.counters.oversize == 1)
    }

    @Test func isDisconnectedWhenMoreWaitsForItThanAllowed() throws {
        let (server, peer, connection) = try connected { $0.pendingByteLimit = 100 }
        while connection.send(.barrierRequest) != nil {}
        #expect(!connection.isOpen)
        #expect(!peer.channel.isActive)
        #expect(recorder.connections.count == 1)
        loop.run()
        #expect(recorder.events.last == .disconnected(datapathID: 1, reason: "did not read 104 bytes"))
        #expect(server.counters.overruns == 1)
        #expect(log.all.count == 1)
    }

    @Test func saysNothingMoreOnceItIsClosed() throws {
        let (_, peer, _) = try connected()
        recorder.onMessage = { _, connection in connection.close(reason: "enough") }
        try peer.say(try Envelope(transaction: 0, message: packetIn(1)).encode() + Envelope(transaction: 0, message: packetIn(2)).encode())
        loop.run()
        #expect(recorder.messages == [packetIn(1)])
        #expect(recorder.events.last == .disconnected(datapathID: 1, reason: "enough"))
        #expect(recorder.connections.isEmpty)
    }

    @Test func hasItsBatchesMarked() throws {
        let (_, peer, _) = try connected()
        let before = recorder.events.count
        try peer.say(try Envelope(transaction: 0, message: packetIn(1)).encode() + Envelope(transaction: 0, message: packetIn(2)).encode())
        #expect(Array(recorder.events[before...]) == [.received(packetIn(1)), .received(packetIn(2)), .batchEnd])
    }
}

/// Random numbers that are the same in every run.
private struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
