import ControlFrames
import HSLCore
import Testing

@Suite struct AuthenticationTests {
    private let key: ControlKey
    private let agent: CoreHarness

    init() throws {
        key = try ControlKey(Array(0..<16))
        agent = CoreHarness(vnf: 1, key: key, firstCounter: 100)
    }

    private func sealed(_ message: ControlMessage, _ counter: UInt64, port: Int = 0, with key: ControlKey? = nil) -> [UInt8] {
        let frame = ControlFrame(source: .zero, destination: CoreHarness.address(1, port: port), handover: 7, message: message)
        return (key ?? self.key).seal(frame, counter: counter)
    }

    /// Gives the core a control frame; returns what it sent, which has to be sealed, with the counters.
    private func receive(_ frame: [UInt8], port: Int = 0) throws -> [(ControlMessage, UInt64)] {
        #expect(agent.receive(frame, from: .network(port)) == .taken)
        return try agent.drainBytes().map {
            let opened = try key.open($0.span.bytes)
            return (opened.frame.message, opened.counter)
        }
    }

    @Test func whatIsSentIsSealedWithARisingCounter() throws {
        for (step, port) in [0, 1, 0].enumerated() {
            let answer = try receive(sealed(.handoverFinished(nil), UInt64(step), port: port), port: port)
            #expect(answer.map(\.0) == [.handoverFinishedAck()])
            #expect(answer.map(\.1) == [100 + UInt64(step)])
        }
    }

    @Test func aFrameWithoutAValidTagIsCountedAndIgnored() throws {
        let start = ControlMessage.startSource(Data.start())
        let plain = ControlFrame(source: .zero, destination: CoreHarness.address(1, port: 0), handover: 7, message: start)
        #expect(try receive(plain.encoded()).isEmpty)
        #expect(try receive(sealed(start, 1, with: ControlKey(Array(1..<17)))).isEmpty)
        #expect(agent.counters.unauthenticated == 2)
        #expect(agent.counters.openHandovers == 0)
        #expect(try receive(sealed(start, 1)).map(\.0) == [.startAck(received: nil), .startAck(received: nil)])
    }

    @Test func aFrameThatCameBeforeIsCountedAndIgnored() throws {
        let finished = sealed(.handoverFinished(nil), 5)
        #expect(try receive(finished).count == 1)
        #expect(try receive(finished).isEmpty)
        #expect(try receive(sealed(.handoverFinished(nil), 4)).isEmpty)
        #expect(agent.counters.replayed == 2)
        #expect(try receive(sealed(.handoverFinished(nil), 5, port: 1), port: 1).count == 1)
        #expect(try receive(sealed(.handoverFinished(nil), 6)).count == 1)
    }

    @Test func aFrameForAnotherInterfaceDoesNotMoveTheCounter() throws {
        #expect(try receive(sealed(.handoverFinished(nil), .max, port: 1)).isEmpty)
        #expect(agent.counters.misdirected == 1)
        #expect(try receive(sealed(.handoverFinished(nil), 1)).count == 1)
    }

    @Test func withoutAKeyTagsAreIgnored() {
        let agent = CoreHarness(vnf: 1)
        for _ in 0..<2 {
            #expect(agent.receive(sealed(.handoverFinished(nil), 5), from: .network(0)) == .taken)
            #expect(agent.drain() == [.control(.handoverFinishedAck(), 7, port: 0)])
        }
    }

    @Test func theFunctionCannotForgeControlFrames() {
        let frame = ControlFrame(source: .zero, destination: .zero, handover: 7, message: .abort(reason: "x")).encoded()
        let tagged = Array(frame[..<12]) + [0x81, 0, 0, 7] + Array(frame[12...])
        for bytes in [frame, tagged] { #expect(agent.receive(bytes, from: .function(0)) == .drop(.forgedByFunction)) }
        #expect(agent.counters.forgedByFunction == 2)
        #expect(agent.counters.passedFromFunction == 0)
    }
}
