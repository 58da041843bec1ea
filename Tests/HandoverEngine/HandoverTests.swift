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
        #expect(detection.idleTimeout == 1)
        #expect(detection.flags.contains(.sendFlowRemoved))
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
        bench.control(.startAck, from: 2, .forward)
        #expect(bench.transported(.forward).isEmpty)
        bench.control(.startAck, from: 2, .reverse)
        #expect(bench.transported(.forward).map(\.sequence) == [0, 1])
        #expect(bench.transported(.forward).map(\.number) == [1, 2])
        #expect(bench.added.suffix(2) == [.redirect, .redirect])
    }

    @Test func thePacketUnderTheRedirectingEntryIsTheMarkerAndACopy() throws {
        var (bench, detection) = try started()
        bench.control(.startAck, from: 2, .forward)
        bench.control(.startAck, from: 2, .reverse)
        let redirect = try #require(bench.cookie(of: .redirect, .forward))
        bench.packet(2, .forward, under: detection)
        #expect(!bench.said.contains { $0.message == .releaseFinished(count: 2) })
        bench.packet(3, .forward, under: redirect)
        #expect(bench.said.last?.message == .releaseFinished(count: 2))
        #expect(bench.transported(.forward).map(\.number) == [1, 2])
    }

    @Test func theStateIsFetchedOnlyWhenTheSourceHasFrozenIt() throws {
        var (bench, _) = try started()
        bench.control(.startAck, from: 2, .forward)
        bench.control(.startAck, from: 2, .reverse)
        func isTransferring(_ bench: Workbench) -> Bool {
            bench.said.contains { if case .transfer = $0.message { true } else { false } }
        }
        #expect(!isTransferring(bench))
        bench.control(.startAck, from: 1, .forward)
        #expect(isTransferring(bench))
    }

    @Test func aDirectionSeenLaterIsFencedAndItsStragglersGoFirst() throws {
        var (bench, _) = try started()
        let detection = try #require(bench.cookie(of: .detection, .reverse))
        bench.control(.startAck, from: 2, .forward)
        bench.control(.startAck, from: 2, .reverse)
        let straggler = Workbench.frame(Workbench.flow.mirrored, 1)
        bench.packet(2, .reverse, under: detection)
        #expect(bench.said.last?.message == .fence)
        #expect(bench.transported(.reverse).isEmpty)
        bench.control(.fenceAck(stragglers: 1), from: 1, .reverse)
        #expect(bench.said.last?.message == .resend([0]))
        bench.control(.straggler(WrappedFrame(sequence: 0, bytes: straggler)), from: 1, .reverse)
        #expect(bench.transported(.reverse).map(\.number) == [1, 2])
    }

    @Test func aHandoverCompletesWhenBothDirectionsAreReleasedAndTheSourceIsTold() throws {
        var bench = try completed()
        let record = try #require(bench.engine.records.first)
        #expect(record.outcome == .completed)
        #expect(bench.engine.held.packets == 0)
        #expect(bench.said.filter { $0.message == .handoverFinished(nil) }.map(\.port) == [2, 2])
        bench.clear()
        bench.control(.handoverFinishedAck, from: 1, .forward)
        bench.control(.handoverFinishedAck, from: 1, .reverse)
        #expect(bench.flowMods.isEmpty, "exact entries stay while flows are being detected")
    }

    @Test func exactEntriesGoWhenDetectionIsOver() throws {
        var bench = try completed()
        bench.control(.handoverFinishedAck, from: 1, .forward)
        bench.control(.handoverFinishedAck, from: 1, .reverse)
        bench.detectionExpires(.forward)
        #expect(bench.engine.rules.all.first?.state != .settled)
        bench.detectionExpires(.reverse)
        #expect(bench.flowMods.suffix(2).map(\.flowMod.command) == [.deleteStrict, .deleteStrict])
        #expect(bench.engine.rules.all.first?.state == .settled)
    }

    private func completed() throws -> Workbench {
        var (bench, _) = try started()
        bench.packet(1, .reverse, under: try #require(bench.cookie(of: .detection, .reverse)))
        for direction in Direction.allCases { bench.control(.startAck, from: 2, direction) }
        bench.control(.startAck, from: 1, .forward)
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

    @Test func aDestinationThatNeverAnswersEndsTheHandoverAndNothingIsLost() throws {
        var (bench, detection) = try started()
        bench.packet(2, .forward, under: detection)
        bench.clear()
        for _ in 0..<40 { bench.advance(by: .milliseconds(500)) }
        let record = try #require(bench.engine.records.first)
        #expect(record.outcome == .aborted)
        #expect(record.reason?.contains("the destination, VNF 2, does not answer") == true)
        #expect(bench.added.filter { $0 == .handBack }.count == 2)
        let delivered = bench.messages.compactMap { _, message -> UInt8? in
            guard case .packetOut(let packetOut) = message, packetOut.data[12] == 0x08 else { return nil }
            return packetOut.data[42]
        }
        #expect(delivered == [1, 2])
        #expect(bench.engine.held.packets == 0)
    }

    @Test func aSourceThatNeverAnswersCostsTheStateAndNoPacket() throws {
        var (bench, detection) = try started()
        bench.packet(2, .forward, under: detection)
        for direction in Direction.allCases { bench.control(.startAck, from: 2, direction) }
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

    @Test func aStateThatCannotBeFetchedDoesNotHoldTheFlow() throws {
        var (bench, _) = try started()
        for direction in Direction.allCases { bench.control(.startAck, from: 2, direction) }
        bench.control(.startAck, from: 1, .forward)
        bench.clear()
        bench.control(.abort(reason: "no route to the peer"), from: 2, .forward)
        #expect(bench.said.map(\.message).prefix(2) == [.abortAck, .transfer(.nobody)])
    }

    @Test func finishedIsAcknowledgedEvenForAHandoverThatIsForgotten() throws {
        var bench = try Workbench()
        bench.clear()
        bench.control(.handoverFinished(nil), from: 2, .forward, handover: 777)
        #expect(bench.said.map(\.message) == [.handoverFinishedAck])
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
