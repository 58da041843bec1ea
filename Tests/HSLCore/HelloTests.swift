import ControlFrames
import Frames
import HSLCore
import Testing

@Suite struct HelloTests {
    @Test func anAgentSaysWhatItCanWhereItIsAsked() {
        let agent = CoreHarness(vnf: 2)
        #expect(agent.control(.hello, .none, vnf: 2, port: 1) == [.control(.helloAck(.direct), .none, port: 1)])
    }

    @Test func itSaysSoOutOfEveryInterfaceWhenItStarts() {
        let agent = CoreHarness(vnf: 2)
        agent.core.announce()
        #expect(agent.drain() == [.control(.helloAck(.direct), .none, port: 0), .control(.helloAck(.direct), .none, port: 1)])
    }

    @Test func anAgentWithoutDirectModeSaysThatAndRefusesItAll() {
        let agent = CoreHarness(vnf: 2, capabilities: [])
        #expect(agent.control(.hello, .none, vnf: 2) == [.control(.helloAck([]), .none, port: 0)])
        let id = HandoverID(rawValue: 7)
        let refusal = CoreHarness.Said.control(.abort(reason: "it takes no part in direct mode"), id, port: 0)
        #expect(agent.control(.arm(Arm(vnf: 2, match: Data.match())), id, vnf: 2) == [refusal])
        let peer = CoreHarness.address(3, port: 0)
        let starts = [
            Start(from: 2, to: 3, flow: Data.flow(0), directions: 1, straightTo: peer),
            Start(from: 2, to: 3, subject: .match(Data.match()), directions: 1),
        ]
        for start in starts { #expect(agent.control(.startSource(start), id, vnf: 2) == [refusal]) }
        #expect(agent.receive(Data.frame(0), from: .network(0)) == .pass)
        #expect(agent.counters.refusedStarts == 3)
    }

    @Test func itTakesPartInThePapersMode() {
        let agent = CoreHarness(vnf: 2, capabilities: [])
        let start = Start(from: 2, to: 3, flow: Data.flow(0), directions: 1)
        let said = agent.control(.startSource(start), HandoverID(rawValue: 7), vnf: 2)
        #expect(said.contains(.control(.startAck(received: nil), HandoverID(rawValue: 7), port: 0)))
    }
}
