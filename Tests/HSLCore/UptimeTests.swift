import ControlFrames
import HSLCore
import Testing
import Timing

/// What an agent says of how long it has been running, so that nobody takes its word for what its predecessor was given.
@Suite struct UptimeTests {
    /// START as it is said once more.
    private let again: Start = {
        var start = Data.start()
        start.isRepeated = true
        return start
    }()

    private func uptimes(_ agent: CoreHarness, after message: ControlMessage, _ handover: HandoverID, vnf: UInt16) -> [UInt32?] {
        let frame = ControlFrame(
            source: .zero, destination: CoreHarness.address(vnf, port: 0), handover: handover, message: message)
        _ = agent.receive(frame.encoded(), from: .network(0))
        return agent.drainBytes().map { bytes in (try? ControlFrame(decoding: bytes.span.bytes))?.uptime }
    }

    @Test func answersThatCountWhatCameSayHowLongTheProcessHasBeenRunning() {
        let source = CoreHarness(vnf: 1, startedAt: .zero + .milliseconds(-250))
        _ = source.control(.startSource(again), 7, vnf: 1)
        #expect(uptimes(source, after: .fence(), 7, vnf: 1) == [250_000])
        _ = source.advance(by: .milliseconds(10))
        #expect(uptimes(source, after: .fence(), 7, vnf: 1) == [260_000])
        let destination = CoreHarness(vnf: 2, startedAt: .zero)
        #expect(uptimes(destination, after: .startDestination(again), 7, vnf: 2) == [0])
        #expect(uptimes(destination, after: .arm(Arm(vnf: 2, match: Data.match())), 8, vnf: 2) == [0])
    }

    @Test func aProcessThatHeardOfTheHandoverFirstNeedNotSay() {
        let source = CoreHarness(vnf: 1, startedAt: .zero)
        _ = source.control(.startSource(Data.start()), 7, vnf: 1)
        _ = source.control(.startSource(again), 7, vnf: 1)
        #expect(uptimes(source, after: .fence(), 7, vnf: 1) == [nil])
        let destination = CoreHarness(vnf: 2, startedAt: .zero)
        #expect(uptimes(destination, after: .startDestination(Data.start()), 7, vnf: 2) == [nil])
    }

    @Test func aProcessThatHeardOfTheEndAloneSaysThatNothingCameBack() {
        let source = CoreHarness(vnf: 1, startedAt: .zero + .milliseconds(-250))
        _ = source.control(.abort(reason: "x"), 7, vnf: 1)
        for port in 0..<2 {
            let answer = source.control(.fence(), 7, vnf: 1, port: port)
            #expect(answer == [.control(.fenceAck(stragglers: 0), 7, port: port)])
        }
        #expect(uptimes(source, after: .fence(), 7, vnf: 1) == [250_000])
    }

    @Test func anAgentThatIsNotToldWhenItBeganDoesNotSay() {
        let source = CoreHarness(vnf: 1)
        _ = source.control(.startSource(again), 7, vnf: 1)
        #expect(uptimes(source, after: .fence(), 7, vnf: 1) == [nil])
    }

    @Test func anUptimeBeyondWhatCanBeSaidIsTheLongestThatCan() {
        let source = CoreHarness(vnf: 1, startedAt: .zero + .seconds(-86_400 * 365))
        _ = source.control(.startSource(again), 7, vnf: 1)
        #expect(uptimes(source, after: .fence(), 7, vnf: 1) == [.max])
    }
}
