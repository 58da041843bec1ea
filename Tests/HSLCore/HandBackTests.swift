import ControlFrames
import HSLCore
import Testing
import Timing

/// The source of an aborted handover gets its flow back under the same number.
@Suite struct HandBackTests {
    private let agent = CoreHarness(vnf: 1, functionConnected: true)

    private func say(_ message: ControlMessage, port: Int = 0) -> [CoreHarness.Said] {
        agent.control(message, 7, vnf: 1, port: port)
    }

    private func said(_ message: ControlMessage, port: Int = 0) -> CoreHarness.Said { .control(message, 7, port: port) }

    private func back(_ port: Int) -> ControlMessage {
        .startDestination(Start(from: 1, to: 1, flow: Data.flows[port], directions: 2))
    }

    /// START in both directions, a straggler in each, ABORT.
    private func abort() {
        for port in 0..<2 { _ = say(.startSource(Data.start(directions: 2, port: port)), port: port) }
        _ = agent.function(.ready(7))
        for port in 0..<2 { _ = agent.receive(Data.frame(0, port: port), from: .network(port)) }
        _ = agent.drain()
        #expect(say(.abort(reason: "x")) == [.told(.end(handover: 7, outcome: .aborted)), said(.abortAck(refusal: nil))])
    }

    @Test func directionsTurnOneByOne() {
        abort()
        #expect(say(back(1), port: 1) == [said(.startAck(received: 0), port: 1)])
        #expect(agent.counters.inStragglers.packets == 1)
        #expect(agent.receive(Data.frame(1, port: 1), from: .network(1)) == .taken)
        #expect(agent.drain() == [])
        #expect(agent.receive(Data.frame(1), from: .network(0)) == .taken)
        #expect(agent.drain() == [said(.straggler(WrappedFrame(sequence: 1, bytes: Data.frame(1))))])
        #expect(say(.fence()) == [said(.fenceAck(stragglers: 2))])
        #expect(say(.fence(), port: 1) == [])
        #expect(say(.resend([0]), port: 1) == [])
        #expect(say(.transport(WrappedFrame(sequence: 0, bytes: Data.frame(0)))) == [])
        let first = WrappedFrame(sequence: 0, bytes: Data.frame(0, port: 1))
        #expect(say(.transport(first), port: 1) == [.function(Data.frame(0, port: 1), port: 1)])
        let usage = BufferUsage(packets: 1, bytes: 60, peakPackets: 1)
        let end: [CoreHarness.Said] = [
            said(.releaseFinishedAck, port: 1), .function(Data.frame(1, port: 1), port: 1), said(.handoverFinished(usage), port: 1),
        ]
        #expect(say(.releaseFinished(count: 1), port: 1) == end)
        #expect(agent.advance(by: .milliseconds(8)) == [said(.handoverFinished(usage), port: 1)])
        #expect(say(.handoverFinishedAck(), port: 1) == [])
        #expect(agent.receive(Data.frame(2, port: 1), from: .network(1)) == .pass)
        #expect(say(back(0)) == [said(.startAck(received: 0))])
        _ = say(.releaseFinished(count: 0))
        #expect(say(.handoverFinishedAck()) == [])
        #expect(agent.counters.openHandovers == 0)
        #expect(agent.counters.inStragglers == .zero)
        #expect(agent.counters.inSwitchBuffers == .zero)
    }

    @Test func whatIsOldIsIgnoredOrAcknowledged() {
        abort()
        _ = say(back(0))
        _ = say(.transport(WrappedFrame(sequence: 4, bytes: Data.frame(4))))
        #expect(say(back(0)) == [said(.startAck(received: 5))])
        #expect(say(.startSource(Data.start(directions: 2))) == [])
        #expect(say(.startSource(Data.start(directions: 2, port: 1)), port: 1) == [])
        #expect(say(.abort(reason: "x")) == [said(.abortAck(refusal: nil))])
        #expect(say(.handoverFinished(nil)) == [said(.handoverFinishedAck())])
        #expect(agent.receive(Data.frame(5), from: .network(0)) == .taken)
        #expect(agent.drain() == [])
        _ = agent.advance(by: .seconds(31))
        #expect(say(.startSource(Data.start(directions: 2))) == [])
        #expect(say(.handoverFinished(nil)) == [said(.handoverFinishedAck())])
        #expect(agent.counters.refusedStarts == 0)
        #expect(agent.counters.lateStarts == 3)
    }

    @Test func onlyAnAbortedSourceTurns() {
        _ = say(.startSource(Data.start()))
        let start = Start(from: 1, to: 1, flow: Data.flows[0], directions: 1)
        guard case .control(.abort, 7, port: 0)? = say(.startDestination(start)).first else {
            Issue.record("not refused")
            return
        }
        _ = say(.abort(reason: "x"))
        guard case .control(.abort, 7, port: 0)? = say(back(1)).first else {
            Issue.record("another flow was not refused")
            return
        }
        #expect(say(.startDestination(start)) == [said(.startAck(received: 0))])
    }

    @Test func aDirectionThatNeverBeganReturnsNothingAndTurns() {
        _ = say(.startSource(Data.start(directions: 2)))
        _ = say(.abort(reason: "x"))
        #expect(say(.fence(), port: 1) == [said(.fenceAck(stragglers: 0), port: 1)])
        #expect(say(.startSource(Data.start(directions: 2, port: 1)), port: 1) == [])
        #expect(agent.receive(Data.frame(0, port: 1), from: .network(1)) == .pass)
        _ = say(back(0))
        #expect(say(back(1), port: 1) == [said(.startAck(received: 0), port: 1)])
        #expect(agent.receive(Data.frame(1, port: 1), from: .network(1)) == .taken)
    }

    @Test func anAbortedDestinationThatWasNotArmedEverywhereReturnsWhatItHas() {
        let agent = CoreHarness(vnf: 2)
        agent.control(.startDestination(Data.start(directions: 2)), 7, vnf: 2)
        _ = agent.receive(Data.frame(0), from: .network(0))
        agent.control(.abort(reason: "x"), 7, vnf: 2)
        #expect(agent.control(.startDestination(Data.start(directions: 2, port: 1)), 7, vnf: 2, port: 1) == [])
        #expect(agent.control(.fence(), 7, vnf: 2) == [said(.fenceAck(stragglers: 1))])
        #expect(agent.control(.fence(), 7, vnf: 2, port: 1) == [said(.fenceAck(stragglers: 0), port: 1)])
        #expect(agent.receive(Data.frame(0, port: 1), from: .network(1)) == .pass)
    }
}
