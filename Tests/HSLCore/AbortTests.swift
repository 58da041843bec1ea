import ControlFrames
import HSLCore
import Testing
import Timing

@Suite struct AbortTests {
    @Test func whenNobodyHasTheStateTheFlowGoesOnWithoutIt() {
        let agent = CoreHarness(vnf: 2, functionConnected: true)
        agent.control(.startDestination(Data.start()), 7, vnf: 2)
        _ = agent.function(.ready(7))
        agent.control(.transfer(Peer(vnf: 1)), 7, vnf: 2)
        #expect(agent.receive(Data.frame(0), from: .network(0)) == .taken)
        _ = agent.function(.stateFailed(7, reason: "no state"))
        agent.control(.releaseFinished(count: 0), 7, vnf: 2)
        let said = agent.control(.transfer(.nobody), 7, vnf: 2)
        #expect(said.contains(.control(.transferAck, 7, port: 0)))
        #expect(said.contains(.function(Data.frame(0), port: 0)))
        #expect(agent.receive(Data.frame(1), from: .network(0)) == .pass)
        let end = agent.control(.handoverFinishedAck(), 7, vnf: 2)
        #expect(end == [.told(.end(handover: 7, outcome: .failed))])
    }

    @Test func aFailedTransferIsReportedUntilItIsHeard() {
        let agent = CoreHarness(vnf: 2, functionConnected: true)
        agent.control(.startDestination(Data.start()), 7, vnf: 2)
        _ = agent.function(.ready(7))
        agent.control(.transfer(Peer(vnf: 1)), 7, vnf: 2)
        let alarm = [CoreHarness.Said.control(.abort(reason: "no state"), 7, port: 0)]
        #expect(agent.function(.stateFailed(7, reason: "no state")) == alarm)
        #expect(agent.advance(by: .milliseconds(8)) == alarm)
        #expect(agent.receive(Data.frame(0), from: .network(0)) == .taken)
        #expect(agent.function(.stateReady(7)) == [])
        agent.control(.abortAck(refusal: nil), 7, vnf: 2)
        #expect(agent.advance(by: .seconds(2)) == [])
    }

    @Test func anAbortedDestinationReturnsWhatItHeldWhenAsked() {
        let agent = CoreHarness(vnf: 2, functionConnected: true)
        agent.control(.startDestination(Data.start()), 7, vnf: 2)
        agent.control(Data.transport(0, as: 0), 7, vnf: 2)
        for number in 1..<3 { _ = agent.receive(Data.frame(number), from: .network(0)) }
        let aborted = CoreHarness.Said.told(.end(handover: 7, outcome: .aborted))
        #expect(agent.control(.abort(reason: "x"), 7, vnf: 2) == [aborted, .control(.abortAck(refusal: nil), 7, port: 0)])
        #expect(agent.control(.abort(reason: "x"), 7, vnf: 2) == [.control(.abortAck(refusal: nil), 7, port: 0)])
        #expect(agent.counters.inControlBuffers == .zero)
        #expect(agent.counters.inSwitchBuffers == .zero)
        #expect(agent.counters.inStragglers.packets == 2)
        let third = WrappedFrame(sequence: 2, bytes: Data.frame(3))
        #expect(agent.receive(Data.frame(3), from: .network(0)) == .taken)
        #expect(agent.drain() == [.control(.straggler(third), 7, port: 0)])
        #expect(agent.control(.fence(), 7, vnf: 2) == [.control(.fenceAck(stragglers: 3), 7, port: 0)])
        let resent = [1, 2].map { WrappedFrame(sequence: UInt32($0 - 1), bytes: Data.frame($0)) }
        #expect(agent.control(.resend([0, 1]), 7, vnf: 2) == resent.map { .control(.straggler($0), 7, port: 0) })
        #expect(agent.control(.startDestination(Data.start()), 7, vnf: 2) == [])
        #expect(agent.control(.handoverFinished(nil), 7, vnf: 2) == [.control(.handoverFinishedAck(), 7, port: 0)])
        #expect(agent.receive(Data.frame(4), from: .network(0)) == .pass)
        #expect(agent.counters.openHandovers == 0)
    }

    @Test func withTheStateInPlaceItIsTooLate() {
        let agent = CoreHarness(vnf: 2)
        agent.control(.startDestination(Data.start()), 7, vnf: 2)
        agent.control(.transfer(Peer(vnf: 1)), 7, vnf: 2)
        let refused = [CoreHarness.Said.control(.abortAck(refusal: "the state is in place"), 7, port: 0)]
        #expect(agent.control(.abort(reason: "x"), 7, vnf: 2) == refused)
        #expect(agent.control(Data.transport(0, as: 0), 7, vnf: 2) == [.function(Data.frame(0), port: 0)])
        agent.control(.releaseFinished(count: 1), 7, vnf: 2)
        agent.control(.handoverFinishedAck(), 7, vnf: 2)
        #expect(agent.control(.abort(reason: "x"), 7, vnf: 2) == refused)
    }

    @Test func anAbortedSourceTakesItsFlowBackUnderAnotherNumber() {
        let agent = CoreHarness(vnf: 1)
        agent.control(.startSource(Data.start()), 7, vnf: 1)
        #expect(agent.control(.abort(reason: "x"), 7, vnf: 1) == [.control(.abortAck(refusal: nil), 7, port: 0)])
        #expect(agent.receive(Data.frame(0), from: .network(0)) == .taken)
        _ = agent.drain()
        let back = Start(from: 2, to: 1, flow: Data.flows[0], directions: 1)
        #expect(agent.control(.startDestination(back), 8, vnf: 1) == [.control(.startAck(received: 0), 8, port: 0)])
        #expect(agent.counters.inStragglers == .zero)
        _ = agent.receive(Data.frame(1), from: .network(0))
        agent.control(Data.transport(0, as: 0), 8, vnf: 1)
        agent.control(.releaseFinished(count: 1), 8, vnf: 1)
        let said = agent.control(.transfer(Peer(vnf: 2)), 8, vnf: 1)
        #expect(said.dropFirst().prefix(2) == [.function(Data.frame(0), port: 0), .function(Data.frame(1), port: 0)])
        #expect(agent.control(.handoverFinished(nil), 7, vnf: 1) == [.control(.handoverFinishedAck(), 7, port: 0)])
    }

    @Test func anAbortOfAnUnknownHandoverIsAcknowledgedAndForestallsItsStart() {
        let agent = CoreHarness(vnf: 1)
        #expect(agent.control(.abort(reason: "x"), 7, vnf: 1) == [.control(.abortAck(refusal: nil), 7, port: 0)])
        #expect(agent.control(.startSource(Data.start()), 7, vnf: 1) == [])
        #expect(agent.control(.startSource(Data.start(port: 1)), 7, vnf: 1, port: 1) == [])
        #expect(agent.counters.lateStarts == 2)
        #expect(agent.receive(Data.frame(0), from: .network(0)) == .pass)
        let back = Start(from: 1, to: 1, flow: Data.flows[0], directions: 1)
        #expect(agent.control(.startDestination(back), 7, vnf: 1) == [.control(.startAck(received: 0), 7, port: 0)])
        #expect(agent.receive(Data.frame(0), from: .network(0)) == .taken)
        #expect(agent.control(.startSource(Data.start()), 7, vnf: 1) == [])
    }
}
