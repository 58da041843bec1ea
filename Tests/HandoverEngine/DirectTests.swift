import ControlFrames
import Frames
import HandoverEngine
import OpenFlow
import Testing
import Timing

@Suite struct DirectTests {
    /// A bench at the moment when the destination holds what it will be given.
    private func armed(_ grouping: Grouping = .perFlow) throws -> Workbench {
        var bench = try Workbench()
        bench.clear()
        try bench.createRule(mode: .direct, grouping: grouping)
        #expect(bench.added.isEmpty, "no table changes before the destination is armed")
        for direction in Direction.allCases { bench.control(.armAck, from: 2, direction) }
        return bench
    }

    /// A bench whose flow was seen by the destination in the forward direction.
    private func sighted() throws -> Workbench {
        var bench = try armed()
        bench.clear()
        bench.seen(.forward, by: 2)
        return bench
    }

    @Test func theDestinationIsArmedInEveryDirectionBeforeTheTablesChange() throws {
        var bench = try Workbench()
        bench.clear()
        try bench.createRule(mode: .direct)
        let arm = Arm(vnf: 2, match: .any, ownsRest: false)
        #expect(bench.said.map(\.message) == [.arm(arm), .arm(arm)])
        #expect(bench.said.map(\.port) == [3, 3])
        bench.control(.armAck, from: 2, .forward)
        #expect(bench.added.isEmpty)
        bench.control(.armAck, from: 2, .reverse)
        #expect(bench.added == [.steering, .steering])
    }

    @Test func onlyTheSteeringEntryChangesInAWholeHandover() throws {
        var bench = try armed()
        bench.clear()
        try handOver(&bench)
        #expect(bench.added.isEmpty)
        #expect(bench.engine.records.map(\.outcome) == [.completed])
        #expect(bench.engine.counters.flowPackets == 0)
    }

    private func handOver(_ bench: inout Workbench) throws {
        for direction in Direction.allCases { bench.seen(direction, by: 2) }
        for direction in Direction.allCases {
            bench.control(.startAck(received: 0), from: 2, direction, handover: 2)
            bench.control(.startAck(received: nil), from: 1, direction, handover: 2)
        }
        for direction in Direction.allCases {
            bench.control(.fenceAck(stragglers: 3), from: 1, direction, handover: 2)
            bench.control(.handoverFinished(nil), from: 2, direction, handover: 2)
        }
    }

    @Test func theFlowThatWasSeenIsFencedThereAndOnlyIntercepedInTheOtherDirection() throws {
        let bench = try sighted()
        let toSource = bench.said.filter { $0.port == 2 }
        let fences = toSource.filter { if case .fence = $0.message { true } else { false } }
        let starts = toSource.compactMap { if case .startSource(let start) = $0.message { start } else { nil } }
        #expect(fences.map(\.datapath) == [Workbench.ingress])
        #expect(starts.map(\.straightTo) == [MACAddress(bits: 2 << 8 | 1), MACAddress(bits: 2 << 8 | 2)])
    }

    @Test func theOtherDirectionIsFencedWhenItIsSeen() throws {
        var bench = try sighted()
        bench.clear()
        bench.seen(.reverse, by: 2)
        let fences = bench.said.filter { if case .fence = $0.message { true } else { false } }
        #expect(fences.map(\.datapath) == [Workbench.egress])
        #expect(bench.engine.records.count == 1)
    }

    @Test func theStateIsFetchedOnlyWhenTheSourceHasFrozenItOnEverySide() throws {
        var bench = try sighted()
        for direction in Direction.allCases { bench.control(.startAck(received: 0), from: 2, direction, handover: 2) }
        func isTransferring() -> Bool { bench.said.contains { if case .transfer = $0.message { true } else { false } } }
        bench.control(.startAck(received: nil), from: 1, .forward, handover: 2)
        #expect(!isTransferring())
        bench.control(.startAck(received: nil), from: 1, .reverse, handover: 2)
        #expect(isTransferring())
    }

