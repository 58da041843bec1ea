import ControlFrames
import Frames
import HandoverEngine
import OpenFlow
import Testing
import Timing

@Suite struct HandoverTests {
    /// A bench at the moment when the first packet was seen in the forward direction.
    private func started() throws -> (Workbench, detection: Cookie) {
        var bench = try Workbench()
        try bench.createRule()
        let detection = try #require(bench.cookie(of: .detection, .forward))
        bench.clear()
        bench.packet(1, .forward, under: detection)
        return (bench, detection)
    }

    @Test func aRuleIsDetectedBeforeItIsSteered() throws {
        var bench = try Workbench()
        bench.clear()
        try bench.createRule(priority: 10)
        #expect(bench.added == [.detection, .detection, .steering, .steering])
        let detection = try #require(bench.flowMods.first?.flowMod)
        #expect(detection.priority == 21)
        #expect(detection.idleTimeout == 0)
        #expect(bench.flowMods.last?.flowMod.priority == 20)
    }

    @Test func theFirstPacketOfAFlowStartsItsHandoverInBothDirections() throws {
        let (bench, _) = try started()
        #expect(bench.said.map(\.port) == [2, 3, 2, 3])
        #expect(bench.said.map(\.datapath) == [Workbench.ingress, Workbench.ingress, Workbench.egress, Workbench.egress])
        guard case .startSource(let start)? = bench.said.first?.message else {
            return #expect(Bool(false), "START to the source comes first")
        }
        #expect(start.from == 1)
        #expect(start.to == 2)
        #expect(start.directions == 2)
        #expect(start.flow == Workbench.flow)
        #expect(start.peerAddress == "10.9.0.2:7000")
    }

    @Test func packetsWaitUntilTheDestinationHoldsTheFlowInEveryDirection() throws {
        var (bench, detection) = try started()
        bench.packet(2, .forward, under: detection)
        bench.control(.startAck(received: 0), from: 2, .forward)
        #expect(bench.transported(.forward).isEmpty)
        bench.control(.startAck(received: 0), from: 2, .reverse)
        #expect(bench.transported(.forward).map(\.sequence) == [0, 1])
        #expect(bench.transported(.forward).map(\.number) == [1, 2])
        #expect(bench.added.suffix(2) == [.redirect, .redirect])
    }

    @Test func thePacketUnderTheRedirectingEntryIsTheMarkerAndACopy() throws {
        var (bench, detection) = try started()
        bench.control(.startAck(received: 0), from: 2, .forward)
        bench.control(.startAck(received: 0), from: 2, .reverse)
        let redirect = try #require(bench.cookie(of: .redirect, .forward))
        bench.packet(2, .forward, under: detection)
        #expect(!bench.said.contains { $0.message == .releaseFinished(count: 2) })
        bench.packet(3, .forward, under: redirect)
        #expect(bench.said.last?.message == .releaseFinished(count: 2))
        #expect(bench.transported(.forward).map(\.number) == [1, 2])
    }

    @Test func theStateIsFetchedOnlyWhenTheSourceHasFrozenIt() throws {
        var (bench, _) = try started()
        bench.control(.startAck(received: 0), from: 2, .forward)
        bench.control(.startAck(received: 0), from: 2, .reverse)
        func isTransferring(_ bench: Workbench) -> Bool {
            bench.said.contains { if case .transfer = $0.message { true } else { false } }
        }
        #expect(!isTransferring(bench))
        bench.control(.startAck(received: nil), from: 1, .forward)
        #expect(!isTransferring(bench), "the source's packets of the forward direction leave by the other side")
        bench.control(.startAck(received: nil), from: 1, .reverse)
        #expect(isTransferring(bench))
    }

    @Test func aDirectionSeenLaterIsFencedAndItsStragglersGoFirst() throws {
        var (bench, _) = try started()
        let detection = try #require(bench.cookie(of: .detection, .reverse))
        bench.control(.startAck(received: 0), from: 2, .forward)
        bench.control(.startAck(received: 0), from: 2, .reverse)
        let straggler = Workbench.frame(Workbench.flow.mirrored, 1)
        bench.packet(2, .reverse, under: detection)
        #expect(bench.said.last?.message == .fence())
        #expect(bench.transported(.reverse).isEmpty)
        bench.control(.fenceAck(stragglers: 1), from: 1, .reverse)
        #expect(bench.said.last?.message == .resend([0]))
        bench.control(.straggler(WrappedFrame(sequence: 0, bytes: straggler)), from: 1, .reverse)
        #expect(bench.transported(.reverse).map(\.number) == [1, 2])
    }

