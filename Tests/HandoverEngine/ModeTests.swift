import ControlFrames
import Frames
import HandoverEngine
import Testing
import Timing

/// Which mode a rule gets, and why.
@Suite struct ModeTests {
    private static let other = Workbench.flow.mirrored

    private func rule(_ bench: Workbench) throws -> Rule { try #require(bench.engine.rules.all.last) }

    private func isAsked(_ bench: Workbench) -> Bool { bench.said.contains { $0.message == .hello } }

    @Test func instancesAreAskedOnEverySideWhenTheirSwitchesComeUp() throws {
        let bench = try Workbench(asks: true)
        let asked = bench.said.filter { $0.message == .hello }
        #expect(Set(asked.map(\.port)) == [2, 3])
        #expect(Set(asked.map(\.datapath)) == [Workbench.ingress, Workbench.egress])
    }

    @Test func theQuestionIsRepeatedUntilItIsAnsweredOrForALimitedTime() throws {
        var bench = try Workbench(asks: true)
        bench.says(.direct, 1)
        bench.clear()
        bench.advance(by: .milliseconds(20))
        #expect(Set(bench.said.map(\.port)) == [3])
        for _ in 0..<10 { bench.advance(by: .milliseconds(500)) }
        bench.clear()
        for _ in 0..<10 { bench.advance(by: .milliseconds(500)) }
        #expect(!isAsked(bench))
    }

    @Test func whereEveryInstanceCanARuleIsInDirectMode() throws {
        var bench = try Workbench(asks: true)
        for vnf: UInt16 in 1...2 { bench.says(.direct, vnf) }
        bench.clear()
        try bench.createRule(mode: nil)
        #expect(try rule(bench).mode == .direct)
        #expect(try rule(bench).modeReason == "every instance of the group can")
        #expect(bench.added.isEmpty)
        for direction in Direction.allCases { bench.control(.armAck, from: 2, direction) }
        bench.seen(.forward, by: 2)
        let record = try #require(bench.engine.records.first)
        #expect(record.mode == .direct && record.modeReason == "every instance of the group can")
    }

    @Test func anInstanceThatCannotMakesItSharp() throws {
        var bench = try Workbench(asks: true)
        bench.says(.direct, 2)
        bench.says([], 1)
        try bench.createRule(mode: nil)
        #expect(try rule(bench).mode == .sharp)
        #expect(try rule(bench).modeReason == "VNF 1 takes no part in direct mode")
        let cookie = try #require(bench.cookie(of: .detection, .forward))
        bench.packet(1, .forward, under: cookie)
        let record = try #require(bench.engine.records.first)
        #expect(record.mode == .sharp && record.modeReason == "VNF 1 takes no part in direct mode")
    }

    @Test func aRuleWaitsForAnswersThatMayStillCome() throws {
        var bench = try Workbench(asks: true)
        bench.says(.direct, 1)
        bench.clear()
        try bench.createRule(mode: nil)
        #expect(try rule(bench).mode == nil)
        #expect(bench.added.isEmpty)
        bench.says(.direct, 2)
        #expect(try rule(bench).mode == .direct)
    }

    @Test func silenceMakesItSharpAfterAWhile() throws {
        var bench = try Workbench(asks: true)
        bench.says(.direct, 1)
        try bench.createRule(mode: nil)
        for _ in 0..<10 { bench.advance(by: .milliseconds(500)) }
        #expect(try rule(bench).mode == .sharp)
        #expect(try rule(bench).modeReason == "VNF 2 does not say what it can")
        #expect(bench.added.contains(.detection))
    }

    @Test func whoWasSilentIsAskedAgainForTheNextRule() throws {
        var bench = try Workbench(asks: true)
        for _ in 0..<10 { bench.advance(by: .milliseconds(500)) }
        bench.clear()
        try bench.createRule(match: FlowMatch(exactly: Workbench.flow), mode: nil)
        #expect(isAsked(bench))
        #expect(try rule(bench).mode == .sharp, "nobody waits for it again")
        for vnf: UInt16 in 1...2 { bench.says(.direct, vnf) }
        try bench.createRule(priority: 20, match: FlowMatch(exactly: Self.other), mode: nil)
        #expect(try rule(bench).mode == .direct)
    }

    @Test func whatTheControllerDetectsForOneRuleItDetectsForAnotherOneToo() throws {
        var bench = try Workbench(asks: true)
        for vnf: UInt16 in 1...2 { bench.says(.direct, vnf) }
        try bench.createRule(match: FlowMatch(exactly: Workbench.flow), mode: .sharp)
        try bench.createRule(priority: 20, mode: .direct)
        #expect(try rule(bench).mode == .sharp)
        #expect(try rule(bench).modeReason == "the controller was detecting the rule's flows")
        try bench.createRule(priority: 30, match: FlowMatch(exactly: Self.other), mode: .direct, grouping: .together)
        #expect(try rule(bench).mode == .direct, "a group goes only together")
    }

    @Test func anAgentThatIsStartedAnewMaySayOtherwise() throws {
        var bench = try Workbench(asks: true)
        for vnf: UInt16 in 1...2 { bench.says(.direct, vnf) }
        bench.says([], 2)
        try bench.createRule(mode: nil)
        #expect(try rule(bench).mode == .sharp)
    }

    @Test func aRuleOfOneDirectionIsSharpSinceItsFunctionMayNameTheOther() throws {
        var bench = try Workbench(asks: true)
        for vnf: UInt16 in 1...2 { bench.says(.direct, vnf) }
        try bench.createRule(match: FlowMatch(exactly: Workbench.flow), isBidirectional: false, mode: nil)
        #expect(try rule(bench).mode == .sharp)
        #expect(try rule(bench).modeReason == "the rule is for one direction")
        try bench.createRule(priority: 20, match: FlowMatch(exactly: Self.other), isBidirectional: false, mode: .direct)
        #expect(try rule(bench).mode == .direct)
    }

    @Test(arguments: [Grouping.perFlow, .together])
    func directModeIsRefusedWhereAnInstanceHasSaidThatItCannot(_ grouping: Grouping) throws {
        var bench = try Workbench(asks: true)
        bench.says([], 1)
        #expect(throws: Refusal.conflict("VNF 1 takes no part in direct mode")) {
            try bench.createRule(mode: .direct, grouping: grouping)
        }
        #expect(bench.engine.rules.all.isEmpty)
    }