    @Test func aFlowThatTheInstanceHasAlreadyIsReleasedAtOnce() throws {
        var bench = try Workbench()
        try bench.createRule(to: 1, mode: .direct)
        for direction in Direction.allCases { bench.control(.armAck, from: 1, direction) }
        bench.clear()
        bench.seen(.forward, by: 1)
        #expect(bench.said.map(\.message) == [.seenAck(SeenAck(flow: Workbench.flow, verdict: .yours))])
        #expect(bench.engine.records.isEmpty)
    }

    @Test func whatIsTheInstancesOwnIsSaidBeforehandWhereNothingMoves() throws {
        var bench = try Workbench()
        bench.clear()
        try bench.createRule(to: 1, mode: .direct)
        #expect(bench.said.first?.message == .arm(Arm(vnf: 1, match: .any, ownsRest: true)))
    }

    @Test func theInstanceIsDisarmedWhenNoFlowIsSeenAnyMore() throws {
        var bench = try armed()
        bench.clear()
        bench.detectionFallsSilent()
        #expect(bench.said.contains { $0.message == .disarm && $0.datapath == Workbench.ingress })
        #expect(bench.said.contains { $0.message == .disarm && $0.datapath == Workbench.egress })
    }

    @Test func theRuleIsSettledWhenTheInstanceHoldsNothingMore() throws {
        var bench = try armed()
        bench.detectionFallsSilent()
        bench.control(.disarmAck, from: 2, .forward)
        #expect(bench.engine.rules.all.first?.state != .settled)
        bench.control(.disarmAck, from: 2, .reverse)
        #expect(bench.engine.rules.all.first?.state == .settled)
    }

    @Test func aFlowThatIsReportedLateIsNoNewOneWhileTheInstanceMayStillHoldIt() throws {
        var bench = try armed()
        bench.detectionFallsSilent()
        bench.seen(.forward, by: 2)
        #expect(bench.engine.records.map(\.source) == [VNFID(1)])
    }

    @Test func aFlowThatWasNewIsWhereItWasMetThoughAnEarlierRuleTakesEffectLater() throws {
        var bench = try armed()
        try bench.createRule(priority: 11, to: 1, mode: .direct)
        bench.advance(by: .milliseconds(600))
        for direction in Direction.allCases { bench.control(.armAck, from: 1, direction, handover: 2) }
        bench.seen(.forward, by: 1, arming: 2)
        bench.control(.fenceAck(stragglers: 0, flow: Workbench.flow), from: 2, .forward)
        bench.seen(.forward, by: 1, arming: 2)
        #expect(bench.engine.records.isEmpty, "VNF 1 has it already")
        for _ in 0..<2 { bench.advance(by: .milliseconds(500)) }
        for direction in Direction.allCases { bench.control(.disarmAck, from: 2, direction) }
        #expect(bench.engine.rules.all.map(\.isDetecting) == [false, true])
        try bench.createRule(priority: 12, to: 2, mode: .direct)
        for direction in Direction.allCases { bench.control(.armAck, from: 2, direction, handover: 3) }
        bench.seen(.forward, by: 2, arming: 3)
        bench.control(.fenceAck(stragglers: 0, flow: Workbench.flow), from: 1, .forward, handover: 2)
        #expect(bench.engine.records.isEmpty, "VNF 1 may hold packets of the other direction")
        #expect(bench.said.contains { $0.message == .fence(flow: Workbench.flow.mirrored) && $0.datapath == Workbench.egress })
        bench.control(.fenceAck(stragglers: 0, flow: Workbench.flow.mirrored), from: 1, .reverse, handover: 2)
        #expect(bench.engine.records.map(\.source) == [VNFID(1)])
    }

    @Test func anInstanceThatDoesNotAnswerIsNotWaitedForForever() throws {
        var bench = try Workbench()
        try bench.createRule(mode: .direct)
        bench.clear()
        for _ in 0..<20 { bench.advance(by: .milliseconds(500)) }
        #expect(bench.added.prefix(4) == [.detection, .detection, .steering, .steering])
        #expect(bench.engine.rules.all.first?.mode == .sharp)
        #expect(bench.engine.rules.all.first?.modeReason == "VNF 2 does not answer ARM")
    }

