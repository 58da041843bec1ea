import ControlFrames
import HSLCore
import Testing
import Timing

@Suite struct SourceTests {
    private let agent = CoreHarness(vnf: 1, functionConnected: true)

    private func start(_ port: Int) -> [CoreHarness.Said] {
        agent.control(.startSource(Data.start(directions: 2, port: port)), 7, vnf: 1, port: port)
    }

    private let told = CoreHarness.Said.told(
        .start(
            handover: 7, role: .source, subject: .flow(Data.flows[0]), isBidirectional: true, peer: Peer(vnf: 2, address: "peer")))

    @Test func theFunctionIsToldWhenStartHasComeOnEveryInterface() {
        #expect(start(1) == [])
        #expect(start(1) == [])
        #expect(start(0) == [told])
        #expect(start(0) == [.control(.freezing, 7, port: 0)], "the agent is there, and its function is not ready")
        #expect(agent.function(.ready(7)) == Data.frozen(7), "behind what the function has sent, whichever way it went")
        #expect(start(1) == Data.frozen(7))
        #expect(agent.function(.ready(7)) == [])
    }

    @Test func withoutAFunctionStartIsAcknowledgedAtOnce() {
        let agent = CoreHarness(vnf: 1)
        #expect(agent.control(.startSource(Data.start()), 7, vnf: 1) == Data.frozen(7))
    }

    @Test func aFunctionThatLeavesCountsAsReady() {
        _ = (start(0), start(1))
        #expect(
            agent.function(.disconnected) == [
                .control(.startAck(received: nil), 7, port: 0), .control(.startAck(received: nil), 7, port: 1),
            ])
    }

    @Test func whatArrivesAfterStartGoesBackNumbered() {
        _ = start(0)
        for number in 0..<3 {
            #expect(agent.receive(Data.frame(number), from: .network(0)) == .taken)
            let straggler = WrappedFrame(sequence: UInt32(number), bytes: Data.frame(number))
            #expect(agent.drain() == [.control(.straggler(straggler), 7, port: 0)])
        }
        #expect(agent.receive(Data.frame(0, port: 1), from: .network(1)) == .pass)
        #expect(agent.counters.inStragglers == Amount(packets: 3, bytes: 180))
    }

    @Test func stragglersOfFullSizeComeInParts() {
        _ = start(0)
        let frame = Data.frame(0, size: 1_514)
        _ = agent.receive(frame, from: .network(0))
        let parts = agent.drain()
        #expect(parts.count == 2)
        var reassembly = Reassembly(sequences: 1, bytes: 4_096)
        var whole: [UInt8]?
        for case .control(.straggler(let part), _, _) in parts {
            if case .complete(let bytes) = reassembly.add(part) { whole = bytes }
        }
        #expect(whole == frame)
    }

    @Test func theFenceCountsWhatCameBeforeIt() {
        _ = start(0)
        #expect(agent.control(.fence(), 7, vnf: 1) == [.control(.fenceAck(stragglers: 0), 7, port: 0)])
        _ = agent.receive(Data.frame(0), from: .network(0))
        _ = agent.drain()
        #expect(agent.control(.fence(), 7, vnf: 1) == [.control(.fenceAck(stragglers: 1), 7, port: 0)])
        #expect(agent.control(.fence(), 7, vnf: 1) == [.control(.fenceAck(stragglers: 1), 7, port: 0)])
        #expect(agent.control(.fence(), 7, vnf: 1, port: 1) == [])
    }

    @Test func lostStragglersAreSentAgainInOrder() {
        _ = start(0)
        for number in 0..<5 { _ = agent.receive(Data.frame(number), from: .network(0)) }
        _ = agent.drain()
        let wanted: [UInt32] = [4, 1, 99]
        #expect(
            agent.control(.resend(wanted), 7, vnf: 1)
                == [1, 4].map { .control(.straggler(WrappedFrame(sequence: UInt32($0), bytes: Data.frame($0))), 7, port: 0) })
    }

    @Test func theEndOfADirectionIsAcknowledgedEveryTime() {
        _ = (start(0), start(1), agent.function(.ready(7)))
        _ = agent.receive(Data.frame(0), from: .network(0))
        _ = agent.drain()
        let acknowledged = [CoreHarness.Said.control(.handoverFinishedAck(), 7, port: 0)]
        #expect(agent.control(.handoverFinished(nil), 7, vnf: 1) == acknowledged)
        #expect(agent.receive(Data.frame(1), from: .network(0)) == .pass)
        #expect(agent.control(.handoverFinished(nil), 7, vnf: 1) == acknowledged)
        #expect(agent.receive(Data.frame(1, port: 1), from: .network(1)) == .taken)
        _ = agent.drain()
        #expect(
            agent.control(.handoverFinished(nil), 7, vnf: 1, port: 1)
                == [.told(.end(handover: 7, outcome: .completed)), .control(.handoverFinishedAck(), 7, port: 1)])
        #expect(agent.counters.inStragglers == .zero)
        #expect(agent.counters.openHandovers == 0)
        #expect(agent.control(.handoverFinished(nil), 9, vnf: 1) == [.control(.handoverFinishedAck(), 9, port: 0)])
    }

    @Test func aLateStartDoesNotArmAgainUntilTheNumberMayBeReused() {
        let start = ControlMessage.startSource(Data.start())
        let told = agent.control(start, 7, vnf: 1)
        _ = agent.function(.ready(7))
        agent.control(.handoverFinished(nil), 7, vnf: 1)
        #expect(agent.control(start, 7, vnf: 1) == [.control(.startAck(received: nil), 7, port: 0)])
        #expect(agent.receive(Data.frame(0), from: .network(0)) == .pass)
        #expect(agent.counters.lateStarts == 1)
        _ = agent.advance(by: .seconds(31))
        #expect(agent.control(start, 7, vnf: 1) == told)
    }

    @Test func aStartThatWasNeverCarriedOutIsNotAcknowledgedLate() {
        let start = ControlMessage.startSource(Data.start())
        agent.control(start, 7, vnf: 1)
        agent.control(.handoverFinished(nil), 7, vnf: 1)
        #expect(agent.control(start, 7, vnf: 1) == [])
        agent.control(.handoverFinished(nil), 9, vnf: 1)
        #expect(agent.control(start, 9, vnf: 1) == [])
        #expect(agent.receive(Data.frame(0), from: .network(0)) == .pass)
    }

    @Test func theSameNumberWithAnotherFlowIsAnotherHandover() {
        agent.control(.startSource(Data.start()), 7, vnf: 1)
        agent.control(.handoverFinished(nil), 7, vnf: 1)
        agent.control(.startSource(Data.start(port: 1)), 7, vnf: 1)
        #expect(agent.receive(Data.frame(0, port: 1), from: .network(0)) == .taken)
    }
}
