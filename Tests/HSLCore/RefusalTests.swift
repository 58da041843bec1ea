import ControlFrames
import HSLCore
import Testing

@Suite struct RefusalTests {
    private func aborts(_ said: [CoreHarness.Said], _ handover: HandoverID = 8) -> Bool {
        if case .control(.abort, handover, port: 0)? = said.first, said.count == 1 { true } else { false }
    }

    @Test func aFlowIsInOneHandoverAtATime() {
        let agent = CoreHarness(vnf: 1)
        agent.control(.startSource(Data.start()), 7, vnf: 1)
        let back = Start(from: 2, to: 1, flow: Data.flows[0], directions: 1)
        #expect(aborts(agent.control(.startDestination(back), 8, vnf: 1)))
        #expect(aborts(agent.control(.startSource(Data.start()), 8, vnf: 1)))
        #expect(agent.counters.refusedStarts == 2)
        agent.control(.handoverFinished(nil), 7, vnf: 1)
        #expect(agent.control(.startDestination(back), 8, vnf: 1) == [.control(.startAck(received: 0), 8, port: 0)])
    }

    @Test func anOpenDirectionMayBeHandedOnBeforeItsEndIsAcknowledged() {
        let agent = CoreHarness(vnf: 2)
        agent.control(.startDestination(Data.start()), 7, vnf: 2)
        agent.control(.releaseFinished(count: 0), 7, vnf: 2)
        agent.control(.transfer(Peer(vnf: 1)), 7, vnf: 2)
        let onward = Start(from: 2, to: 3, flow: Data.flows[0], directions: 1)
        #expect(agent.control(.startSource(onward), 8, vnf: 2) == Data.frozen(8))
        agent.control(.handoverFinishedAck(), 7, vnf: 2)
        #expect(agent.receive(Data.frame(0), from: .network(0)) == .taken)
    }

    @Test func whatCannotBeginIsRefused() {
        let agent = CoreHarness(vnf: 1)
        let same = Start(from: 1, to: 1, flow: Data.flows[0], directions: 1)
        #expect(aborts(agent.control(.startSource(same), 8, vnf: 1)))
        #expect(aborts(agent.control(.startSource(Data.start(directions: 3)), 8, vnf: 1)))
        agent.control(.startSource(Data.start()), 7, vnf: 1)
        #expect(aborts(agent.control(.startSource(Data.start(port: 1)), 7, vnf: 1), 7))
        #expect(agent.counters.openHandovers == 1)
    }

    @Test func aFlowThatComesToWhereItIsIsHeldWithoutATransfer() {
        let agent = CoreHarness(vnf: 1)
        let same = Start(from: 1, to: 1, flow: Data.flows[0], directions: 1)
        #expect(agent.control(.startDestination(same), 8, vnf: 1) == [.control(.startAck(received: 0), 8, port: 0)])
        #expect(agent.receive(Data.frame(0), from: .network(0)) == .taken)
        #expect(agent.control(.releaseFinished(count: 0), 8, vnf: 1).contains(.control(.releaseFinishedAck, 8, port: 0)))
        #expect(agent.receive(Data.frame(1), from: .network(0)) == .pass)
    }

    @Test func handoversAreLimited() {
        let agent = CoreHarness(vnf: 1)
        for number in UInt16(0)..<9 {
            let flow = Start(from: 1, to: 2, flow: .numbered(number), directions: 1)
            let said = agent.control(.startSource(flow), HandoverID(rawValue: number), vnf: 1)
            if number < 8 {
                #expect(said == Data.frozen(HandoverID(rawValue: number)))
            } else {
                #expect(aborts(said))
            }
        }
    }
}
