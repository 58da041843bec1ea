import ControlFrames
import Frames
import HSLCore
import Testing
import Timing

@Suite struct ArmingTests {
    private let agent = CoreHarness(vnf: 2)
    private let arm = ControlMessage.arm(Arm(vnf: 2, match: Data.match()))

    private func say(_ message: ControlMessage, _ id: HandoverID = 100, port: Int = 0) -> [CoreHarness.Said] {
        agent.control(message, id, vnf: 2, port: port)
    }

    private func answer(_ verdict: SeenAck.Verdict, _ flow: Int = 0, _ id: HandoverID = 100) -> [CoreHarness.Said] {
        say(.seenAck(SeenAck(flow: Data.flow(flow), verdict: verdict)), id)
    }

    private func receive(_ number: Int, of flow: Int = 0, port: Int = 0) -> Verdict {
        agent.receive(Data.frame(number, of: flow, port: port), from: .network(port))
    }

    private func said(_ message: ControlMessage, _ id: HandoverID = 100) -> CoreHarness.Said { .control(message, id, port: 0) }

    @Test func anArmedFlowIsHeldAndAskedAboutUntilAnswered() {
        #expect(receive(0) == .pass)
        #expect(say(arm) == [said(.armAck)])
        #expect(receive(1) == .taken)
        #expect(agent.drain() == [said(.seen(Data.seen(0, 1)))])
        #expect(receive(2) == .taken)
        #expect(agent.drain() == [])
        #expect(agent.counters.heldFlows == 1)
        #expect(agent.counters.inSwitchBuffers == Amount(packets: 2, bytes: 120))
        for pause: Int64 in [8, 16, 32] { #expect(agent.advance(by: .milliseconds(pause)) == [said(.seen(Data.seen(0, 1)))]) }
        #expect(agent.advance(by: .seconds(3_600)) == [said(.seen(Data.seen(0, 1)))])
        #expect(answer(.yours) == [.function(Data.frame(1, of: 0), port: 0), .function(Data.frame(2, of: 0), port: 0)])
        #expect(agent.advance(by: .seconds(3_600)) == [])
        #expect(receive(3) == .pass)
        #expect(agent.counters.inSwitchBuffers == .zero)
        #expect(agent.counters.heldFlows == 0)
    }

    @Test func aQuestionIsRepeatedLaterWhileAnswersTakeLong() {
        _ = say(arm)
        _ = receive(0)
        _ = agent.advance(by: .milliseconds(100))
        _ = answer(.yours)
        _ = receive(0, of: 1)
        #expect(agent.drain().contains(said(.seen(Data.seen(1)))))
        #expect(agent.advance(by: .milliseconds(150)) == [])
        #expect(agent.advance(by: .milliseconds(100)) == [said(.seen(Data.seen(1)))])
    }

    @Test func otherFlowsAndInterfacesPass() {
        _ = say(arm)
        #expect(receive(0, port: 1) == .pass)
        #expect(agent.receive(Data.frame(0, port: 1), from: .network(0)) == .pass)
        #expect(agent.receive([1, 2, 3], from: .network(0)) == .pass)
        #expect(agent.receive(Data.frame(0), from: .function(0)) == .pass)
    }

    @Test func theFirstOwnerThatCoversAFlowDecides() {
        let owners = [
            Arm.Owner(match: FlowMatch(exactly: Data.flow(0)), isOwned: true), Arm.Owner(match: Data.match(), isOwned: false),
        ]
        _ = say(.arm(Arm(vnf: 2, match: Data.match(), owners: owners, ownsRest: true)))
        #expect(receive(0, of: 0) == .pass)
        #expect(receive(0, of: 1) == .taken)
        _ = say(
            .arm(
                Arm(vnf: 2, match: Data.match(), owners: [.init(match: FlowMatch(exactly: Data.flow(2)), isOwned: false)], ownsRest: true)),
            101)
        #expect(receive(0, of: 3) == .pass)
        #expect(receive(0, of: 2) == .taken)
    }

    @Test func theNewestArmingDecidesAndOldDecisionsAreForgotten() {
        _ = say(.arm(Arm(vnf: 2, match: Data.match(), ownsRest: true)))
        #expect(receive(0) == .pass)
        _ = say(arm, 101)
        #expect(receive(1) == .taken)
        #expect(agent.drain() == [said(.seen(Data.seen(0, 1)), 101)])
        _ = say(.disarm, 101)
        _ = answer(.yours, 0, 101)
        #expect(receive(2) == .pass)
        #expect(agent.counters.armings == 1)
    }

    @Test func anArmThatIsRepeatedIsAcknowledgedAndChangesNothing() {
        _ = say(arm)
        _ = receive(0)
        _ = answer(.yours)
        #expect(say(arm) == [said(.armAck)])
        #expect(receive(1) == .pass)
    }

    @Test func anAnswerThatComesAgainChangesNothing() {
        _ = say(arm)
        _ = receive(0)
        _ = answer(.yours)
        for verdict in [SeenAck.Verdict.yours, .wait, .joins(7)] { #expect(answer(verdict) == []) }
        #expect(agent.counters.unexpected == 0)
        #expect(receive(1) == .pass)
    }

    @Test func aFlowThatIsToWaitIsAskedAboutAgainOnlyAfterTheLongestPause() {
        _ = say(arm)
        _ = receive(0)
        _ = agent.drain()
        #expect(answer(.wait) == [])
        #expect(agent.advance(by: .milliseconds(499)) == [])
        #expect(agent.advance(by: .milliseconds(1)) == [said(.seen(Data.seen(0)))])
        #expect(receive(1) == .taken)
    }

    @Test func anArmForAnotherVNFIsIgnored() {
        #expect(say(.arm(Arm(vnf: 3, match: Data.match()))) == [])
        #expect(agent.counters.misdirected == 1)
        #expect(receive(0) == .pass)
    }

    @Test func afterDisarmNothingNewIsHeldButWhatIsHeldIsAskedAbout() {
        _ = say(arm)
        _ = receive(0, of: 0)
        _ = receive(0, of: 1)
        _ = agent.drain()
        _ = answer(.yours, 1)
        #expect(say(.disarm) == [], "the controller has to know of it as long as it holds something")
        #expect(receive(1, of: 0) == .taken)
        #expect(receive(1, of: 1) == .pass)
        #expect(receive(0, of: 2) == .pass)
        #expect(agent.advance(by: .milliseconds(8)) == [said(.seen(Data.seen(0)))])
        #expect(agent.counters.armings == 1)
        #expect(CoreHarness.functionFrames(answer(.yours)) == [0, 1])
        #expect(receive(2, of: 0) == .pass)
        #expect(agent.counters.armings == 0)
        #expect(say(.disarm) == [said(.disarmAck)])
    }

    @Test func aLateArmDoesNotArmAgain() {
        _ = say(arm)
        _ = say(.disarm)
        #expect(say(arm) == [])
        #expect(agent.counters.lateStarts == 1)
        #expect(receive(0) == .pass)
        #expect(say(.disarm, 101) == [said(.disarmAck, 101)])
        #expect(say(arm, 101) == [])
        _ = agent.advance(by: .seconds(31))
        #expect(say(arm) == [said(.armAck)])
    }

    @Test func anArmingThatIsNotKnownIsSaidToBe() {
        #expect(answer(.yours) == [said(.abort(reason: ControlMessage.unknownHandover))])
        #expect(answer(.yours) == [])
    }

    @Test func aFlowThatIsGivenAwayAndComesBackIsAskedAboutAgain() {
        _ = say(arm)
        _ = receive(0)
        _ = answer(.yours)
        _ = say(.startSource(Start(from: 2, to: 3, flow: Data.flow(0), directions: 1)), 8)
        #expect(receive(1) == .taken)
        _ = say(.handoverFinished(nil), 8)
        _ = agent.drain()
        #expect(receive(2) == .taken)
        #expect(agent.drain() == [said(.seen(Data.seen(0, 2)))])
    }

    @Test func whatALaterArmingHoldsOfAFlowThatIsGivenAwayWaitsUntilThatIsOver() {
        _ = say(arm)
        _ = receive(0)
        _ = agent.drain()
        let start = Start(
            from: 2, to: 3, subject: .flow(Data.flow(0)), directions: 1, straightTo: Data.peer(0), heldUnder: HandoverID(rawValue: 100))
        #expect(say(.startSource(start), 8) == Data.frozen(8))
        #expect(receive(1) == .taken)
        #expect(agent.drain() == [])
        #expect(agent.advance(by: .milliseconds(8)) == [said(.seen(Data.seen(0)))])
        _ = say(.fence(), 8)
        _ = say(.handoverFinished(nil), 8)
        #expect(agent.advance(by: .milliseconds(16)) == [said(.seen(Data.seen(0)))])
        #expect(CoreHarness.functionFrames(answer(.yours)) == [0, 1])
    }

    @Test func whatAnEarlierArmingHoldsOfAFlowThatIsGivenAwayTheFunctionGetsBeforeItFreezes() {
        _ = say(arm)
        _ = receive(0)
        _ = agent.drain()
        let start = Start(from: 2, to: 3, flow: Data.flow(0), directions: 1, straightTo: Data.peer(0))
        #expect(say(.startSource(start), 8) == [.function(Data.frame(0, of: 0), port: 0)] + Data.frozen(8))
        #expect(receive(1) == .taken)
        #expect(agent.drain().count == 1, "a straggler")
        #expect(agent.advance(by: .seconds(60)) == [], "it is not asked about any more")
    }

    @Test func aDestinationThatDoesNotHoldWhatItIsSaidToHaveReportedSaysSo() {
        _ = say(arm)
        let start = Start(from: 1, to: 2, subject: .flow(Data.flow(0)), directions: 1, heldUnder: HandoverID(rawValue: 100))
        #expect(say(.startDestination(start), 8) == [said(.abort(reason: ControlMessage.unknownHandover), 8)])
        _ = receive(0)
        _ = agent.drain()
        #expect(say(.startDestination(start), 8).first == said(.startAck(received: 0), 8))
    }

    // MARK: Limits

    @Test func theFlowsOfAnArmingAreLimitedAndTheControllerHearsOfItBefore() {
        let agent = CoreHarness(vnf: 2, limits: Limits(handover: .init(packets: 100, bytes: 100_000), flows: 10))
        let alarm = said(.abort(reason: "buffer limit"))
        agent.control(arm, 100, vnf: 2)
        for flow in 0..<10 {
            #expect(agent.receive(Data.frame(0, of: flow), from: .network(0)) == .taken)
            #expect(agent.drain().contains(alarm) == (flow == 8))
        }
        #expect(agent.receive(Data.frame(0, of: 10), from: .network(0)) == .drop(.handoverLimit))
        #expect(agent.receive(Data.frame(1, of: 9), from: .network(0)) == .taken)
        #expect(agent.counters.droppedAtHandoverLimit == 1)
        agent.control(.abortAck(refusal: nil), 100, vnf: 2)
        let answer = ControlMessage.seenAck(SeenAck(flow: Data.flow(3), verdict: .yours))
        #expect(CoreHarness.functionFrames(agent.control(answer, 100, vnf: 2)) == [0])
    }

    @Test func aFlowThatCannotBeRememberedIsAskedAboutAgainAndCounted() {
        let agent = CoreHarness(vnf: 2, limits: Limits(remembered: 1))
        agent.control(arm, 100, vnf: 2)
        for flow in 0..<2 {
            #expect(agent.receive(Data.frame(0, of: flow), from: .network(0)) == .taken)
            let answer = ControlMessage.seenAck(SeenAck(flow: Data.flow(flow), verdict: .yours))
            #expect(CoreHarness.functionFrames(agent.control(answer, 100, vnf: 2)) == [0])
        }
        #expect(agent.counters.unremembered == 1)
        #expect(agent.receive(Data.frame(1, of: 0), from: .network(0)) == .pass)
        #expect(agent.receive(Data.frame(1, of: 1), from: .network(0)) == .taken)
        #expect(agent.drain() == [said(.seen(Data.seen(1, 1)))])
        agent.control(.disarm, 100, vnf: 2)
        agent.control(.seenAck(SeenAck(flow: Data.flow(1), verdict: .yours)), 100, vnf: 2)
        #expect(agent.counters.armings == 0)
    }

    @Test func whatAnArmingHoldsIsLimitedAsAHandoverIs() {
        let agent = CoreHarness(vnf: 2, limits: Limits(handover: .init(packets: 10, bytes: 100_000)))
        agent.control(arm, 100, vnf: 2)
        for number in 0..<10 { #expect(agent.receive(Data.frame(number), from: .network(0)) == .taken) }
        #expect(agent.drain().contains(said(.abort(reason: "buffer limit"))))
        #expect(agent.receive(Data.frame(10), from: .network(0)) == .drop(.handoverLimit))
    }

    @Test func theArmingsOfAnInterfaceAreLimited() {
        let agent = CoreHarness(vnf: 2, limits: Limits(armings: 2))
        for id: UInt16 in [1, 2] { #expect(agent.control(arm, HandoverID(rawValue: id), vnf: 2).count == 1) }
        #expect(agent.control(arm, 3, vnf: 2) == [said(.abort(reason: "too many armings on the interface"), 3)])
    }
}
