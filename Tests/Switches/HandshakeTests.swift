import Logging
import NIOCore
import NIOEmbedded
import OpenFlow
import Switches
import Testing

@Suite("The handshake")
struct HandshakeTests {
    private let loop = EmbeddedEventLoop()
    private let recorder = Recorder()
    private let log = LogLines()

    private func server(_ change: (inout SwitchServerConfiguration) -> Void = { _ in }) -> SwitchServer {
        var configuration = SwitchServerConfiguration()
        change(&configuration)
        return SwitchServer(eventLoop: loop, configuration: configuration, observer: recorder, logger: log.logger)
    }

    @Test func asksForIdentityAndPortsStepByStep() throws {
        let server = server()
        let peer = try EmbeddedSwitch(to: server, on: loop)
        #expect(try peer.heard() == [.hello(Hello(version: 4, bitmap: [1 << 4]))])
        try peer.say(.hello(Hello()))
        #expect(try peer.heard() == [.featuresRequest])
        try peer.say(.featuresReply(FeaturesReply(datapathID: 0xAB, tableCount: 254)))
        #expect(
            try peer.heard() == [
                .setConfig(SwitchConfiguration(flags: 0, missSendLength: 0xFFFF)), .multipartRequest(MultipartRequest(.portDescription)),
            ])
        try peer.say(.multipartReply(MultipartReply(.portDescription([port(7), port(2)]), more: true)))
        #expect(recorder.connections.isEmpty)
        try peer.say(.multipartReply(MultipartReply(.portDescription([port(3)]))))
        #expect(recorder.events.first == .connected(datapathID: 0xAB, ports: [2, 3, 7]))
        #expect(recorder.connections.first?.remoteAddress == "192.0.2.1:40000")
        #expect(server.connections.map(\.datapathID) == [0xAB])
        #expect(server.counters.connected == 1)
    }

    @Test func refusesAnotherVersionInWords() throws {
        let server = server()
        let peer = try EmbeddedSwitch(to: server, on: loop)
        _ = try peer.heard()
        try peer.say(.hello(Hello(version: 1, bitmap: nil)))
        let text = "this controller speaks OpenFlow 1.3 (version 4) only, the switch offers version 1"
        #expect(try peer.heard() == [.error(.incompatible(text))])
        #expect(!peer.channel.isActive)
        #expect(recorder.events.isEmpty)
        #expect(server.counters.incompatible == 1)
    }

    @Test func logsAnotherVersionOnceForEachHost() throws {
        let server = server()
        for address in ["192.0.2.1", "192.0.2.1", "192.0.2.2"] {
            try EmbeddedSwitch(to: server, on: loop, from: address).say(.hello(Hello(version: 1, bitmap: nil)))
        }
        #expect(
            log.all == [
                "192.0.2.1:40000 switch refused: it speaks OpenFlow version 1, not 4 (OpenFlow 1.3)",
                "192.0.2.2:40000 switch refused: it speaks OpenFlow version 1, not 4 (OpenFlow 1.3)",
            ])
        #expect(server.counters.incompatible == 3)
    }

    @Test func endsWhenTheSwitchRefusesOurVersion() throws {
        let server = server()
        let peer = try EmbeddedSwitch(to: server, on: loop)
        var bytes = try Envelope(transaction: 1, message: .error(.incompatible("1.0 only"))).encode()
        bytes[0] = 1
        try peer.say(bytes)
        #expect(!peer.channel.isActive)
        #expect(log.all == ["192.0.2.1:40000 switch refused: the switch answered HELLO_FAILED/INCOMPATIBLE: 1.0 only"])
    }

    @Test func endsAtOnceWithWhoeverDoesNotSpeakOpenFlow() throws {
        let server = server()
        let peer = try EmbeddedSwitch(to: server, on: loop)
        try peer.say(Array("GET / HTTP/1.1\r\n".utf8))
        #expect(!peer.channel.isActive)
        #expect(server.counters.failedHandshakes == 1)
    }

    @Test func endsWithASwitchThatTakesTooLong() throws {
        let server = server { $0.handshakeTimeout = .seconds(5) }
        let peer = try EmbeddedSwitch(to: server, on: loop)
        try peer.say(.hello(Hello()))
        loop.advanceTime(by: .milliseconds(4999))
        #expect(peer.channel.isActive)
        loop.advanceTime(by: .milliseconds(1))
        #expect(!peer.channel.isActive)
        #expect(server.counters.failedHandshakes == 1)
    }

    @Test func refusesAuxiliaryConnections() throws {
        let peer = try EmbeddedSwitch(to: server(), on: loop)
        try peer.say(.hello(Hello()))
        try peer.say(.featuresReply(FeaturesReply(datapathID: 1, tableCount: 1, auxiliaryID: 1)))
        #expect(!peer.channel.isActive)
    }

    @Test func knowsPortsThatChangeMeanwhile() throws {
        let peer = try EmbeddedSwitch(to: server(), on: loop)
        try peer.say(.hello(Hello()))
        try peer.say(.featuresReply(FeaturesReply(datapathID: 1, tableCount: 1)))
        try peer.say(.multipartReply(MultipartReply(.portDescription([port(1), port(2)]), more: true)))
        try peer.say(.portStatus(PortStatus(reason: .delete, port: port(1))))
        try peer.say(.portStatus(PortStatus(reason: .add, port: port(9))))
        try peer.say(.multipartReply(MultipartReply(.portDescription([port(3)]))))
        #expect(recorder.events.first == .connected(datapathID: 1, ports: [2, 3, 9]))
    }

    @Test func turnsAwayMoreConnectionsThanAllowed() throws {
        let server = server { $0.connectionLimit = 1 }
        let first = try EmbeddedSwitch(to: server, on: loop)
        let second = try EmbeddedSwitch(to: server, on: loop)
        #expect(first.channel.isActive)
        #expect(!second.channel.isActive)
        #expect(server.counters.turnedAway == 1)
        try first.channel.close().wait()
        #expect(try EmbeddedSwitch(to: server, on: loop).channel.isActive)
    }

    @Test func ofASwitchThatConnectsAnewEndsItsEarlierConnection() throws {
        let server = server()
        let first = try EmbeddedSwitch(to: server, on: loop)
        try first.shakeHands(datapathID: 5)
        let second = try EmbeddedSwitch(to: server, on: loop, from: "192.0.2.9")
        try second.shakeHands(datapathID: 5)
        loop.run()
        #expect(!first.channel.isActive)
        #expect(second.channel.isActive)
        #expect(
            recorder.events.filter { $0 != .batchEnd } == [
                .connected(datapathID: 5, ports: [1]),
                .disconnected(datapathID: 5, reason: "replaced by a connection from 192.0.2.9:40000"),
                .connected(datapathID: 5, ports: [1]),
            ])
        #expect(log.all == ["192.0.2.9:40000 switch connected anew: the earlier connection is closed"])
        #expect(server.connections.count == 1)
    }
}
