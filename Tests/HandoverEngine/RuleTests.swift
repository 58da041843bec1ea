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

    @Test func anOverlappingRuleWaitsUntilTheFirstHasSettled() throws {
        var bench = try Workbench()
        try bench.createRule(priority: 10, to: 2)
        bench.clear()
        let second = try bench.createRule(priority: 11, to: 1)
        #expect(second.state == .pending)
        #expect(bench.flowMods.isEmpty)
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
        bench.detectionExpires(.forward)
        bench.detectionExpires(.reverse)
        try bench.createRule(priority: 11, to: 1)
        bench.packet(1, .forward, under: try #require(bench.cookie(of: .detection, .forward)))
        let record = try #require(bench.engine.records.first)
        #expect(record.source == VNFID(2))
        #expect(record.destination == VNFID(1))
    }

    @Test func aRemovedRuleHandsItsFlowsToTheNextOne() throws {
        var bench = try Workbench()
        let rule = try bench.createRule(priority: 10, to: 2)
        bench.detectionExpires(.forward)
        bench.detectionExpires(.reverse)
        _ = try bench.engine.removeRule(rule.id, at: bench.now)
        bench.take()
        bench.packet(1, .forward, under: try #require(bench.cookie(of: .detection, .forward)))
        let record = try #require(bench.engine.records.first)
        #expect(record.source == VNFID(2))
        #expect(record.destination == VNFID(1))
    }
}
