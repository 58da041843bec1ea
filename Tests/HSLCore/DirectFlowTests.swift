import ControlFrames
import Frames
import HSLCore
import Testing
import Timing

/// A flow handover in direct mode: stragglers and SYNC go from HSL to HSL.
@Suite struct DirectFlowTests {
    private func said(_ message: ControlMessage, _ id: HandoverID = 7, port: Int = 0) -> CoreHarness.Said {
        .control(message, id, port: port)
    }

    private func toPeer(_ message: ControlMessage) -> CoreHarness.Said { .peer(message, 7, port: 0) }

    // MARK: Source

    private func source(directions: UInt32 = 1) -> CoreHarness {
        let agent = CoreHarness(vnf: 1)
        agent.control(.startSource(Start(from: 1, to: 2, flow: Data.flow(0), directions: directions, straightTo: Data.peer(0))), 7, vnf: 1)
        return agent
    }

    @Test func stragglersGoStraightToTheDestination() {
        let agent = source()
        for number in 0..<2 { #expect(agent.receive(Data.frame(number, of: 0), from: .network(0)) == .taken) }
        #expect(agent.drain() == [toPeer(Data.straggler(0, as: 0)), toPeer(Data.straggler(1, as: 1))])
    }

    @Test func aFenceIsAcknowledgedOnceTheDestinationHasEverything() {
        let agent = source()
        _ = agent.receive(Data.frame(0, of: 0), from: .network(0))
        _ = agent.drain()
        let sync = toPeer(.sync(Sync(count: 1)))
        #expect(agent.control(.fence(), 7, vnf: 1) == [sync])
        #expect(agent.control(.fence(), 7, vnf: 1) == [sync])
        #expect(agent.advance(by: .seconds(60)) == [], "the controller repeats FENCE")
        #expect(agent.control(.syncAck(), 7, vnf: 1, from: Data.peer(0)) == [said(.fenceAck(stragglers: 1))])
        #expect(agent.control(.fence(), 7, vnf: 1) == [said(.fenceAck(stragglers: 1))])
        #expect(agent.advance(by: .seconds(60)) == [])
        agent.control(.handoverFinished(nil), 7, vnf: 1)
        #expect(agent.counters.inStragglers == .zero)
        #expect(agent.counters.openHandovers == 0)
    }

    @Test func theControllerIsToldThatStragglersAreOnTheirWayAsOftenAsTheDestinationAsksForThem() {
        let agent = source()
        for number in 0..<2 { _ = agent.receive(Data.frame(number, of: 0), from: .network(0)) }
        _ = agent.drain()
        let sync = toPeer(.sync(Sync(count: 2)))
        #expect(agent.control(.fence(), 7, vnf: 1) == [sync])
        agent.control(.resend([1]), 7, vnf: 1, from: Data.peer(0))
        #expect(agent.control(.fence(), 7, vnf: 1) == [sync, said(.fencing)])
        #expect(agent.control(.fence(), 7, vnf: 1) == [sync], "the destination may be gone")
        agent.control(.resend([0]), 7, vnf: 1)
        #expect(agent.control(.fence(), 7, vnf: 1) == [sync], "the controller has asked itself")
        agent.control(.syncAck(), 7, vnf: 1, from: Data.peer(0))
        #expect(agent.control(.fence(), 7, vnf: 1) == [said(.fenceAck(stragglers: 2))])
    }

    @Test func whoAsksForStragglersGetsThem() {
        let agent = source()
        for number in 0..<2 { _ = agent.receive(Data.frame(number, of: 0), from: .network(0)) }
        _ = agent.drain()
        #expect(agent.control(.resend([1]), 7, vnf: 1, from: Data.peer(0)) == [toPeer(Data.straggler(1, as: 1))])
        #expect(agent.control(.resend([0]), 7, vnf: 1) == [said(Data.straggler(0, as: 0))])
        #expect(agent.control(.resend([0]), 7, vnf: 1, from: .broadcast) == [said(Data.straggler(0, as: 0))])
    }

    @Test func theDestinationHearsFromTheSourceOnEveryInterfaceThatTheStateIsFrozen() {
        let agent = CoreHarness(vnf: 1)
        func start(_ port: Int, isRepeated: Bool = false) -> [CoreHarness.Said] {
            var start = Start(from: 1, to: 2, flow: Data.flow(0, port: port), directions: 2, straightTo: Data.peer(port))
            start.isRepeated = isRepeated
            return agent.control(.startSource(start), 7, vnf: 1, port: port)
        }
        #expect(start(0) == [])
        let frozen = (0..<2).map { CoreHarness.Said.peer(.frozen, 7, port: $0) }
        let acknowledged = (0..<2).map { said(.startAck(received: nil), port: $0) }
        #expect(start(1) == frozen + acknowledged)
        #expect(start(1, isRepeated: true) == frozen + acknowledged, "it may be lost")
    }

    @Test func aSourceThatMayHaveHadAPredecessorLeavesItToTheController() {
        let agent = CoreHarness(vnf: 1)
        for port in 0..<2 {
            var start = Start(from: 1, to: 2, flow: Data.flow(0, port: port), directions: 2, straightTo: Data.peer(port))
            start.isRepeated = port == 0
            let answers = agent.control(.startSource(start), 7, vnf: 1, port: port)
            #expect(!answers.contains { if case .peer(.frozen, _, _) = $0 { true } else { false } })
        }
        #expect(agent.counters.openHandovers == 1)
    }

    @Test func afterAnAbortStragglersAreKeptAndGoToTheFunctionWhenTheFlowComesBack() {
        let agent = source()
        _ = agent.receive(Data.frame(0, of: 0), from: .network(0))
        agent.control(.fence(), 7, vnf: 1)
        #expect(agent.control(.abort(reason: ""), 7, vnf: 1) == [said(.abortAck(refusal: nil))])
        #expect(agent.receive(Data.frame(1, of: 0), from: .network(0)) == .taken)
        #expect(agent.drain() == [])
        #expect(agent.advance(by: .seconds(5)) == [])
        let home = Start(from: 1, to: 1, flow: Data.flow(0), directions: 1)
        let back = agent.control(.startDestination(home), 7, vnf: 1)
        #expect(CoreHarness.functionFrames(back) == [0, 1])
        #expect(back.last == said(.startAck(received: 0)))
        #expect(agent.receive(Data.frame(3, of: 0), from: .network(0)) == .taken)
        #expect(agent.control(Data.transport(2, as: 0), 7, vnf: 1) == [.function(Data.frame(2), port: 0)])
        #expect(CoreHarness.functionFrames(agent.control(.releaseFinished(count: 1), 7, vnf: 1)) == [3])
        #expect(agent.counters.inStragglers == .zero)
    }

    // MARK: Destination

    private func destination() -> CoreHarness {
        let agent = CoreHarness(vnf: 2)
        for port in 0..<2 { agent.control(.arm(Arm(vnf: 2, match: Data.match(port: port))), 100, vnf: 2, port: port) }
        return agent
    }

    private func start(_ agent: CoreHarness, port: Int = 0, directions: UInt32 = 1) -> [CoreHarness.Said] {
        let start = Start(from: 1, to: 2, flow: Data.flow(0, port: port), directions: directions)
        return agent.control(.startDestination(start), 7, vnf: 2, port: port)
    }

    @Test func whatAnArmingHeldIsTheSwitchBufferOfItsHandover() {
        let agent = destination()
        for number in 2..<4 { _ = agent.receive(Data.frame(number, of: 0), from: .network(0)) }
        _ = agent.drain()
        #expect(start(agent) == [said(.startAck(received: 0))])
        #expect(agent.receive(Data.frame(4, of: 0), from: .network(0)) == .taken)
        #expect(agent.counters.heldFlows == 0)
        agent.control(Data.straggler(1, as: 1), 7, vnf: 2, from: Data.peer(0))
        #expect(agent.control(.sync(Sync(count: 2)), 7, vnf: 2, from: Data.peer(0)) == [toPeer(.resend([0]))])
        agent.control(Data.straggler(0, as: 0), 7, vnf: 2, from: Data.peer(0))
        #expect(agent.control(.sync(Sync(count: 2)), 7, vnf: 2, from: Data.peer(0)) == [toPeer(.syncAck())])
        let opened = agent.control(.transfer(Peer(vnf: 1)), 7, vnf: 2)
        #expect(CoreHarness.functionFrames(opened) == [0, 1, 2, 3, 4])
        let usage = BufferUsage(packets: 5, bytes: 300, peakPackets: 5)
        #expect(opened.last == said(.handoverFinished(usage)))
        #expect(agent.receive(Data.frame(5, of: 0), from: .network(0)) == .pass)
        agent.control(.handoverFinishedAck(), 7, vnf: 2)
        #expect(agent.receive(Data.frame(6, of: 0), from: .network(0)) == .pass)
        #expect(agent.control(.sync(Sync(count: 2)), 7, vnf: 2, from: Data.peer(0)) == [toPeer(.syncAck())])
        #expect(agent.counters.inSwitchBuffers == .zero)
        #expect(agent.counters.inControlBuffers == .zero)
    }

    @Test func theStateIsFetchedAsSoonAsTheSourceHasSaidOnEveryInterfaceThatItIsFrozen() {
        let agent = destination()
        _ = agent.receive(Data.frame(0, of: 0), from: .network(0))
        _ = agent.drain()
        for port in 0..<2 { _ = start(agent, port: port, directions: 2) }
        for port in 0..<2 { #expect(agent.control(.sync(Sync(count: 0)), 7, vnf: 2, port: port, from: Data.peer(port)).count == 1) }
        #expect(agent.control(.frozen, 7, vnf: 2, from: Data.peer(0)) == [])
        #expect(agent.control(.frozen, 7, vnf: 2, from: Data.peer(0)) == [], "its last packets may be on the way out of the other one")
        let opened = agent.control(.frozen, 7, vnf: 2, port: 1, from: Data.peer(1))
        #expect(CoreHarness.functionFrames(opened) == [0])
        #expect(opened.contains(said(.handoverFinished(BufferUsage(packets: 1, bytes: 60, peakPackets: 1)))))
        #expect(agent.control(.transfer(Peer(vnf: 1)), 7, vnf: 2) == [said(.transferAck)], "the controller says it too")
    }

    @Test func aDestinationThatMayHaveHadAPredecessorWaitsForTheController() {
        let agent = destination()
        for port in 0..<2 {
            var start = Start(from: 1, to: 2, flow: Data.flow(0, port: port), directions: 2)
            start.isRepeated = true
            _ = agent.control(.startDestination(start), 7, vnf: 2, port: port)
        }
        for port in 0..<2 { #expect(agent.control(.frozen, 7, vnf: 2, port: port, from: Data.peer(port)) == []) }
        #expect(agent.receive(Data.frame(0, of: 0), from: .network(0)) == .taken)
        _ = agent.drain()
        for port in 0..<2 { _ = agent.control(.sync(Sync(count: 0)), 7, vnf: 2, port: port, from: Data.peer(port)) }
        #expect(CoreHarness.functionFrames(agent.control(.transfer(Peer(vnf: 1)), 7, vnf: 2)) == [0])
    }

    @Test func wordOfAFrozenStateForAnUnknownHandoverIsCounted() {
        let agent = destination()
        #expect(agent.control(.frozen, 7, vnf: 2, from: Data.peer(0)) == [])
        #expect(agent.counters.unexpected == 1)
    }

    @Test func aDirectionThatWasNotSeenBeforeItsStartIsAskedAboutAtItsFirstFrame() {
        let agent = destination()
        _ = agent.receive(Data.frame(0, of: 0), from: .network(0))
        _ = agent.drain()
        for port in 0..<2 { _ = start(agent, port: port, directions: 2) }
        #expect(agent.receive(Data.frame(0, of: 0, port: 1), from: .network(1)) == .taken)
        let seen = said(.seen(Data.seen(0, port: 1)), 100, port: 1)
        #expect(agent.drain() == [seen])
        #expect(agent.receive(Data.frame(1, of: 0, port: 1), from: .network(1)) == .taken)
        #expect(agent.drain() == [])
        #expect(agent.advance(by: .milliseconds(8)).contains(seen))
        for port in 0..<2 {
            agent.control(.seenAck(SeenAck(flow: Data.flow(0, port: port), verdict: .wait)), 100, vnf: 2, port: port)
        }
        #expect(agent.advance(by: .seconds(60)) == [])
    }

    @Test func whoSaysThatThereWereFewerStragglersThanHaveComeIsAnotherProcessAndGetsNoAnswer() {
        let agent = destination()
        _ = agent.receive(Data.frame(3, of: 0), from: .network(0))
        _ = start(agent)
        agent.control(.transfer(Peer(vnf: 1)), 7, vnf: 2)
        agent.control(Data.straggler(2, as: 2), 7, vnf: 2, from: Data.peer(0))
        _ = agent.drain()
        #expect(agent.control(.sync(Sync(count: 0)), 7, vnf: 2, from: Data.peer(0)) == [])
        #expect(agent.control(.sync(Sync(count: 2)), 7, vnf: 2, from: Data.peer(0)) == [])
        // The controller says at last that what came is all there is.
        #expect(CoreHarness.functionFrames(agent.control(.releaseFinished(count: .max), 7, vnf: 2)) == [2, 3])
    }

    @Test func stragglersAndSyncOfAnUnknownHandoverGetNoAnswer() {
        let agent = destination()
        #expect(agent.control(Data.straggler(0, as: 0), 7, vnf: 2, from: Data.peer(0)) == [])
        #expect(agent.control(.sync(Sync(count: 1)), 7, vnf: 2, from: Data.peer(0)) == [])
        #expect(agent.counters.unexpected == 2)
    }

    @Test func anAbortReturnsWhatCameDirectlyToTheControllerOnly() {
        let agent = destination()
        _ = agent.receive(Data.frame(1, of: 0), from: .network(0))
        _ = start(agent)
        agent.control(Data.straggler(0, as: 0), 7, vnf: 2, from: Data.peer(0))
        #expect(agent.control(.abort(reason: ""), 7, vnf: 2) == [said(.abortAck(refusal: nil))])
        #expect(agent.receive(Data.frame(2, of: 0), from: .network(0)) == .taken)
        #expect(agent.drain() == [said(Data.straggler(2, as: 1))])
        #expect(agent.control(.fence(), 7, vnf: 2) == [said(.fenceAck(stragglers: 2))])
        #expect(agent.control(.resend([0]), 7, vnf: 2) == [said(Data.straggler(1, as: 0))])
        agent.control(.handoverFinished(nil), 7, vnf: 2)
        #expect(agent.counters.openHandovers == 0)
        #expect(agent.counters.inStragglers == .zero)
    }

    @Test func anAbortThatComesBeforeStartLosesNothingThatIsHeld() {
        let agent = destination()
        _ = agent.receive(Data.frame(0, of: 0), from: .network(0))
        _ = agent.drain()
        #expect(agent.control(.abort(reason: ""), 7, vnf: 2) == [said(.abortAck(refusal: nil))])
        #expect(start(agent) == [said(.startAck(received: 0))])
        _ = agent.receive(Data.frame(1, of: 0), from: .network(0))
        #expect(agent.drain() == [said(Data.straggler(1, as: 1))])
        #expect(agent.control(.fence(), 7, vnf: 2) == [said(.fenceAck(stragglers: 2))])
        #expect(agent.control(.resend([0]), 7, vnf: 2) == [said(Data.straggler(0, as: 0))])
        #expect(start(agent) == [])
        agent.control(.handoverFinished(nil), 7, vnf: 2)
        #expect(agent.counters.openHandovers == 0)
        #expect(agent.counters.inStragglers == .zero)
        #expect(agent.counters.heldFlows == 0)
    }

    @Test func sealedFramesOfSeveralSendersAreNoReplaysOfOneAnother() throws {
        let key = try ControlKey(Array(0..<32))
        let agent = CoreHarness(vnf: 2, key: key)
        func receive(_ message: ControlMessage, from source: MACAddress, counter: UInt64) {
            let frame = ControlFrame(source: source, destination: CoreHarness.address(2, port: 0), handover: 7, message: message)
            _ = agent.receive(key.seal(frame, counter: counter), from: .network(0))
        }
        receive(.startDestination(Data.start()), from: .zero, counter: 1_000)
        receive(Data.straggler(0, as: 0), from: Data.peer(0), counter: 5)
        receive(Data.straggler(1, as: 1), from: Data.peer(0), counter: 5)
        receive(.transfer(Peer(vnf: 1)), from: .zero, counter: 1_001)
        #expect(CoreHarness.functionFrames(agent.drain()) == [0])
        #expect(agent.counters.replayed == 1)
    }
}
