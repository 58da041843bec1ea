import ControlFrames
import Frames
import HSLCore
import Testing
import Timing

/// The other direction of a flow, named by a function that translates addresses.
@Suite struct MirrorTests {
    private let agent = CoreHarness(vnf: 1, functionConnected: true)
    private let mirror = FlowKey.numbered(99)
    /// The frames of ``mirror``.
    private let frame: [UInt8] = {
        var bytes = Data.frame(5)
        bytes.replaceSubrange(26..<38, with: [0, 0, 0, 1, 0, 0, 0, 2, 0, 99, 0, 7])
        return bytes
    }()

    private func start() { agent.control(.startSource(Data.start()), 7, vnf: 1) }

    private func said(_ message: ControlMessage, port: Int = 1) -> CoreHarness.Said { .control(message, 7, port: port) }

    private func refused(_ reason: String) -> [CoreHarness.Said] { [.told(.refused(handover: 7, reason: reason))] }

    @Test func aNamedMirrorIsInterceptedAtOnceAndToldUntilAcknowledged() {
        start()
        #expect(agent.receive(frame, from: .network(1)) == .pass)
        #expect(agent.function(.mirror(7, mirror)) == [said(.mirror(mirror)), .told(.mirrored(handover: 7))])
        #expect(agent.receive(frame, from: .network(1)) == .taken)
        #expect(agent.drain() == [said(.straggler(WrappedFrame(sequence: 0, bytes: frame)))])
        #expect(agent.advance(by: .milliseconds(8)) == [said(.mirror(mirror))])
        #expect(agent.control(.mirrorAck, 7, vnf: 1, port: 1) == [])
        #expect(agent.advance(by: .seconds(1)) == [])
        let start = Start(from: 1, to: 2, flow: mirror, directions: 2, peerAddress: "peer")
        #expect(agent.control(.startSource(start), 7, vnf: 1, port: 1) == [.control(.freezing, 7, port: 1)])
        #expect(agent.function(.ready(7)) == Data.frozen(7))
        #expect(agent.control(.startSource(start), 7, vnf: 1, port: 1) == Data.frozen(7))
        #expect(agent.control(.fence(), 7, vnf: 1, port: 1) == [said(.fenceAck(stragglers: 1))])
        for port in 0..<2 { agent.control(.handoverFinished(nil), 7, vnf: 1, port: port) }
        #expect(agent.counters.openHandovers == 0)
        #expect(agent.receive(frame, from: .network(1)) == .pass)
    }

    @Test func aStartThereIsAnAcknowledgementToo() {
        start()
        _ = agent.function(.mirror(7, mirror))
        agent.control(.startSource(Start(from: 1, to: 2, flow: mirror, directions: 2)), 7, vnf: 1, port: 1)
        #expect(agent.advance(by: .seconds(1)) == [])
    }

    @Test func aMirrorOutOfPlaceIsRefused() {
        #expect(agent.function(.mirror(7, mirror)) == refused("no such handover waits for this source's 'ready'"))
        start()
        _ = agent.function(.mirror(7, mirror))
        #expect(agent.function(.mirror(7, .numbered(98))) == refused("both directions of the handover are known"))
        _ = agent.function(.ready(7))
        #expect(agent.function(.mirror(7, mirror)) == refused("no such handover waits for this source's 'ready'"))
        #expect(agent.counters.unexpected == 3)
    }

    @Test func aMirrorThatIsKnownIsInterceptedAlready() {
        start()
        _ = agent.function(.mirror(7, mirror))
        #expect(agent.function(.mirror(7, mirror)) == [.told(.mirrored(handover: 7))])
        let other = CoreHarness(vnf: 1, functionConnected: true)
        other.control(.startSource(Data.start(directions: 2)), 7, vnf: 1)
        other.control(.startSource(Start(from: 1, to: 2, flow: mirror, directions: 2)), 7, vnf: 1, port: 1)
        #expect(other.function(.mirror(7, mirror)) == [.told(.mirrored(handover: 7))])
        #expect(other.function(.ready(7)) == Data.frozen(7))
    }

    @Test func theMirrorOfAFlowInDirectModeGoesThroughTheController() {
        let peer = MACAddress(bits: 0x02_00_00_00_00_02)
        agent.control(.startSource(Start(from: 1, to: 2, flow: Data.flows[0], directions: 1, straightTo: peer)), 7, vnf: 1)
        #expect(agent.function(.mirror(7, mirror)) == [said(.mirror(mirror)), .told(.mirrored(handover: 7))])
        #expect(agent.receive(frame, from: .network(1)) == .taken)
        #expect(agent.drain() == [said(.straggler(WrappedFrame(sequence: 0, bytes: frame)))])
    }

    @Test func bothDirectionsKnownOrGoingTogetherLeaveNothingToName() {
        for port in 0..<2 { agent.control(.startSource(Data.start(directions: 2, port: port)), 7, vnf: 1, port: port) }
        #expect(agent.function(.mirror(7, mirror)) == refused("both directions of the handover are known"))
        let other = CoreHarness(vnf: 1, functionConnected: true)
        other.control(.startSource(Data.groupStart(isStraight: true)), 7, vnf: 1)
        #expect(other.function(.mirror(7, mirror)) == refused("a mirror is named where flows move one by one"))
    }

    @Test func aFlowInAnotherHandoverIsNoMirror() {
        start()
        agent.control(.startSource(Start(from: 1, to: 2, flow: mirror, directions: 1)), 8, vnf: 1, port: 1)
        #expect(agent.function(.mirror(7, mirror)) == refused("the flow takes part in another handover"))
    }

    @Test func aMirrorThatNobodyHeardOfEndsWithTheDirectionThatIsKnown() {
        start()
        _ = agent.function(.mirror(7, mirror))
        _ = agent.function(.ready(7))
        agent.control(.handoverFinished(nil), 7, vnf: 1)
        #expect(agent.counters.openHandovers == 0)
        #expect(agent.receive(frame, from: .network(1)) == .pass)
    }

    @Test func aMirrorOfAFlowThatStaysGoesToTheFunctionOnceTheControllerSaysSo() {
        start()
        _ = agent.function(.mirror(7, mirror))
        _ = agent.receive(frame, from: .network(1))
        agent.control(.abort(reason: ""), 7, vnf: 1)
        _ = agent.drain()
        let said = agent.control(.handoverFinished(nil), 7, vnf: 1, port: 1)
        #expect(said.contains(.function(frame, port: 1)))
        #expect(said.contains(.control(.handoverFinishedAck(flow: nil), 7, port: 1)))
        #expect(agent.receive(frame, from: .network(1)) == .pass)
        #expect(agent.counters.inStragglers == .zero)
    }

    @Test func afterAnAbortAMirrorThatNobodyHeardOfGoesToTheFunction() {
        start()
        _ = agent.function(.mirror(7, mirror))
        _ = agent.receive(frame, from: .network(1))
        agent.control(.abort(reason: ""), 7, vnf: 1)
        _ = agent.drain()
        var released: [CoreHarness.Said] = []
        for _ in 0..<100 { released += agent.advance(by: .milliseconds(500)) }
        #expect(released.contains(.function(frame, port: 1)))
        #expect(agent.receive(frame, from: .network(1)) == .pass)
        #expect(agent.counters.inStragglers == .zero)
    }
}
