import ControlFrames
import HSLCore
import Testing
import Timing

/// What a controller that was restarted needs of a core, and what it learns of an agent that was.
@Suite struct ControllerRestartTests {
    private let agent = CoreHarness(vnf: 2)

    private func say(_ message: ControlMessage, port: Int = 0) -> [CoreHarness.Said] {
        agent.control(message, 7, vnf: 2, port: port)
    }

    private func said(_ message: ControlMessage, port: Int = 0) -> CoreHarness.Said { .control(message, 7, port: port) }

    private func lost(_ sequence: UInt32) -> ControlMessage { .transport(.tombstone(sequence)) }

    @Test func theAcknowledgementOfStartSaysWhereNumberingGoesOn() {
        let start = ControlMessage.startDestination(Data.start())
        #expect(say(start) == [said(.startAck(received: 0))])
        _ = say(Data.transport(0, as: 0))
        #expect(say(start) == [said(.startAck(received: 1))])
        _ = say(.transport(WrappedFrame(sequence: 4, part: .init(index: 0, of: 2), bytes: [1])))
        #expect(say(start) == [said(.startAck(received: 5))])
        _ = say(Data.transport(2, as: 2))
        #expect(say(start) == [said(.startAck(received: 5))])
        _ = say(Data.transport(9, as: .max))
        #expect(say(start) == [said(.startAck(received: .max))])
    }

    @Test func anEndedDirectionStillSaysIt() {
        _ = say(.startDestination(Data.start()))
        _ = (say(Data.transport(0, as: 0)), say(.releaseFinished(count: 1)), say(.transfer(Peer(vnf: 1))))
        _ = say(.handoverFinishedAck())
        #expect(say(.startDestination(Data.start())) == [said(.startAck(received: 1))])
    }

    @Test func aLostFrameHoldsNothingUp() {
        _ = say(.startDestination(Data.start()))
        for message in [lost(0), Data.transport(1, as: 1), lost(1), lost(0), Data.transport(3, as: 3)] { _ = say(message) }
        #expect(agent.counters.tombstones == 1)
        #expect(agent.counters.duplicateTransports == 2)
        #expect(agent.counters.held == 2)
        #expect(say(.releaseFinished(count: 4)) == [said(.resend([2]))])
        #expect(say(.transfer(Peer(vnf: 1))) == [said(.transferAck), .function(Data.frame(1), port: 0)])
        #expect(say(lost(2)) == [.function(Data.frame(3), port: 0)])
        #expect(say(lost(4)) == [])
        #expect(agent.counters.tombstones == 3)
        let usage = BufferUsage(packets: 2, bytes: 120, peakPackets: 3)
        #expect(say(.releaseFinished(count: 5)) == [said(.releaseFinishedAck), said(.handoverFinished(usage))])
        #expect(agent.counters.inControlBuffers == .zero)
    }

    @Test func theRestOfAFrameMayBeLost() {
        _ = say(.startDestination(Data.start()))
        _ = say(.transport(WrappedFrame(sequence: 0, part: .init(index: 0, of: 2), bytes: [1])))
        _ = (say(lost(0)), say(Data.transport(1, as: 1)))
        #expect(say(.releaseFinished(count: 2)) == [said(.releaseFinishedAck)])
        #expect(say(.transfer(Peer(vnf: 1))).contains(.function(Data.frame(1), port: 0)))
    }

    @Test func tombstonesMeetTheLimitsToo() {
        let limits = Limits(handover: Amount(packets: 10, bytes: 10_000), total: Amount(packets: 15, bytes: 15_000), handovers: 8)
        let agent = CoreHarness(vnf: 2, limits: limits)
        agent.control(.startDestination(Data.start()), 7, vnf: 2)
        for number in UInt32(1)..<1_000 { agent.control(lost(number), 7, vnf: 2) }
        #expect(agent.counters.inControlBuffers.packets == 10)
        #expect(agent.counters.tombstones == 10)
    }

    @Test(arguments: [ControlMessage.fence(), .releaseFinished(count: 1), .transfer(Peer(vnf: 1)), Data.transport(0, as: 0), .resend([0])])
    func aFrameOfAnUnknownHandoverIsAnsweredByAbort(_ message: ControlMessage) {
        let unknown = [said(.abort(reason: "unknown handover"))]
        #expect(say(message) == unknown)
        #expect(say(message) == [])
        #expect(agent.advance(by: .milliseconds(7)) == [])
        #expect(say(message) == [])
        #expect(say(message, port: 1) == [said(.abort(reason: "unknown handover"), port: 1)])
        _ = agent.advance(by: .milliseconds(1))
        #expect(say(message) == unknown)
        #expect(agent.counters.unexpected == 5)
    }

    @Test func aFloodOfFramesOfUnknownHandoversGetsFewAnswers() {
        var answers = 0
        for number in 0..<10_000 {
            answers += agent.control(Data.transport(0, as: UInt32(number)), HandoverID(rawValue: UInt16(number % 100)), vnf: 2).count
        }
        #expect(answers == 100)
    }

    @Test func aHandoverThatIsKnownOnAnotherInterfaceOrHasEndedIsNotUnknown() {
        _ = say(.startDestination(Data.start(directions: 2)))
        for message in [ControlMessage.fence(), .releaseFinished(count: 1), Data.transport(0, as: 0), .resend([0])] {
            #expect(say(message, port: 1) == [])
        }
        agent.control(.startSource(Start(from: 2, to: 3, flow: Data.flows[1], directions: 1)), 8, vnf: 2, port: 1)
        agent.control(.handoverFinished(nil), 8, vnf: 2, port: 1)
        for port in 0..<2 { #expect(agent.control(.fence(), 8, vnf: 2, port: port) == []) }
        #expect(agent.control(.handoverFinished(nil), 9, vnf: 2) == [.control(.handoverFinishedAck(), 9, port: 0)])
        #expect(agent.control(.startDestination(Data.start()), 9, vnf: 2) == [])
    }
}
