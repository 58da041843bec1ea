import ControlFrames
import HSLCore
import Testing
import Timing

@Suite struct LimitTests {
    private static let limits = Limits(
        handover: Amount(packets: 10, bytes: 10_000), total: Amount(packets: 15, bytes: 15_000), handovers: 8)
    private let agent = CoreHarness(vnf: 2, limits: limits)
    private let alarm = CoreHarness.Said.control(.abort(reason: "buffer limit"), 7, port: 0)

    @Test func abortIsAskedForBeforeAnythingIsDropped() {
        agent.control(.startDestination(Data.start()), 7, vnf: 2)
        for number in 0..<10 {
            #expect(agent.receive(Data.frame(number), from: .network(0)) == .taken)
            #expect(agent.drain() == (number == 8 ? [alarm] : []))
        }
        #expect(agent.receive(Data.frame(10), from: .network(0)) == .drop(.handoverLimit))
        #expect(agent.counters.droppedAtHandoverLimit == 1)
        #expect(agent.advance(by: .milliseconds(8)) == [alarm])
        #expect(agent.control(.abortAck(refusal: nil), 7, vnf: 2) == [])
        #expect(agent.advance(by: .seconds(1)) == [])
        #expect(agent.receive(Data.frame(10), from: .network(0)) == .drop(.handoverLimit))
        #expect(agent.drain() == [])
    }

    @Test func allHandoversTogetherAreLimitedToo() {
        agent.control(.startDestination(Data.start()), 7, vnf: 2)
        agent.control(.startDestination(Start(from: 1, to: 2, flow: Data.flows[1], directions: 1)), 8, vnf: 2, port: 1)
        for number in 0..<8 { _ = agent.receive(Data.frame(number), from: .network(0)) }
        for number in 0..<7 { #expect(agent.receive(Data.frame(number, port: 1), from: .network(1)) == .taken) }
        #expect(agent.receive(Data.frame(9), from: .network(0)) == .drop(.totalLimit))
        #expect(agent.counters.droppedInTotal == 1)
    }

    @Test func bytesAreLimitedAsPacketsAre() {
        agent.control(.startDestination(Data.start()), 7, vnf: 2)
        for number in 0..<6 { #expect(agent.receive(Data.frame(number, size: 1_500), from: .network(0)) == .taken) }
        #expect(agent.receive(Data.frame(6, size: 1_500), from: .network(0)) == .drop(.handoverLimit))
        #expect(agent.receive(Data.frame(6, size: 60), from: .network(0)) == .taken)
    }

    @Test func aTransportWithoutRoomIsAskedForAgain() {
        agent.control(.startDestination(Data.start()), 7, vnf: 2)
        for number in 2..<12 { _ = agent.receive(Data.frame(number), from: .network(0)) }
        agent.control(Data.transport(0, as: 0), 7, vnf: 2)
        #expect(agent.counters.refusedTransports == 1)
        #expect(agent.control(.releaseFinished(count: 1), 7, vnf: 2) == [.control(.resend([0]), 7, port: 0)])
    }

    @Test func aFullSwitchBufferDoesNotKeepTransportsFromPassing() {
        agent.control(.startDestination(Data.start()), 7, vnf: 2)
        for number in 1..<11 { _ = agent.receive(Data.frame(number), from: .network(0)) }
        agent.control(.transfer(Peer(vnf: 1)), 7, vnf: 2)
        #expect(agent.control(Data.transport(0, as: 0), 7, vnf: 2) == [.function(Data.frame(0), port: 0)])
        let said = agent.control(.releaseFinished(count: 1), 7, vnf: 2)
        #expect(said.filter { if case .function = $0 { true } else { false } }.count == 10)
    }

    @Test func stragglersAreLimitedAsWell() {
        let agent = CoreHarness(vnf: 1, limits: Self.limits)
        agent.control(.startSource(Data.start()), 7, vnf: 1)
        for number in 0..<10 { _ = agent.receive(Data.frame(number), from: .network(0)) }
        #expect(agent.drain().filter { $0 == alarm }.count == 1)
        #expect(agent.receive(Data.frame(10), from: .network(0)) == .drop(.handoverLimit))
        #expect(agent.control(.fence(), 7, vnf: 1) == [.control(.fenceAck(stragglers: 10), 7, port: 0)])
        agent.control(.handoverFinished(nil), 7, vnf: 1)
        #expect(agent.counters.inStragglers == .zero)
    }
}