    @Test func aFlowWaitsForItsTurnWhileAsManyMoveAsMay() throws {
        var configuration = Configuration()
        configuration.limits.moving = 0
        var bench = try Workbench(configuration)
        try bench.createRule(mode: .direct)
        for direction in Direction.allCases { bench.control(.armAck, from: 2, direction) }
        bench.clear()
        bench.seen(.forward, by: 2)
        bench.seen(.forward, by: 2)
        #expect(bench.said.map(\.message) == Array(repeating: .seenAck(SeenAck(flow: Workbench.flow, verdict: .wait)), count: 2))
        #expect(bench.engine.records.isEmpty && bench.engine.counters.waitedForTurn == 1)
        for _ in 0..<20 { bench.advance(by: .milliseconds(500)) }
        #expect(bench.engine.rules.all.first?.isDetecting == true, "a flow that waits is no new one")
    }

    @Test func aFlowIsSeenAfterTheEndAndIsTheInstancesOwn() throws {
        var bench = try armed()
        bench.detectionFallsSilent()
        for direction in Direction.allCases { bench.control(.disarmAck, from: 2, direction) }
        bench.clear()
        bench.seen(.forward, by: 2)
        #expect(bench.said.map(\.message) == [.seenAck(SeenAck(flow: Workbench.flow, verdict: .yours)), .disarm])
    }

    @Test func removingTheRuleArmsWhoeverTheFlowsFallTo() throws {
        var bench = try armed()
        bench.detectionFallsSilent()
        for direction in Direction.allCases { bench.control(.disarmAck, from: 2, direction) }
        let rule = try #require(bench.engine.rules.all.first)
        bench.clear()
        _ = try bench.engine.removeRule(rule.id, at: bench.now)
        bench.take()
        let armed = bench.said.compactMap { if case .arm(let arm) = $0.message { arm.vnf } else { nil } }
        #expect(armed == [1, 1])
        #expect(bench.flowMods.isEmpty)
        for direction in Direction.allCases { bench.control(.armAck, from: 1, direction, handover: 2) }
        #expect(bench.flowMods.map(\.flowMod.command) == [.deleteStrict, .deleteStrict])
    }

    @Test func aRuleOverTheSameFlowsWaitsUntilSwitchesHaveFollowedTheOneBefore() throws {
        var bench = try armed()
        let rule = try #require(bench.engine.rules.all.first)
        bench.clear()
        _ = try bench.engine.removeRule(rule.id, at: bench.now)
        bench.take()
        #expect(bench.said.isEmpty && bench.flowMods.isEmpty)
        bench.advance(by: .milliseconds(500))
        #expect(bench.said.contains { if case .arm(let arm) = $0.message { arm.vnf == 1 } else { false } })
    }

    @Test func aSourceIsToldWhatItHoldsBecauseALaterRuleSendsItThere() throws {
        var bench = try armed()
        let rule = try #require(bench.engine.rules.all.first)
        _ = try bench.engine.removeRule(rule.id, at: bench.now)
        bench.advance(by: .milliseconds(500))
        bench.clear()
        bench.seen(.forward, by: 2)
        let starts = bench.said.compactMap { if case .startSource(let start) = $0.message { start.heldUnder } else { nil } }
        #expect(starts == [HandoverID(rawValue: 2), HandoverID(rawValue: 2)])
    }

    @Test func aDestinationThatWasStartedAnewSinceItReportedTheFlowMakesTheHandoverFail() throws {
        var bench = try sighted()
        bench.control(.abort(reason: ControlMessage.unknownHandover), from: 2, .forward, handover: 2)
        for direction in Direction.allCases { bench.seen(direction, by: 2) }
        for direction in Direction.allCases {
            bench.control(.startAck(received: 0), from: 2, direction, handover: 2)
            bench.control(.startAck(received: nil), from: 1, direction, handover: 2)
            bench.control(.fenceAck(stragglers: 0), from: 1, direction, handover: 2)
            bench.control(.handoverFinished(nil), from: 2, direction, handover: 2)
        }
        #expect(bench.engine.records.map(\.outcome) == [.failed])
    }

