import ControlFrames
import Frames
import HSLCore
import Testing
import Timing

/// A group that goes back, seen from either end.
@Suite struct GroupReturnTests {
    private func toPeer(_ message: ControlMessage) -> CoreHarness.Said { .peer(message, 8, port: 0) }

    private func start(from: UInt16, turning first: HandoverID?) -> Start {
        var start = Data.groupStart(from: from, to: 1, isStraight: from != 1)
        start.heldUnder = first
        return start
    }

    // MARK: Where the flows cannot stay

    /// An agent that has given up a group of two flows, of which one had joined: it holds packets 0 and 2 of that, and 1 of the other.
    private func gaveUp() -> CoreHarness {
        let agent = CoreHarness(vnf: 2)
        agent.control(.arm(Arm(vnf: 2, match: Data.match())), 100, vnf: 2)
        agent.control(.startDestination(Data.groupStart()), 7, vnf: 2)
        for flow in 0..<2 { _ = agent.receive(Data.frame(flow, of: flow), from: .network(0)) }
        agent.control(.seenAck(SeenAck(flow: Data.flow(0), verdict: .joins(7))), 100, vnf: 2)
        agent.control(Data.straggler(9, as: 0), 7, vnf: 2, from: Data.peer(0))
        agent.control(.abort(reason: ""), 7, vnf: 2)
        _ = agent.receive(Data.frame(2, of: 0), from: .network(0))
        _ = agent.drain()
        return agent
    }

    @Test func whatIsHeldGoesStraightBackAndWhatComesFollows() {
        let agent = gaveUp()
        let said = agent.control(.startSource(start(from: 2, turning: 7)), 8, vnf: 2)
        let held = [Data.straggler(0, of: 0, as: 0), Data.straggler(2, of: 0, as: 1), Data.straggler(1, of: 1, as: 2)]
        #expect(said == held.map(toPeer) + Data.frozen(8))
        #expect(agent.control(.startSource(start(from: 2, turning: 7)), 8, vnf: 2) == Data.frozen(8), "it is not sent twice")
        _ = agent.receive(Data.frame(3, of: 2), from: .network(0))
        #expect(agent.drain() == [toPeer(Data.straggler(3, of: 2, as: 3))])
        #expect(agent.counters.heldFlows == 0)
        #expect(agent.control(.fence(flow: Data.flow(0)), 8, vnf: 2) == [toPeer(.sync(Sync(flow: Data.flow(0), count: 4)))])
        agent.control(.handoverFinished(nil), 8, vnf: 2)
        #expect(agent.counters.openHandovers == 0)
        #expect(agent.counters.inStragglers == .zero)
        #expect(agent.counters.inSwitchBuffers == .zero)
    }

    @Test func anAgentThatWasStartedAnewSaysSoAndThenBeginsWithNothing() {
        let agent = CoreHarness(vnf: 2)
        let unknown = CoreHarness.Said.control(.abort(reason: ControlMessage.unknownHandover), 8, port: 0)
        #expect(agent.control(.startSource(start(from: 2, turning: 7)), 8, vnf: 2) == [unknown])
        #expect(agent.control(.startSource(start(from: 2, turning: 8)), 8, vnf: 2) == Data.frozen(8))
    }

    @Test func whatHasNotBeenGivenUpIsNotTurnedRound() {
        let agent = CoreHarness(vnf: 2)
        agent.control(.startDestination(Data.groupStart()), 7, vnf: 2)
        let busy = CoreHarness.Said.control(.abort(reason: "the flow is in handover 7"), 8, port: 0)
        #expect(agent.control(.startSource(start(from: 2, turning: 7)), 8, vnf: 2) == [busy])
    }

    // MARK: Where the state is

    /// An agent that has given a group up as its source, and kept two packets.
    private func keptTwo() -> CoreHarness {
        let agent = CoreHarness(vnf: 1)
        agent.control(.startSource(Data.groupStart(isStraight: true)), 7, vnf: 1)
        for flow in 0..<2 { _ = agent.receive(Data.frame(flow, of: flow), from: .network(0)) }
        agent.control(.abort(reason: ""), 7, vnf: 1)
        _ = agent.drain()
        return agent
    }

    @Test func whatWasKeptComesBeforeWhatComesBackAndThatBeforeWhatComesAnew() {
        let agent = keptTwo()
        let said = agent.control(.startDestination(start(from: 1, turning: 7)), 8, vnf: 1)
        #expect(CoreHarness.functionFrames(said) == [0, 1])
        #expect(said.last == .control(.startAck(received: 0), 8, port: 0))
        #expect(agent.receive(Data.frame(2, of: 0), from: .network(0)) == .pass, "it was on its way before anything came back")
        agent.control(.arm(Arm(vnf: 1, match: Data.match())), 101, vnf: 1)
        #expect(agent.receive(Data.frame(10, of: 0), from: .network(0)) == .taken)
        agent.control(.seenAck(SeenAck(flow: Data.flow(0), verdict: .joins(8))), 101, vnf: 1)
        let back = agent.control(Data.straggler(3, as: 0), 8, vnf: 1, from: Data.peer(0))
        #expect(CoreHarness.functionFrames(back) == [3])
        let sync = ControlMessage.sync(Sync(flow: Data.flow(0), count: 2))
        #expect(agent.control(sync, 8, vnf: 1, from: Data.peer(0)) == [toPeer(.resend([1]))])
        agent.control(Data.straggler(4, as: 1), 8, vnf: 1, from: Data.peer(0))
        #expect(CoreHarness.functionFrames(agent.control(sync, 8, vnf: 1, from: Data.peer(0))) == [10])
        #expect(agent.receive(Data.frame(11, of: 0), from: .network(0)) == .pass)
        #expect(agent.control(.handoverFinished(nil), 8, vnf: 1).last == .control(.handoverFinishedAck(), 8, port: 0))
        #expect(agent.counters.openHandovers == 0)
        #expect(agent.counters.inStragglers == .zero)
        #expect(agent.counters.inSwitchBuffers == .zero)
    }

    @Test func aSourceThatWasStartedAnewSaysSo() {
        let agent = CoreHarness(vnf: 1)
        let unknown = CoreHarness.Said.control(.abort(reason: ControlMessage.unknownHandover), 8, port: 0)
        #expect(agent.control(.startDestination(start(from: 1, turning: 7)), 8, vnf: 1) == [unknown])
        #expect(agent.control(.startDestination(start(from: 1, turning: 8)), 8, vnf: 1) == [.control(.startAck(received: 0), 8, port: 0)])
    }

    @Test func aSourceThatNeverHeardOfTheGroupButOfItsEndTakesItBack() {
        let agent = CoreHarness(vnf: 1)
        agent.control(.abort(reason: ""), 7, vnf: 1)
        #expect(agent.control(.startDestination(start(from: 1, turning: 7)), 8, vnf: 1) == [.control(.startAck(received: 0), 8, port: 0)])
    }
}
