import ControlFrames
import HSLCore
import Testing
import Timing

@Suite struct DestinationTests {
    private let agent = CoreHarness(vnf: 2, functionConnected: true)
    private let peer = Peer(vnf: 1, address: "peer")

    private func start(directions: UInt32 = 1, port: Int = 0) -> [CoreHarness.Said] {
        agent.control(.startDestination(Data.start(directions: directions, port: port)), 7, vnf: 2, port: port)
    }

    private func control(_ message: ControlMessage) -> [CoreHarness.Said] {
        agent.control(message, 7, vnf: 2)
    }

    private func said(_ message: ControlMessage) -> CoreHarness.Said { .control(message, 7, port: 0) }

    private func released(_ numbers: [Int]) -> [CoreHarness.Said] { numbers.map { .function(Data.frame($0), port: 0) } }

    private func fetch() {
        _ = (agent.function(.ready(7)), control(.transfer(peer)))
    }

    @Test func startIsAcknowledgedBeforeTheFunctionIsReady() {
        let told = CoreHarness.Said.told(
            .start(handover: 7, role: .destination, subject: .flow(Data.flows[0]), isBidirectional: true, peer: peer))
        #expect(start(directions: 2, port: 1) == [.control(.startAck(received: 0), 7, port: 1)])
        #expect(start(directions: 2, port: 0) == [.control(.startAck(received: 0), 7, port: 0), told])
        #expect(start(directions: 2, port: 0) == [.control(.startAck(received: 0), 7, port: 0)])
    }

    @Test func transferWaitsForTheFunctionToBePrepared() {
        _ = start()
        #expect(control(.transfer(peer)) == [said(.transferAck)])
        #expect(agent.function(.ready(7)) == [.told(.transfer(handover: 7, subject: .flow(Data.flows[0]), peer: peer))])
        #expect(control(.transfer(peer)) == [said(.transferAck)])
    }

    @Test func transferIsToldOnceAndAcknowledgedEveryTime() {
        _ = (start(), agent.function(.ready(7)))
        #expect(control(.transfer(peer)) == [said(.transferAck), .told(.transfer(handover: 7, subject: .flow(Data.flows[0]), peer: peer))])
        #expect(control(.transfer(peer)) == [said(.transferAck)])
        #expect(agent.function(.stateReady(7)) == [])
        #expect(control(.transfer(peer)) == [said(.transferAck)])
    }

    @Test func whoIsToldToFetchBeforeStartHasComeEverywhereSaysThatAnotherProcessHeardIt() {
        _ = start(directions: 2)
        #expect(control(.transfer(peer)) == [], "START came here, so the next TRANSFER on the other side will tell")
        let unknown = CoreHarness.Said.control(.abort(reason: ControlMessage.unknownHandover), 7, port: 1)
        #expect(agent.control(.transfer(peer), 7, vnf: 2, port: 1) == [unknown])
    }

    @Test func whereTheStateIsAwaitedTransferIsAcknowledgedOnceItIsInPlace() {
        let start = Start(from: 1, to: 2, subject: .flow(Data.flows[0]), directions: 1, peerAddress: "peer", awaitsState: true)
        _ = (control(.startDestination(start)), agent.function(.ready(7)))
        #expect(control(.transfer(peer)) == [.told(.transfer(handover: 7, subject: .flow(Data.flows[0]), peer: peer))])
        #expect(control(.transfer(peer)) == [])
        #expect(agent.function(.stateReady(7)) == [said(.transferAck)])
        #expect(control(.transfer(peer)) == [said(.transferAck)])
        #expect(control(Data.transport(0, as: 0)) == released([0]))
    }

