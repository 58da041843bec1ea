import ControlFrames
import Frames
import HSLCore
import Testing
import Timing

@Suite struct ForwardingTests {
    @Test func withoutAHandoverEveryFramePassesUntouched() {
        let agent = CoreHarness(vnf: 1)
        for frame in [Data.frame(0), [], [1, 2, 3], Array(repeating: 0xFF, count: 1_514)] {
            #expect(agent.receive(frame, from: .network(0)) == .pass)
            #expect(agent.receive(frame, from: .function(1)) == .pass)
        }
        #expect(!agent.hasOutput)
        #expect(agent.nextDeadline == nil)
        #expect(agent.counters.passedFromNetwork == 4)
        #expect(agent.counters.passedFromFunction == 4)
    }

    @Test func framesOfOtherFlowsAndOtherInterfacesPassDuringAHandover() {
        let agent = CoreHarness(vnf: 2)
        agent.control(.startDestination(Data.start()), 7, vnf: 2)
        #expect(agent.receive(Data.frame(0), from: .network(0)) == .taken)
        #expect(agent.receive(Data.frame(0, port: 1), from: .network(0)) == .pass)
        #expect(agent.receive(Data.frame(0), from: .network(1)) == .pass)
        #expect(agent.receive(Data.frame(0), from: .function(0)) == .pass)
        #expect(agent.receive([1, 2, 3], from: .network(0)) == .pass)
        #expect(agent.receive(Array(Data.frame(0).prefix(20)), from: .network(0)) == .pass)
    }

    @Test func controlFramesFromTheNetworkAreNeverPassedOn() {
        let agent = CoreHarness(vnf: 1)
        var frame = ControlFrame(
            source: .zero, destination: CoreHarness.address(1, port: 0), handover: 1, message: .startAck(received: nil)
        ).encoded()
        #expect(agent.receive(frame, from: .network(0)) == .taken)
        #expect(agent.receive(Array(frame.prefix(14)), from: .network(0)) == .taken)
        frame[15] = 0x77
        #expect(agent.receive(frame, from: .network(0)) == .taken)
        frame[5] = 9
        frame[15] = 0x09
        #expect(agent.receive(frame, from: .network(0)) == .taken)
        let counters = agent.counters
        #expect(counters.controlReceived == 4)
        #expect(counters.unexpected == 1)
        #expect(counters.malformed.truncated == 1)
        #expect(counters.malformed.unknownCommand == 1)
        #expect(counters.misdirected == 1)
        #expect(agent.drain().isEmpty)
    }

    @Test func aStartForAnotherVNFIsIgnored() {
        let agent = CoreHarness(vnf: 3)
        #expect(agent.control(.startSource(Data.start()), 7, vnf: 3) == [])
        #expect(agent.control(.startDestination(Data.start()), 7, vnf: 3) == [])
        #expect(agent.counters.misdirected == 2)
        #expect(agent.receive(Data.frame(0), from: .network(0)) == .pass)
    }

    @Test func noControlFrameTrapsTheCore() {
        var generator = SeededGenerator(state: 99)
        let starts = [
            Data.start(), Data.start(directions: 2), Data.start(directions: 2, port: 1), Data.start(directions: 9), Data.groupStart(),
            Data.groupStart(from: 1, to: 1), Data.groupStart(from: 2, to: 1, directions: 2, isStraight: true),
            Start(from: 1, to: 2, flow: Data.flow(1), directions: 1, straightTo: Data.peer(0)),
            Start(from: 2, to: 2, flow: Data.flow(1), directions: 1),
        ]
        let verdicts: [SeenAck.Verdict] = [.wait, .yours, .joins(1), .joins(2), .joins(3)]
        let numbers: [UInt32] = [0, 1, 2, 3, 149, 150, 151, .max - 1, .max]
        for _ in 0..<200 {
            let vnf = UInt16.random(in: 1...2, using: &generator)
            let agent = CoreHarness(vnf: vnf, functionConnected: Bool.random(using: &generator))
            for _ in 0..<300 {
                let start = starts.randomElement(using: &generator) ?? Data.start()
                let number = numbers.randomElement(using: &generator) ?? 0
                let handover = HandoverID(rawValue: .random(in: 1...3, using: &generator))
                let flow = Data.flow(.random(in: 0...2, using: &generator))
                let part = WrappedFrame.Part(index: .random(in: 0...2, using: &generator), of: 3)
                let messages: [ControlMessage] = [
                    .startSource(start), .startDestination(start), .startAck(received: nil), .followUp, .releaseFinished(count: number),
                    .releaseFinishedAck,
                    .handoverFinished(nil), .handoverFinishedAck(), .fence(), .fenceAck(stragglers: number), .abort(reason: "x"),
                    .abortAck(refusal: nil),
                    .resend([number, 0, 0]), .transfer(Peer(vnf: 1)), .transferAck, Data.transport(1, as: number),
                    .transport(WrappedFrame(sequence: number, part: part, bytes: [1])),
                    .straggler(WrappedFrame(sequence: number, bytes: [])), .stragglerAck(sequence: number),
                    .arm(Arm(vnf: vnf, match: Data.match(), ownsRest: number == 0)), .arm(Arm(vnf: vnf, match: .any)), .armAck,
                    .seen(Seen(flow: flow, sample: [1])),
                    .seenAck(SeenAck(flow: flow, verdict: verdicts.randomElement(using: &generator) ?? .wait)),
                    .sync(Sync(flow: flow, count: number)), .sync(Sync(count: number)), .syncAck(flow: flow), .syncAck(), .disarm,
                    .disarmAck, .mirror(flow), .mirrorAck, .fence(flow: flow), .handoverFinished(nil, flow: flow),
                    .handoverFinishedAck(flow: flow), Data.straggler(1, of: 1, as: number),
                ]
                let events: [FunctionEvent] = [
                    .connected, .disconnected, .mirror(handover, flow), .mirror(handover, flow.mirrored), .ready(handover),
                    .stateReady(handover), .stateFailed(handover, reason: "x"),
                ]
                let port = Int.random(in: 0...1, using: &generator)
                switch Int.random(in: 0..<10, using: &generator) {
                case 0: _ = agent.function(events.randomElement(using: &generator) ?? .connected)
                case 1...3:
                    let frame = Data.frame(0, of: .random(in: 0...2, using: &generator), port: port)
                    _ = agent.receive(frame, from: .network(port))
                case 4: _ = agent.advance(by: .milliseconds(.random(in: 0...9_000, using: &generator)))
                default:
                    let source = Bool.random(using: &generator) ? Data.peer(port) : .zero
                    let message = messages.randomElement(using: &generator) ?? .fence()
                    agent.control(message, handover, vnf: vnf, port: port, from: source)
                }
            }
            let counters = agent.counters
            #expect(counters.openHandovers > 0 || counters.inStragglers == .zero && counters.inControlBuffers == .zero)
            #expect(counters.openHandovers > 0 || counters.heldFlows > 0 || counters.inSwitchBuffers == .zero)
        }
    }
}
