import Frames
import HandoverEngine
import Testing

@Suite struct RuleTests {
    private func udp(to port: UInt16) throws -> FlowMatch {
        var fields = FlowMatch.Fields()
        fields.etherType = EtherType.ipv4
        fields.ipProtocol = IPProtocol.udp
        fields.udpDestination = port
        return try FlowMatch(fields)
    }

    @Test func theSameRuleTwiceIsOneRule() throws {
        var bench = try Workbench()
        let first = try bench.createRule()
        bench.clear()
        let second = try bench.createRule()
        #expect(first.id == second.id)
        #expect(bench.flowMods.isEmpty)
    }

    @Test func overlappingRulesOfOnePriorityAreRefused() throws {
        var bench = try Workbench()
        try bench.createRule(priority: 10, to: 2)
        #expect(throws: Refusal.self) { try bench.createRule(priority: 10, to: 1) }
        #expect(throws: Refusal.self) { try bench.createRule(priority: 10, match: try udp(to: 7)) }
    }

    @Test func distinctFlowsMayHaveRulesOfOnePriority() throws {
        var bench = try Workbench()
        try bench.createRule(match: try udp(to: 7))
        try bench.createRule(match: try udp(to: 8))
        #expect(bench.engine.rules.all.count == 2)
    }

    /// Lets the open handover of the flow complete, from where it was begun by a packet of the forward direction.
    private func complete(_ bench: inout Workbench, from source: UInt16, to destination: UInt16, handover: UInt16) throws {
        for direction in Direction.allCases {
            bench.control(.startAck(received: 0), from: destination, direction, handover: handover)
        }
        for direction in Direction.allCases {
            bench.control(.startAck(received: nil), from: source, direction, handover: handover)
        }
        for direction in Direction.allCases {
            bench.packet(9, direction, under: try #require(bench.cookie(of: .redirect, direction)))
            bench.control(.fenceAck(stragglers: 0), from: source, direction, handover: handover)
            bench.control(.releaseFinishedAck, from: destination, direction, handover: handover)
            bench.control(.handoverFinished(nil), from: destination, direction, handover: handover)
            bench.control(.handoverFinishedAck(), from: source, direction, handover: handover)
        }
        for direction in Direction.allCases { bench.control(.handoverFinishedAck(), from: source, direction, handover: handover) }
    }

    @Test func aFlowThatIsStillMovingGoesOnToWhereTheLaterRuleSendsIt() throws {
        var bench = try Workbench(instances: 3)
        try bench.createRule(priority: 10, to: 2)
        bench.packet(1, .forward, under: try #require(bench.cookie(of: .detection, .forward)))
        let later = try bench.createRule(priority: 11, to: 3)
        #expect(bench.engine.records.count == 1, "it arrives first")
        try complete(&bench, from: 1, to: 2, handover: 1)
        #expect(bench.engine.records.map(\.destination) == [VNFID(2), VNFID(3)])
        #expect(bench.engine.records.map(\.source) == [VNFID(1), VNFID(2)])
        #expect(bench.engine.rules.rules[later.id]?.state != .settled)
        try complete(&bench, from: 2, to: 3, handover: 2)
        #expect(bench.engine.records.map(\.outcome) == [.completed, .completed])
        bench.detectionFallsSilent()
        #expect(bench.engine.rules.all.map(\.state) == [.settled, .settled])
    }

    @Test func aFlowMovesOnOnceWhenSeveralRulesComeMeanwhile() throws {
        var bench = try Workbench(instances: 4)
        try bench.createRule(priority: 10, to: 2)
        bench.packet(1, .forward, under: try #require(bench.cookie(of: .detection, .forward)))
        try bench.createRule(priority: 11, to: 3)
        try bench.createRule(priority: 12, to: 4)
        try complete(&bench, from: 1, to: 2, handover: 1)
        try complete(&bench, from: 2, to: 4, handover: 2)
        #expect(bench.engine.records.map(\.destination) == [VNFID(2), VNFID(4)])
        bench.detectionFallsSilent()
        #expect(bench.engine.rules.all.map(\.state) == [.settled, .settled, .settled])
    }

    @Test func aRuleRemovedWhileItsFlowsMoveSendsThemBackOnceTheyHaveArrived() throws {
        var bench = try Workbench()
        let rule = try bench.createRule(priority: 10, to: 2)
        bench.packet(1, .forward, under: try #require(bench.cookie(of: .detection, .forward)))
        _ = try bench.engine.removeRule(rule.id, at: bench.now)
        bench.take()
        try complete(&bench, from: 1, to: 2, handover: 1)
        try complete(&bench, from: 2, to: 1, handover: 2)
        #expect(bench.engine.records.map(\.destination) == [VNFID(2), VNFID(1)])
        bench.detectionFallsSilent()
        #expect(bench.engine.rules.rules[rule.id]?.state == .removed)
    }

    @Test func aLessImportantRuleDoesNotMoveWhatAnotherHolds() throws {
        var bench = try Workbench(instances: 3)
        try bench.createRule(priority: 10, to: 2)
        bench.packet(1, .forward, under: try #require(bench.cookie(of: .detection, .forward)))
        try bench.createRule(priority: 9, to: 3)
        try complete(&bench, from: 1, to: 2, handover: 1)
        #expect(bench.engine.records.count == 1)
    }

    @Test func aNameIsFreeAgainWhenItsRuleIsGone() throws {
        var bench = try Workbench()
        let rule = try bench.createRule(priority: 10, to: 2)
        _ = try bench.engine.removeRule(rule.id, at: bench.now)
        bench.take()
        bench.detectionFallsSilent()
        let again = try bench.engine.create(rule.specification, named: rule.name, at: bench.now)
        #expect(again.id != rule.id)
    }

    @Test func detectionLastsUntilNoFlowHasAppearedForTheMaximumSilence() throws {
        var bench = try Workbench()
        let rule = try bench.createRule(priority: 10, to: 2, maximumSilence: .milliseconds(700))
        bench.advance(by: .milliseconds(600))
        bench.packet(1, .forward, under: try #require(bench.cookie(of: .detection, .forward)))
        bench.advance(by: .milliseconds(600))
        #expect(bench.engine.rules.rules[rule.id]?.isDetecting == true)
        bench.advance(by: .milliseconds(101))
        #expect(bench.engine.rules.rules[rule.id]?.isDetecting == false)
    }

    @Test func detectionEndsAtItsLimitAlthoughFlowsGoOnAppearing() throws {
        var bench = try Workbench()
        let rule = try bench.createRule(priority: 10, to: 2, maximumSilence: .milliseconds(700), detectionLimit: .seconds(2))
        for _ in 0..<25 {
            bench.packet(1, .forward, under: try #require(bench.cookie(of: .detection, .forward)))
            bench.advance(by: .milliseconds(100))
        }
        #expect(bench.engine.rules.rules[rule.id]?.isDetecting == false)
    }

    @Test func detectionEntriesStayUntilNoFlowFromBeforeThemCanBeCached() throws {
        var configuration = Configuration()
        configuration.silenceGuard = .seconds(4)
        var bench = try Workbench(configuration)
        try bench.createRule(priority: 10, to: 2)
        bench.detectionFallsSilent()
        #expect(bench.engine.rules.all.first?.state == .settled)
        bench.clear()
        bench.advance(by: .milliseconds(1_999))
        #expect(bench.flowMods.isEmpty)
        bench.advance(by: .milliseconds(1))
        #expect(bench.added == [.closing, .closing])
        #expect(bench.flowMods.map(\.flowMod.idleTimeout) == [1, 1])
    }

    @Test func aRuleIsRemovedAtOnceWhileItsDetectionEntriesStay() throws {
        var bench = try Workbench()
        let rule = try bench.createRule(priority: 10, to: 2)
        bench.detectionFallsSilent()
        let before = try #require(bench.cookie(of: .detection, .forward))
        _ = try bench.engine.removeRule(rule.id, at: bench.now)
        bench.take()
        #expect(bench.cookie(of: .detection, .forward) != before)
        bench.detectionFallsSilent()
        #expect(bench.engine.rules.rules[rule.id]?.state == .removed)
    }

    @Test func aPacketOfAnUnknownFlowBehindTheEndOfDetectionIsCounted() throws {
        var bench = try Workbench()
        try bench.createRule(priority: 10, to: 2)
        bench.detectionCloses()
        let late = try #require(bench.cookie(of: .closing, .forward))
        for direction in Direction.allCases { bench.closingExpires(direction) }
        bench.packet(1, .forward, under: late)
        #expect(bench.engine.counters.lateDetections == 1)
        bench.packet(2, .forward, under: late)
        #expect(bench.engine.counters.lateDetections == 1, "by then the flow is known")
    }

    @Test func detectionEntriesAreRemovedAtALimitAlthoughNewFlowsDoNotPause() throws {
        var bench = try Workbench()
        try bench.createRule(priority: 10, to: 2)
        bench.detectionCloses()
        bench.clear()
        for _ in 0..<20 { bench.advance(by: .milliseconds(500)) }
        #expect(bench.engine.counters.forcedClosings == 1)
        #expect(bench.flowMods.map(\.flowMod.command) == [.deleteStrict, .deleteStrict])
    }

    @Test func aFlowThatAppearsAfterDetectionIsNewAndStaysInOrder() throws {
        var bench = try Workbench()
        try bench.createRule(priority: 10, to: 2)
        bench.detectionFallsSilent()
        bench.clear()
        bench.packet(1, .forward, under: try #require(bench.cookie(of: .detection, .forward)))
        let record = try #require(bench.engine.records.first)
        #expect(record.source == record.destination)
        #expect(record.destination == VNFID(2))
        #expect(bench.said.count == 1, "only the direction that was seen is touched")
    }

    @Test(arguments: [UInt16(0), 30_001]) func aPriorityOutOfRangeIsRefused(priority: UInt16) throws {
        var bench = try Workbench()
        #expect(throws: Refusal.self) { try bench.createRule(priority: priority) }
    }

    @Test func anUnknownDestinationIsNamed() throws {
        var bench = try Workbench()
        #expect(throws: Refusal.unknown("VNF 9", field: "destination.vnf")) { try bench.createRule(to: 9) }
    }

    @Test func aFlowMovesFromTheInstanceThatTheNextRuleNames() throws {
        var bench = try Workbench()
        try bench.createRule(priority: 10, to: 2)
        bench.detectionFallsSilent()
        try bench.createRule(priority: 11, to: 1)
        bench.packet(1, .forward, under: try #require(bench.cookie(of: .detection, .forward)))
        let record = try #require(bench.engine.records.first)
        #expect(record.source == VNFID(2))
        #expect(record.destination == VNFID(1))
    }

    @Test func aRemovedRuleHandsItsFlowsToTheNextOne() throws {
        var bench = try Workbench()
        let rule = try bench.createRule(priority: 10, to: 2)
        bench.detectionFallsSilent()
        _ = try bench.engine.removeRule(rule.id, at: bench.now)
        bench.take()
        bench.packet(1, .forward, under: try #require(bench.cookie(of: .detection, .forward)))
        let record = try #require(bench.engine.records.first)
        #expect(record.source == VNFID(2))
        #expect(record.destination == VNFID(1))
    }
}