    // MARK: All flows together

    @Test func flowsThatMoveTogetherHaveOneStartAndOneFenceEach() throws {
        var bench = try armed(.together)
        let starts = bench.said.compactMap { if case .startSource(let start) = $0.message { start.subject } else { nil } }
        #expect(starts == [.match(.any), .match(.any)])
        bench.clear()
        bench.seen(.forward, by: 2)
        #expect(bench.said.contains { $0.message == .seenAck(SeenAck(flow: Workbench.flow, verdict: .joins(HandoverID(rawValue: 2)))) })
        #expect(bench.said.contains { $0.message == .fence(flow: Workbench.flow) && $0.port == 2 })
    }

    @Test func flowsThatMoveTogetherAreOverWhenEachIsReleasedAndNoneIsSeenAnyMore() throws {
        var bench = try armed(.together)
        bench.seen(.forward, by: 2)
        for direction in Direction.allCases {
            bench.control(.startAck(received: 0), from: 2, direction, handover: 2)
            bench.control(.startAck(received: nil), from: 1, direction, handover: 2)
        }
        bench.control(.fenceAck(stragglers: 0, flow: Workbench.flow), from: 1, .forward, handover: 2)
        bench.control(.transferAck, from: 2, .forward, handover: 2)
        bench.control(.handoverFinished(nil, flow: Workbench.flow), from: 2, .forward, handover: 2)
        #expect(bench.engine.openHandovers == 1)
        bench.clear()
        bench.detectionFallsSilent()
        #expect(bench.said.contains { $0.message == .fence() && $0.port == 2 })
        #expect(!bench.said.contains { $0.message == .handoverFinished(nil) }, "stragglers of flows that were never seen come first")
        for direction in Direction.allCases { bench.control(.fenceAck(stragglers: 0), from: 1, direction, handover: 2) }
        #expect(bench.said.contains { $0.message == .handoverFinished(nil) && $0.port == 3 })
        #expect(!bench.said.contains { $0.message == .disarm }, "what comes now is held until the destination has taken its leave")
        for direction in Direction.allCases { bench.control(.handoverFinishedAck(), from: 2, direction, handover: 2) }
        #expect(bench.engine.records.map(\.outcome) == [.completed])
        #expect(bench.said.contains { $0.message == .handoverFinished(nil) && $0.port == 2 })
    }

    // MARK: Stragglers that take long

    /// A source that goes on sending stragglers for longer than one that does not answer is waited for, and then no more.
    private func sendsStragglers(_ bench: inout Workbench) {
        for _ in 0..<40 {
            bench.advance(by: .milliseconds(500))
            bench.control(.fencing, from: 1, .forward, handover: 2)
            bench.control(.transferAck, from: 2, .forward, handover: 2)
        }
    }

    @Test(arguments: [true, false])
    func aSourceIsWaitedForAsLongAsTheDestinationAsksItForStragglers(_ movesGroup: Bool) throws {
        var bench = try movesGroup ? armed(.together) : sighted()
        if movesGroup { bench.seen(.forward, by: 2) }
        for direction in Direction.allCases {
            bench.control(.startAck(received: 0), from: 2, direction, handover: 2)
            bench.control(.startAck(received: nil), from: 1, direction, handover: 2)
        }
        bench.control(.transferAck, from: 2, .forward, handover: 2)
        bench.clear()
        sendsStragglers(&bench)
        func isGivenUp() -> Bool { bench.said.contains { $0.message == .releaseFinished(count: .max) || $0.message == .transfer(.nobody) } }
        #expect(!isGivenUp())
        for _ in 0..<40 {
            bench.advance(by: .milliseconds(500))
            bench.control(.transferAck, from: 2, .forward, handover: 2)
        }
        #expect(isGivenUp() || bench.engine.records.contains { $0.outcome == .failed })
    }
}
