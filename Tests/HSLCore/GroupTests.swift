import ControlFrames
import Frames
import HSLCore
import Testing
import Timing

/// A group handover: all flows of a match at once.
@Suite struct GroupTests {
    private func said(_ message: ControlMessage, _ id: HandoverID = 7, port: Int = 0) -> CoreHarness.Said {
        .control(message, id, port: port)
    }

    private func toPeer(_ message: ControlMessage) -> CoreHarness.Said { .peer(message, 7, port: 0) }

    // MARK: Source

    @Test func allFlowsOfTheMatchAreInterceptedInOneStream() {
        let agent = CoreHarness(vnf: 1, functionConnected: true)
        let start = Data.groupStart(isStraight: true)
        let told = CoreHarness.Said.told(
            .start(handover: 7, role: .source, subject: .match(Data.match()), isBidirectional: false, peer: Peer(vnf: 2)))
        #expect(agent.control(.startSource(start), 7, vnf: 1) == [told])
        #expect(agent.control(.startSource(start), 7, vnf: 1) == [.control(.freezing, 7, port: 0)])
        #expect(agent.function(.ready(7)) == Data.frozen(7))
        for (number, flow) in [0, 1, 0].enumerated() {
            #expect(agent.receive(Data.frame(number, of: flow), from: .network(0)) == .taken)
            #expect(agent.drain() == [toPeer(Data.straggler(number, of: flow, as: UInt32(number)))])
        }
        #expect(agent.receive(Data.frame(0, port: 1), from: .network(1)) == .pass)
        let first = (flow: Data.flow(0), sync: toPeer(.sync(Sync(flow: Data.flow(0), count: 3))))
        #expect(agent.control(.fence(flow: first.flow), 7, vnf: 1) == [first.sync])
        _ = agent.receive(Data.frame(3, of: 1), from: .network(0))
        _ = agent.drain()
        let second = toPeer(.sync(Sync(flow: Data.flow(1), count: 4)))
        #expect(agent.control(.fence(flow: Data.flow(1)), 7, vnf: 1) == [second])
        #expect(agent.control(.fence(flow: first.flow), 7, vnf: 1) == [first.sync])
        #expect(
            agent.control(.resend([2]), 7, vnf: 1, from: Data.peer(0)) == [toPeer(Data.straggler(2, of: 0, as: 2)), first.sync, second])
        let fenced = said(.fenceAck(stragglers: 3, flow: first.flow))
        #expect(agent.control(.syncAck(flow: first.flow), 7, vnf: 1, from: Data.peer(0)) == [fenced])
        #expect(agent.control(.fence(flow: Data.flow(1)), 7, vnf: 1) == [second, said(.fencing)])
        #expect(agent.control(.handoverFinished(nil), 7, vnf: 1).last == said(.handoverFinishedAck()))
        #expect(agent.receive(Data.frame(4, of: 1), from: .network(0)) == .pass)
        #expect(agent.counters.inStragglers == .zero)
    }

    @Test func aFlowWithAHandoverOfItsOwnIsNotIntercepted() {
        let agent = CoreHarness(vnf: 1)
        agent.control(.startSource(Start(from: 1, to: 3, flow: Data.flow(1), directions: 1)), 8, vnf: 1)
        agent.control(.startSource(Data.groupStart(isStraight: true)), 7, vnf: 1)
        _ = agent.drain()
        _ = agent.receive(Data.frame(0, of: 1), from: .network(0))
        _ = agent.receive(Data.frame(1, of: 0), from: .network(0))
        #expect(agent.drain() == [said(Data.straggler(0, of: 1, as: 0), 8), toPeer(Data.straggler(1, as: 0))])
    }

    @Test func aMatchThatAnotherGroupHasIsRefused() {
        let agent = CoreHarness(vnf: 1)
        agent.control(.startSource(Data.groupStart()), 7, vnf: 1)
        #expect(agent.control(.startSource(Data.groupStart()), 8, vnf: 1) == [said(.abort(reason: "the flow is in handover 7"), 8)])
    }

    @Test func afterAnAbortTheKeptStragglersComeBeforeWhatTheControllerSends() {
        let agent = CoreHarness(vnf: 1)
        agent.control(.startSource(Data.groupStart(isStraight: true)), 7, vnf: 1)
        for flow in 0..<2 { _ = agent.receive(Data.frame(flow, of: flow), from: .network(0)) }
        agent.control(.abort(reason: ""), 7, vnf: 1)
        let back = agent.control(.startDestination(Data.groupStart(from: 1, to: 1)), 7, vnf: 1)
        #expect(CoreHarness.functionFrames(back) == [0, 1])
        for flow in 0..<3 { #expect(agent.receive(Data.frame(10 + flow, of: flow), from: .network(0)) == .taken) }
        #expect(CoreHarness.functionFrames(agent.control(Data.transport(2, as: 0), 7, vnf: 1)) == [2])
        #expect(CoreHarness.functionFrames(agent.control(.releaseFinished(count: 1), 7, vnf: 1)) == [10, 11, 12])
        #expect(agent.receive(Data.frame(20, of: 0), from: .network(0)) == .pass)
        agent.control(.handoverFinishedAck(), 7, vnf: 1)
        #expect(agent.counters.openHandovers == 0)
        #expect(agent.counters.inSwitchBuffers == .zero)
    }

    // MARK: Destination

    private func destination(functionConnected: Bool = false, limits: Limits = .small) -> CoreHarness {
        let agent = CoreHarness(vnf: 2, limits: limits, functionConnected: functionConnected)
        agent.control(.arm(Arm(vnf: 2, match: Data.match())), 100, vnf: 2)
        return agent
    }

    private func joins(_ agent: CoreHarness, _ flow: Int) -> [CoreHarness.Said] {
        agent.control(.seenAck(SeenAck(flow: Data.flow(flow), verdict: .joins(7))), 100, vnf: 2)
    }

    private func sync(_ agent: CoreHarness, _ flow: Int, _ count: UInt32) -> [CoreHarness.Said] {
        agent.control(.sync(Sync(flow: Data.flow(flow), count: count)), 7, vnf: 2, from: Data.peer(0))
    }

    @Test func whatManyFlowsWaitForIsAskedForOnceInEachRound() {
        let agent = destination()
        for flow in 0..<3 { _ = agent.receive(Data.frame(10 + flow, of: flow), from: .network(0)) }
        agent.control(.startDestination(Data.groupStart()), 7, vnf: 2)
        for flow in 0..<3 { _ = joins(agent, flow) }
        for number in 1..<3 { agent.control(Data.straggler(number, of: 1, as: UInt32(number)), 7, vnf: 2, from: Data.peer(0)) }
        for asking in [0, 2] {
            #expect(sync(agent, asking, 1) == [toPeer(.resend([0]))])
            for flow in 0..<3 where flow != asking { #expect(sync(agent, flow, 1) == []) }
        }
        agent.control(Data.straggler(0, as: 0), 7, vnf: 2, from: Data.peer(0))
        #expect(sync(agent, 1, 3) == [toPeer(.syncAck(flow: Data.flow(1)))])
        #expect(sync(agent, 2, 4) == [toPeer(.resend([3]))], "some have come")
    }

    @Test func theSourceSaysWhereStragglersEndOnlyToADestinationThatHasGotSome() {
        let agent = CoreHarness(vnf: 1)
        agent.control(.startSource(Data.groupStart(isStraight: true)), 7, vnf: 1)
        for number in 0..<3 { _ = agent.receive(Data.frame(number, of: 0), from: .network(0)) }
        agent.control(.fence(flow: Data.flow(0)), 7, vnf: 1)
        _ = agent.drain()
        func resend(_ numbers: ClosedRange<Int>) -> [CoreHarness.Said] {
            agent.control(.resend(numbers.map(UInt32.init)), 7, vnf: 1, from: Data.peer(0))
        }
        func stragglers(_ numbers: ClosedRange<Int>) -> [CoreHarness.Said] { numbers.map { toPeer(Data.straggler($0, as: UInt32($0))) } }
        let sync = toPeer(.sync(Sync(flow: Data.flow(0), count: 3)))
        #expect(resend(0...2) == stragglers(0...2) + [sync])
        #expect(resend(0...2) == stragglers(0...2), "it has no room")
        #expect(resend(1...2) == stragglers(1...2) + [sync])
    }

    @Test func flowsJoinAndOpenOneByOne() {
        let agent = destination(functionConnected: true)
        for flow in 0..<2 { _ = agent.receive(Data.frame(10 + flow, of: flow), from: .network(0)) }
        _ = agent.drain()
        #expect(joins(agent, 0) == [])
        #expect(agent.counters.unexpected == 1, "START has not come: it will be asked about again")
        let told = CoreHarness.Said.told(
            .start(handover: 7, role: .destination, subject: .match(Data.match()), isBidirectional: false, peer: Peer(vnf: 1)))
        #expect(agent.control(.startDestination(Data.groupStart()), 7, vnf: 2) == [said(.startAck(received: 0)), told])
        _ = agent.function(.ready(7))
        for flow in 0..<2 { #expect(joins(agent, flow) == []) }
        #expect(agent.counters.heldFlows == 0)
        #expect(agent.receive(Data.frame(20, of: 0), from: .network(0)) == .taken)
        agent.control(Data.straggler(1, of: 1, as: 1), 7, vnf: 2, from: Data.peer(0))
        #expect(sync(agent, 0, 1) == [toPeer(.resend([0]))])
        agent.control(Data.straggler(0, as: 0), 7, vnf: 2, from: Data.peer(0))
        #expect(sync(agent, 0, 1) == [toPeer(.syncAck(flow: Data.flow(0)))])
        let transfer = agent.control(.transfer(Peer(vnf: 1)), 7, vnf: 2)
        #expect(transfer.last == .told(.transfer(handover: 7, subject: .match(Data.match()), peer: Peer(vnf: 1))))
        let released = agent.function(.stateReady(7))
        #expect(CoreHarness.functionFrames(released) == [0, 1, 10, 20])
        let finished = said(.handoverFinished(BufferUsage(packets: 2, bytes: 120, peakPackets: 2), flow: Data.flow(0)))
        #expect(released.last == finished)
        #expect(agent.receive(Data.frame(30, of: 0), from: .network(0)) == .pass)
        #expect(agent.receive(Data.frame(21, of: 1), from: .network(0)) == .taken)
        let straggler = agent.control(Data.straggler(2, of: 1, as: 2), 7, vnf: 2, from: Data.peer(0))
        #expect(CoreHarness.functionFrames(straggler) == [2])
        #expect(CoreHarness.functionFrames(sync(agent, 1, 3)) == [11, 21])
        #expect(agent.advance(by: .milliseconds(8)).first == finished)
        #expect(
            agent.control(.handoverFinished(nil), 7, vnf: 2) == [
                .told(.end(handover: 7, outcome: .completed)), said(.handoverFinishedAck()),
            ])
        #expect(agent.control(.handoverFinished(nil), 7, vnf: 2) == [said(.handoverFinishedAck())])
        #expect(agent.control(.handoverFinishedAck(flow: Data.flow(1)), 7, vnf: 2) == [])
        #expect(sync(agent, 1, 3) == [toPeer(.syncAck(flow: Data.flow(1)))])
        #expect(agent.control(.startDestination(Data.groupStart()), 7, vnf: 2) == [said(.startAck(received: 3))])
        #expect(agent.receive(Data.frame(31, of: 1), from: .network(0)) == .pass)
        #expect(agent.counters.openHandovers == 0)
        #expect(agent.counters.inSwitchBuffers == .zero)
        #expect(agent.counters.inControlBuffers == .zero)
        #expect(agent.counters.unacknowledged == 0)
    }

    @Test func aGroupDoesNotEndWhileAFlowWaitsInIt() {
        let agent = destination()
        agent.control(.startDestination(Data.groupStart()), 7, vnf: 2)
        #expect(agent.control(.handoverFinished(nil), 7, vnf: 2) == [], "the state is not in place")
        agent.control(.transfer(Peer(vnf: 1)), 7, vnf: 2)
        _ = agent.receive(Data.frame(0, of: 0), from: .network(0))
        _ = joins(agent, 0)
        _ = agent.drain()
        #expect(agent.control(.handoverFinished(nil), 7, vnf: 2) == [])
        #expect(sync(agent, 0, 0).first == toPeer(.syncAck(flow: Data.flow(0))))
        #expect(agent.control(.handoverFinished(nil), 7, vnf: 2) == [said(.handoverFinishedAck())])
    }

    @Test func stragglersOfFlowsThatNeverCameAreWaitedForAtTheEnd() {
        let agent = destination()
        agent.control(.startDestination(Data.groupStart()), 7, vnf: 2)
        agent.control(.transfer(Peer(vnf: 1)), 7, vnf: 2)
        #expect(agent.control(.sync(Sync(count: 1)), 7, vnf: 2, from: Data.peer(0)) == [toPeer(.resend([0]))])
        #expect(CoreHarness.functionFrames(agent.control(Data.straggler(0, as: 0), 7, vnf: 2, from: Data.peer(0))) == [0])
        #expect(agent.control(.sync(Sync(count: 1)), 7, vnf: 2, from: Data.peer(0)) == [toPeer(.syncAck())])
    }

    @Test func aControllerThatHasLostTheSourceEndsTheStream() {
        let agent = destination()
        agent.control(.startDestination(Data.groupStart()), 7, vnf: 2)
        _ = agent.receive(Data.frame(9, of: 0), from: .network(0))
        _ = joins(agent, 0)
        agent.control(Data.straggler(1, as: 1), 7, vnf: 2, from: Data.peer(0))
        agent.control(.transfer(.nobody), 7, vnf: 2)
        #expect(agent.control(.startDestination(Data.groupStart()), 7, vnf: 2) == [said(.startAck(received: 2))])
        #expect(agent.control(.releaseFinished(count: 2), 7, vnf: 2) == [said(.resend([0]))])
        #expect(CoreHarness.functionFrames(agent.control(.transport(.tombstone(0)), 7, vnf: 2)) == [1])
        #expect(CoreHarness.functionFrames(agent.control(.releaseFinished(count: 2), 7, vnf: 2)) == [9])
        _ = agent.receive(Data.frame(10, of: 1), from: .network(0))
        #expect(CoreHarness.functionFrames(joins(agent, 1)) == [10])
    }

    @Test func anAbortedGroupReturnsWhatItHeldAndWhatStillComes() {
        let agent = destination()
        agent.control(.startDestination(Data.groupStart()), 7, vnf: 2)
        for number in 0..<4 { _ = agent.receive(Data.frame(number, of: number % 2, size: 1_400), from: .network(0)) }
        for flow in 0..<2 { _ = joins(agent, flow) }
        agent.control(Data.straggler(9, as: 0), 7, vnf: 2, from: Data.peer(0))
        _ = agent.receive(Data.frame(4, of: 2), from: .network(0))
        _ = agent.drain()
        #expect(agent.control(.abort(reason: ""), 7, vnf: 2) == [said(.abortAck(refusal: nil))])
        #expect(agent.counters.inControlBuffers == .zero)
        #expect(joins(agent, 2) == [])
        _ = agent.receive(Data.frame(5, of: 1), from: .network(0))
        #expect(agent.drain() == [], "it waits for the way back")
        #expect(agent.control(.fence(), 7, vnf: 2) == [said(.fenceAck(stragglers: 6))])
        let returned = agent.control(.resend([0, 1, 2, 3, 4]), 7, vnf: 2).compactMap { said -> Int? in
            if case .control(.straggler(let wrapped), _, _) = said { Data.number(wrapped.bytes) } else { nil }
        }
        #expect(returned == [0, 2, 1, 3, 4])
        #expect(agent.control(.startDestination(Data.groupStart()), 7, vnf: 2) == [])
        agent.control(.handoverFinished(nil), 7, vnf: 2)
        #expect(agent.counters.inStragglers == .zero)
        #expect(agent.counters.openHandovers == 0)
        #expect(agent.receive(Data.frame(6, of: 1), from: .network(0)) == .taken, "it is armed still")
    }

    @Test func withTheStateInPlaceAnAbortComesTooLate() {
        let agent = destination()
        agent.control(.startDestination(Data.groupStart()), 7, vnf: 2)
        agent.control(.transfer(Peer(vnf: 1)), 7, vnf: 2)
        #expect(agent.control(.abort(reason: ""), 7, vnf: 2) == [said(.abortAck(refusal: "the state is in place"))])
    }

    @Test func whatAGroupHoldsIsLimited() {
        let agent = destination(limits: Limits(handover: .init(packets: 10, bytes: 100_000), flows: 100))
        agent.control(.startDestination(Data.groupStart()), 7, vnf: 2)
        for number in 0..<5 { _ = agent.receive(Data.frame(number, of: 0), from: .network(0)) }
        _ = joins(agent, 0)
        _ = agent.drain()
        for number in 5..<10 { #expect(agent.receive(Data.frame(number, of: 0), from: .network(0)) == .taken) }
        #expect(agent.drain() == [said(.abort(reason: "buffer limit"))])
        #expect(agent.receive(Data.frame(10, of: 0), from: .network(0)) == .drop(.handoverLimit))
    }
}