    @Test func stragglersGoOnInOrderBeforeAnythingElseOfTheirDirectionIsSeen() throws {
        var (bench, _) = try started()
        bench.control(Workbench.straggler(0), from: 1, .reverse)
        #expect(bench.transported(.reverse).isEmpty, "the destination does not hold the flow yet")
        for direction in Direction.allCases { bench.control(.startAck(received: 0), from: 2, direction) }
        #expect(bench.transported(.reverse).map(\.number) == [0])
        bench.control(Workbench.straggler(2), from: 1, .reverse)
        bench.control(Workbench.straggler(0), from: 1, .reverse)
        #expect(bench.transported(.reverse).map(\.number) == [0])
        bench.control(Workbench.straggler(1), from: 1, .reverse)
        #expect(bench.transported(.reverse).map(\.number) == [0, 1, 2])
        bench.packet(4, .reverse, under: try #require(bench.cookie(of: .detection, .reverse)))
        #expect(bench.said.last?.message == .fence())
        bench.control(.fenceAck(stragglers: 4), from: 1, .reverse)
        #expect(bench.said.last?.message == .resend([3]))
        bench.control(Workbench.straggler(3), from: 1, .reverse)
        #expect(bench.transported(.reverse).map(\.number) == [0, 1, 2, 3, 4])
        #expect(bench.transported(.reverse).map(\.sequence) == [0, 1, 2, 3, 4])
        #expect(bench.engine.records.first?.stragglers == 4)
    }

    @Test func stragglersThatHaveGoneOnAreGivenBackBeforeThoseThatCameLater() throws {
        var (bench, _) = try started()
        for direction in Direction.allCases { bench.control(.startAck(received: 0), from: 2, direction) }
        bench.control(Workbench.straggler(0), from: 1, .reverse)
        bench.packet(2, .reverse, under: try #require(bench.cookie(of: .detection, .reverse)))
        bench.control(.abort(reason: "buffer limit"), from: 2, .reverse)
        bench.control(.abortAck(refusal: nil), from: 2, .reverse)
        bench.control(.abortAck(refusal: nil), from: 1, .reverse)
        bench.clear()
        bench.control(Workbench.straggler(1), from: 1, .reverse)
        bench.control(.fenceAck(stragglers: 2), from: 1, .reverse)
        bench.control(.startAck(received: 0), from: 1, .reverse)
        #expect(bench.transported(.reverse).map(\.number) == [0, 1, 2])
    }

    @Test func aHandoverCompletesWhenBothDirectionsAreReleasedAndTheSourceIsTold() throws {
        var bench = try completed()
        let record = try #require(bench.engine.records.first)
        #expect(record.outcome == .completed)
        #expect(bench.engine.held.packets == 0)
        #expect(bench.said.filter { $0.message == .handoverFinished(nil) }.map(\.port) == [2, 2])
        bench.clear()
        bench.control(.handoverFinishedAck(), from: 1, .forward)
        bench.control(.handoverFinishedAck(), from: 1, .reverse)
        #expect(bench.flowMods.isEmpty, "exact entries stay while flows are being detected")
    }

    @Test func exactEntriesGoWhenDetectionIsOver() throws {
        var bench = try completed()
        bench.control(.handoverFinishedAck(), from: 1, .forward)
        bench.control(.handoverFinishedAck(), from: 1, .reverse)
        #expect(bench.engine.rules.all.first?.state != .settled)
        bench.detectionFallsSilent()
        #expect(bench.engine.rules.all.first?.state == .settled)
        bench.detectionCloses()
        #expect(bench.added.suffix(2) == [.closing, .closing])
        bench.closingExpires(.forward)
        bench.clear()
        bench.closingExpires(.reverse)
        #expect(bench.flowMods.suffix(2).map(\.flowMod.command) == [.deleteStrict, .deleteStrict])
    }

    @Test func anOpenHandoverSaysWhatItWaitsFor() throws {
        var bench = try Workbench()
        try bench.createRule()
        bench.packet(1, .forward, under: try #require(bench.cookie(of: .detection, .forward)))
        #expect(bench.engine.records.first?.waitsFor == .arm)
        for direction in Direction.allCases { bench.control(.startAck(received: 0), from: 2, direction) }
        #expect(bench.engine.records.first?.waitsFor == .redirect)
        #expect(try completed().engine.records.first?.waitsFor == nil)
    }

    private func completed() throws -> Workbench {
        var (bench, _) = try started()
        bench.packet(1, .reverse, under: try #require(bench.cookie(of: .detection, .reverse)))
        for direction in Direction.allCases { bench.control(.startAck(received: 0), from: 2, direction) }
        bench.control(.startAck(received: nil), from: 1, .forward)
        bench.control(.fenceAck(stragglers: 0), from: 1, .reverse)
        for direction in Direction.allCases {
            bench.packet(9, direction, under: try #require(bench.cookie(of: .redirect, direction)))
            bench.control(.releaseFinishedAck, from: 2, direction)
            bench.control(.handoverFinished(nil), from: 2, direction)
        }
        return bench
    }

    @Test func aFlowGetsAnInterceptingEntryWhenArmingTakesLong() throws {
        var (bench, _) = try started()
        #expect(bench.added.isEmpty)
        for _ in 0..<3 { bench.advance(by: .milliseconds(50)) }
        #expect(bench.added == [.intercept, .intercept])
    }

    @Test func unansweredFramesAreRepeatedWithGrowingPauses() throws {
        var (bench, _) = try started()
        bench.clear()
        bench.advance(by: .milliseconds(20))
        #expect(bench.said.count == 4)
        bench.advance(by: .milliseconds(20))
        #expect(bench.said.count == 4)
        bench.advance(by: .milliseconds(20))
        #expect(bench.said.count == 8)
    }

    @Test func aDestinationThatNeverAnswersHandsTheFlowBackInOrder() throws {
        var (bench, detection) = try started()
        bench.packet(2, .forward, under: detection)
        for direction in Direction.allCases { bench.control(.startAck(received: nil), from: 1, direction) }
        for _ in 0..<12 { bench.advance(by: .milliseconds(500)) }
        #expect(bench.added.suffix(2) == [.returnIntercept, .returnIntercept])
        bench.control(.abortAck(refusal: nil), from: 1, .forward)
        let home = Start(from: 1, to: 1, flow: Workbench.flow, directions: 2, peerAddress: "10.9.0.2:7000")
        #expect(bench.said.last?.message == .startDestination(home))
        bench.control(.startAck(received: 0), from: 1, .forward)
        #expect(bench.transported(.forward).map(\.number) == [1, 2])
        bench.packet(3, .forward, under: try #require(bench.cookie(of: .returnRedirect, .forward)))
        bench.control(.releaseFinishedAck, from: 1, .forward)
        bench.control(.handoverFinished(nil), from: 1, .forward)
        #expect(bench.engine.records.first?.outcome == .open, "the other direction may still speak")
        for _ in 0..<26 { bench.advance(by: .milliseconds(500)) }
        bench.control(.fenceAck(stragglers: 0), from: 1, .reverse)
        bench.control(.startAck(received: 0), from: 1, .reverse)
        for _ in 0..<26 { bench.advance(by: .milliseconds(500)) }
        bench.control(.releaseFinishedAck, from: 1, .reverse)
        bench.control(.handoverFinished(nil), from: 1, .reverse)
        let record = try #require(bench.engine.records.first)
        #expect(record.outcome == .aborted)
        #expect(record.reason?.contains("the destination, VNF 2, does not answer") == true)
        #expect(bench.added.filter { $0 == .kept }.count == 2)
        #expect(bench.engine.held.packets == 0)
    }

    @Test func aDestinationThatHasForgottenLosesOnlyWhatItHadAndThatIsCounted() throws {
        var (bench, detection) = try started()
        bench.packet(2, .forward, under: detection)
        for direction in Direction.allCases { bench.control(.startAck(received: 0), from: 2, direction) }
        let redirect = try #require(bench.cookie(of: .redirect, .forward))
        for number in UInt8(3)...5 { bench.packet(number, .forward, under: redirect) }
        bench.control(.abort(reason: ControlMessage.unknownHandover), from: 2, .forward)
        bench.clear()
        bench.control(.abortAck(refusal: nil), from: 1, .forward)
        bench.control(.startAck(received: 0), from: 1, .forward)
        #expect(bench.transported(.forward).map(\.number) == [1, 2])
        #expect(bench.engine.records.first?.lost == 3)
    }

    @Test func aDestinationThatGivesUpReturnsWhatReachedItBehindWhatTheControllerHas() throws {
        var (bench, detection) = try started()
        for direction in Direction.allCases { bench.control(.startAck(received: 0), from: 2, direction) }
        bench.packet(3, .forward, under: try #require(bench.cookie(of: .redirect, .forward)))
        bench.control(.abort(reason: "buffer limit"), from: 2, .forward)
        #expect(bench.said.last?.message == .abort(reason: "buffer limit"))
        bench.control(.abortAck(refusal: nil), from: 2, .forward)
        bench.control(.abortAck(refusal: nil), from: 1, .forward)
        bench.control(.startAck(received: 0), from: 1, .forward)
        bench.clear()
        bench.packet(5, .forward, under: try #require(bench.cookie(of: .returnIntercept, .forward)))
        #expect(bench.said.map(\.message) == [.fence()])
        #expect(bench.said.map(\.port) == [3])
        bench.control(.fenceAck(stragglers: 2), from: 2, .forward)
        for (index, number) in [UInt8(3), 4].enumerated() {
            bench.control(
                .straggler(WrappedFrame(sequence: UInt32(index), bytes: Workbench.frame(Workbench.flow, number))), from: 2, .forward)
        }
        #expect(bench.transported(.forward).map(\.number) == [3, 4, 5])
        _ = detection
    }

    @Test func aDestinationThatHasTheStateIsNotStopped() throws {
        var (bench, _) = try started()
        for direction in Direction.allCases { bench.control(.startAck(received: 0), from: 2, direction) }
        bench.control(.abort(reason: "buffer limit"), from: 2, .forward)
        bench.control(.abortAck(refusal: "the state is in place"), from: 2, .forward)
        bench.clear()
        bench.packet(2, .forward, under: try #require(bench.cookie(of: .redirect, .forward)))
        #expect(bench.said.last?.message == .releaseFinished(count: 1))
        #expect(!bench.added.contains(.returnIntercept))
    }

    @Test func aSourceThatNeverAnswersCostsTheStateAndNoPacket() throws {
        var (bench, detection) = try started()
        bench.packet(2, .forward, under: detection)
        for direction in Direction.allCases { bench.control(.startAck(received: 0), from: 2, direction) }
        for _ in 0..<12 { bench.advance(by: .milliseconds(500)) }
        #expect(bench.said.contains { $0.message == .transfer(.nobody) })
        for direction in Direction.allCases { bench.control(.transferAck, from: 2, direction) }
        for direction in Direction.allCases {
            bench.packet(9, direction, under: try #require(bench.cookie(of: .redirect, direction)))
            bench.control(.releaseFinishedAck, from: 2, direction)
            bench.control(.handoverFinished(nil), from: 2, direction)
        }
        let record = try #require(bench.engine.records.first)
        #expect(record.outcome == .failed)
        #expect(record.reason == "the source, VNF 1, does not answer")
        #expect(bench.transported(.forward).map(\.number) == [1, 2])
        #expect(bench.engine.held.packets == 0)
    }

    @Test func aSourceWhoseFunctionNeedsTimeIsWaitedForAsLongAsForTheState() throws {
        var (bench, _) = try started()
        for direction in Direction.allCases { bench.control(.startAck(received: 0), from: 2, direction) }
        for _ in 0..<20 {
            bench.advance(by: .milliseconds(500))
            bench.control(.freezing, from: 1, .forward)
        }
        #expect(!bench.said.contains { $0.message == .transfer(.nobody) })
        bench.clear()
        for direction in Direction.allCases { bench.control(.startAck(received: nil), from: 1, direction) }
        #expect(bench.said.filter { if case .transfer = $0.message { true } else { false } }.count == 2)
    }

    @Test func aFlowStaysWhereItsFunctionNeverGetsReadyToGiveItAway() throws {
        var (bench, _) = try started()
        for direction in Direction.allCases { bench.control(.startAck(received: 0), from: 2, direction) }
        for _ in 0..<241 {
            bench.advance(by: .milliseconds(500))
            bench.control(.freezing, from: 1, .forward)
            for direction in Direction.allCases {
                bench.control(.fenceAck(stragglers: 0), from: 1, direction)
                bench.control(.releaseFinishedAck, from: 2, direction)
            }
        }
        let reason = "the function of VNF 1 did not get ready in time"
        #expect(bench.said.contains { $0.message == .abort(reason: reason) })
        #expect(!bench.said.contains { $0.message == .transfer(.nobody) })
        #expect(bench.engine.records.first?.reason == reason)
    }

    @Test func aStateThatCannotBeFetchedSendsTheFlowBack() throws {
        var (bench, _) = try started()
        for direction in Direction.allCases { bench.control(.startAck(received: 0), from: 2, direction) }
        for direction in Direction.allCases { bench.control(.startAck(received: nil), from: 1, direction) }
        bench.clear()
        bench.control(.abort(reason: "no route to the peer"), from: 2, .forward)
        #expect(
            bench.said.map(\.message) == [
                .abortAck(refusal: nil), .abort(reason: "no route to the peer"), .abort(reason: "no route to the peer"),
            ])
    }

    @Test func finishedIsAcknowledgedEvenForAHandoverThatIsForgotten() throws {
        var bench = try Workbench()
        bench.clear()
        bench.control(.handoverFinished(nil), from: 2, .forward, handover: 777)
        #expect(bench.said.map(\.message) == [.handoverFinishedAck()])
    }

    @Test func malformedControlFramesAreCountedAndIgnored() throws {
        var (bench, _) = try started()
        bench.clear()
        bench.controlBytes(Array(repeating: 0xFF, count: 60), from: 2, .forward)
        bench.controlBytes([], from: 2, .forward)
        #expect(bench.engine.counters.malformedControlFrames == 2)
        #expect(bench.messages.isEmpty)
    }
}