    @Test func directModeThatWasAskedForGivesWayToSilence() throws {
        var bench = try Workbench(asks: true)
        bench.says(.direct, 1)
        try bench.createRule(mode: .direct)
        for _ in 0..<10 { bench.advance(by: .milliseconds(500)) }
        #expect(try rule(bench).mode == .sharp)
        #expect(try rule(bench).modeReason == "VNF 2 does not say what it can")
    }

    @Test func flowsThatMoveTogetherDoNotMoveAtAllWhereAnInstanceIsSilent() throws {
        var bench = try Workbench(asks: true)
        bench.says(.direct, 1)
        bench.clear()
        try bench.createRule(mode: nil, grouping: .together)
        for _ in 0..<10 { bench.advance(by: .milliseconds(500)) }
        #expect(try rule(bench).state == .removed)
        #expect(try rule(bench).failure == "VNF 2 does not say what it can")
        #expect(bench.flowMods.isEmpty)
        #expect(throws: Refusal.conflict("VNF 2 does not say what it can")) { try bench.createRule(mode: nil, grouping: .together) }
    }

    @Test func whatWasDecidedOutlivesTheController() throws {
        var configuration = Configuration()
        configuration.keepsJournal = true
        var bench = try Workbench(configuration, asks: true)
        for vnf: UInt16 in 1...2 { bench.says(.direct, vnf) }
        try bench.createRule(mode: nil)
        for direction in Direction.allCases { bench.control(.armAck, from: 2, direction) }
        bench.seen(.forward, by: 2)
        try bench.restart()
        #expect(try rule(bench).mode == .direct)
        #expect(try rule(bench).modeReason == "every instance of the group can")
        #expect(bench.engine.records.first?.mode == .direct)
        for datapath in [Workbench.ingress, Workbench.egress] { bench.connect(datapath) }
        bench.advance(by: .milliseconds(500))
        #expect(bench.said.contains { if case .arm = $0.message { true } else { false } })
    }

    @Test func whatWasNotDecidedYetIsDecidedByTheNextController() throws {
        var configuration = Configuration()
        configuration.keepsJournal = true
        var bench = try Workbench(configuration, asks: true)
        bench.says(.direct, 1)
        try bench.createRule(mode: nil)
        try bench.restart()
        #expect(try rule(bench).mode == nil)
        for datapath in [Workbench.ingress, Workbench.egress] { bench.connect(datapath) }
        for vnf: UInt16 in 1...2 { bench.says(.direct, vnf) }
        #expect(try rule(bench).mode == .direct)
    }
}