    @Test func bothBuffersAreReleasedInTheirOrder() {
        _ = start()
        for number in 2..<5 { #expect(agent.receive(Data.frame(number), from: .network(0)) == .taken) }
        #expect(control(Data.transport(1, as: 1)) == [])
        #expect(control(Data.transport(0, as: 0)) == [])
        #expect(control(.releaseFinished(count: 2)) == [said(.releaseFinishedAck)])
        #expect(control(.releaseFinished(count: 2)) == [said(.releaseFinishedAck)])
        fetch()
        let usage = BufferUsage(packets: 5, bytes: 300, peakPackets: 5)
        #expect(agent.function(.stateReady(7)) == released([0, 1, 2, 3, 4]) + [said(.handoverFinished(usage))])
        #expect(agent.receive(Data.frame(5), from: .network(0)) == .pass)
        #expect(agent.counters.inControlBuffers == .zero)
        #expect(agent.counters.inSwitchBuffers == .zero)
    }

    @Test func directFramesWaitForReleaseFinishedThoughTheStateIsInPlace() {
        _ = start()
        fetch()
        #expect(control(Data.transport(0, as: 0)) == [])
        #expect(agent.function(.stateReady(7)) == released([0]))
        #expect(agent.receive(Data.frame(3), from: .network(0)) == .taken)
        #expect(control(Data.transport(2, as: 2)) == [])
        #expect(control(Data.transport(1, as: 1)) == released([1, 2]))
        #expect(control(Data.transport(1, as: 1)) == [])
        #expect(agent.counters.duplicateTransports == 1)
        let usage = BufferUsage(packets: 3, bytes: 180, peakPackets: 2)
        #expect(control(.releaseFinished(count: 3)) == [said(.releaseFinishedAck)] + released([3]) + [said(.handoverFinished(usage))])
    }

    @Test func whatIsMissingIsAskedFor() {
        _ = start()
        _ = (control(Data.transport(1, as: 1)), control(Data.transport(3, as: 3)))
        #expect(control(.releaseFinished(count: 5)) == [said(.resend([0, 2, 4]))])
        #expect(control(.releaseFinished(count: .max - 1)) == [said(.resend([0, 2] + Array(4...151)))])
        _ = (control(Data.transport(0, as: 0)), control(Data.transport(2, as: 2)), control(Data.transport(4, as: 4)))
        #expect(control(.releaseFinished(count: 4)) == [])
        #expect(control(.releaseFinished(count: 5)) == [said(.releaseFinishedAck)])
        #expect(control(.releaseFinished(count: 6)) == [])
        #expect(control(Data.transport(5, as: 5)) == [])
        #expect(agent.counters.unexpected == 3)
    }

    @Test func withoutASenderWhatCameIsAllThereIs() {
        _ = start()
        _ = (control(Data.transport(1, as: 1)), control(Data.transport(3, as: 3)))
        #expect(control(.releaseFinished(count: .max)) == [said(.releaseFinishedAck)])
        #expect(control(.releaseFinished(count: .max)) == [said(.releaseFinishedAck)])
    }

    @Test func partsOfATransportAreReleasedAsOneFrame() {
        _ = start()
        fetch()
        _ = agent.function(.stateReady(7))
        let frame = Data.frame(0, size: 1_514)
        let parts = Fragmentation.split(frame: frame, sequence: 0, maximumFrame: 1_514).reversed()
        #expect(parts.flatMap { control(.transport($0)) } == [.function(frame, port: 0)])
    }

    @Test func withoutAFunctionTheStateIsInPlaceAtOnce() {
        let agent = CoreHarness(vnf: 2)
        agent.control(.startDestination(Data.start()), 7, vnf: 2)
        agent.control(Data.transport(0, as: 0), 7, vnf: 2)
        #expect(agent.control(.transfer(peer), 7, vnf: 2) == [said(.transferAck)] + released([0]))
    }

    @Test func aFunctionThatDiesWhileItFetchesHasNoState() {
        _ = (start(), control(Data.transport(0, as: 0)), control(.transfer(peer)))
        #expect(agent.function(.disconnected) == [said(.abort(reason: "the network function is gone"))])
    }

    @Test func aFunctionThatDiedTakesNoFlowUntilItIsBack() {
        _ = agent.function(.disconnected)
        #expect(start() == [said(.abort(reason: "the network function is gone"))])
        _ = agent.function(.connected)
        #expect(start().contains(said(.startAck(received: 0))))
    }

    @Test func theEndIsRepeatedUntilItIsAcknowledged() {
        _ = (start(), control(.releaseFinished(count: 0)))
        fetch()
        let finished = said(.handoverFinished(BufferUsage(packets: 0, bytes: 0, peakPackets: 0)))
        #expect(agent.function(.stateReady(7)) == [finished])
        #expect(agent.nextDeadline == agent.now + .milliseconds(8))
        #expect(agent.advance(by: .milliseconds(7)) == [])
        #expect(agent.advance(by: .milliseconds(1)) == [finished])
        #expect(agent.advance(by: .milliseconds(15)) == [])
        #expect(agent.advance(by: .milliseconds(1)) == [finished])
        #expect(control(.handoverFinishedAck()) == [.told(.end(handover: 7, outcome: .completed))])
        #expect(agent.advance(by: .seconds(1)) == [])
        #expect(agent.nextDeadline == nil)
        #expect(agent.counters.openHandovers == 0)
    }

    @Test func anEndThatNobodyAcknowledgesIsGivenUp() {
        _ = (start(), control(.releaseFinished(count: 0)))
        fetch()
        _ = agent.function(.stateReady(7))
        #expect(agent.advance(by: .seconds(30)) == [.told(.end(handover: 7, outcome: .completed))])
        #expect(agent.counters.unacknowledged == 1)
    }

    @Test func afterTheEndDuplicatesAreAnsweredAndArmNothing() {
        _ = (start(), control(.releaseFinished(count: 0)))
        fetch()
        _ = agent.function(.stateReady(7))
        #expect(start() == [said(.startAck(received: 0))])
        #expect(agent.receive(Data.frame(0), from: .network(0)) == .pass)
        _ = control(.handoverFinishedAck())
        #expect(start() == [said(.startAck(received: 0))])
        #expect(agent.receive(Data.frame(0), from: .network(0)) == .pass)
        #expect(control(.releaseFinished(count: 0)) == [said(.releaseFinishedAck), said(.handoverFinished(nil))])
        #expect(control(.transfer(peer)) == [said(.transferAck)])
        #expect(control(.handoverFinishedAck()) == [])
    }
}
