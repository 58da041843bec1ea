import ControlFrames
import Frames
import HandoverEngine
import OpenFlow
import Testing
import Timing

/// A group that goes back to its source, because its destination cannot have it.
@Suite struct GroupReturnTests {
    private static let first = HandoverID(rawValue: 2)

    /// All flows are on their way from VNF 1 to VNF 2, which is fetching the state.
    private func underWay() throws -> Workbench {
        var configuration = Configuration()
        configuration.keepsJournal = true
        var bench = try Workbench(configuration)
        try bench.createRule(mode: .direct, grouping: .together)
        for direction in Direction.allCases { bench.control(.armAck, from: 2, direction) }
        bench.seen(.forward, by: 2)
        for direction in Direction.allCases {
            bench.control(.startAck(received: 0), from: 2, direction, handover: 2)
            bench.control(.startAck(received: nil), from: 1, direction, handover: 2)
        }
        bench.control(.transferAck, from: 2, .forward, handover: 2)
        bench.clear()
        return bench
    }

    /// Both instances have given it up, and VNF 1 takes back what comes from VNF 2.
    private func goingBack() throws -> Workbench {
        var bench = try underWay()
        bench.control(.abort(reason: "no memory"), from: 2, .forward, handover: 2)
        bench.control(.abortAck(refusal: nil), from: 2, .reverse, handover: 2)
        bench.control(.abortAck(refusal: nil), from: 1, .forward, handover: 2)
        for direction in Direction.allCases { bench.control(.startAck(received: 0), from: 1, direction, handover: 3) }
        for direction in Direction.allCases { bench.control(.startAck(received: nil), from: 2, direction, handover: 3) }
        bench.clear()
        return bench
    }

    private func sources(_ bench: Workbench) -> [Start] {
        bench.said.compactMap { if case .startSource(let start) = $0.message { start } else { nil } }
    }

    private func destinations(_ bench: Workbench) -> [Start] {
        bench.said.compactMap { if case .startDestination(let start) = $0.message { start } else { nil } }
    }

    private func holds(_ bench: Workbench, at port: UInt32) -> Bool {
        bench.said.contains { if case .arm = $0.message { $0.port == port } else { false } }
    }

    @Test func theDestinationGivesUpFirstAndThenTheSource() throws {
        var bench = try underWay()
        bench.control(.abort(reason: "no memory"), from: 2, .forward, handover: 2)
        let abort = ControlMessage.abort(reason: "VNF 2: no memory")
        #expect(bench.said.filter { $0.message == abort }.map(\.port) == [3, 3])
        bench.clear()
        bench.control(.abortAck(refusal: nil), from: 2, .reverse, handover: 2)
        #expect(bench.said.filter { $0.message == abort }.map(\.port) == [2, 2])
        #expect(bench.engine.records.map(\.outcome) == [.open])
    }

    @Test func aDestinationThatHasTheStateByThenKeepsTheGroup() throws {
        var bench = try underWay()
        bench.control(.abort(reason: "buffer limit"), from: 2, .forward, handover: 2)
        bench.control(.abortAck(refusal: "the state is in place"), from: 2, .forward, handover: 2)
        bench.control(.fenceAck(stragglers: 0, flow: Workbench.flow), from: 1, .forward, handover: 2)
        bench.control(.handoverFinished(nil, flow: Workbench.flow), from: 2, .forward, handover: 2)
        bench.detectionFallsSilent()
        for direction in Direction.allCases { bench.control(.fenceAck(stragglers: 0), from: 1, direction, handover: 2) }
        for direction in Direction.allCases { bench.control(.handoverFinishedAck(), from: 2, direction, handover: 2) }
        #expect(bench.engine.records.map(\.outcome) == [.completed])
    }

    @Test func whoHasTheStateIsReadyBeforeTheOtherOneSendsWhatItHolds() throws {
        var bench = try underWay()
        bench.control(.abort(reason: "no memory"), from: 2, .forward, handover: 2)
        bench.control(.abortAck(refusal: nil), from: 2, .forward, handover: 2)
        bench.clear()
        bench.control(.abortAck(refusal: nil), from: 1, .forward, handover: 2)
        #expect(destinations(bench).map(\.from) == [1, 1])
        #expect(destinations(bench).map(\.to) == [1, 1], "the state is there")
        #expect(destinations(bench).map(\.turnsRound) == [Self.first, Self.first])
        #expect(sources(bench).isEmpty)
        bench.clear()
        for direction in Direction.allCases { bench.control(.startAck(received: 0), from: 1, direction, handover: 3) }
        #expect(sources(bench).map(\.from) == [2, 2])
        #expect(sources(bench).map(\.turnsRound) == [Self.first, Self.first])
        #expect(sources(bench).allSatisfy { $0.straightTo != nil })
    }

    @Test func theTablesAreTurnedBackWhenSwitchesHaveFollowedTheChangeBefore() throws {
        var bench = try goingBack()
        bench.advance(by: .milliseconds(499))
        #expect(!holds(bench, at: 2))
        bench.advance(by: .milliseconds(1))
        #expect(holds(bench, at: 2))
        #expect(bench.flowMods.isEmpty)
        for direction in Direction.allCases { bench.control(.armAck, from: 1, direction, handover: 4) }
        #expect(bench.flowMods.map(\.flowMod.command) == [.deleteStrict, .deleteStrict])
    }

    @Test func flowsAreFencedWhereTheyWereHeldAndTheRecordSaysThatNothingIsLost() throws {
        var bench = try goingBack()
        bench.advance(by: .milliseconds(500))
        for direction in Direction.allCases { bench.control(.armAck, from: 1, direction, handover: 4) }
        bench.clear()
        bench.seen(.forward, by: 1, arming: 4)
        #expect(bench.said.contains { $0.message == .seenAck(SeenAck(flow: Workbench.flow, verdict: .joins(HandoverID(rawValue: 3)))) })
        #expect(bench.said.contains { $0.message == .fence(flow: Workbench.flow) && $0.port == 3 })
        bench.control(.fenceAck(stragglers: 0, flow: Workbench.flow), from: 2, .forward, handover: 3)
        bench.control(.handoverFinished(nil, flow: Workbench.flow), from: 1, .forward, handover: 3)
        bench.clear()
        bench.detectionFallsSilent()
        #expect(Set(bench.said.filter { $0.message == .fence() }.map(\.port)) == [3])
        for direction in Direction.allCases { bench.control(.fenceAck(stragglers: 0), from: 2, direction, handover: 3) }
        for direction in Direction.allCases { bench.control(.handoverFinishedAck(), from: 1, direction, handover: 3) }
        let record = try #require(bench.engine.records.first)
        #expect(bench.engine.records.count == 1)
        #expect([record.source, record.destination] == [VNFID(1), VNFID(2)])
        #expect(record.outcome == .aborted)
        #expect(record.reason == "VNF 2: no memory")
        for direction in Direction.allCases {
            bench.control(.handoverFinishedAck(), from: 2, direction, handover: 3)
            bench.control(.disarmAck, from: 2, direction)
            bench.control(.disarmAck, from: 1, direction, handover: 4)
        }
        let rule = try #require(bench.engine.rules.all.first)
        #expect(rule.state == .removed)
        #expect(rule.failure == "VNF 2: no memory")
        #expect(rule.handovers[.aborted] == 1)
        #expect(rule.handovers[.open] == 0)
    }

    @Test func aRequestOverTheSameFlowsWaitsUntilTheyAreBack() throws {
        var bench = try underWay()
        try bench.createRule(priority: 20, to: 2, mode: .direct)
        bench.control(.abort(reason: "no memory"), from: 2, .forward, handover: 2)
        for vnf: UInt16 in [2, 1] { bench.control(.abortAck(refusal: nil), from: vnf, .forward, handover: 2) }
        bench.clear()
        bench.advance(by: .seconds(1))
        #expect(holds(bench, at: 2), "it is the turn of what takes the group back")
        #expect(bench.flowMods.isEmpty)
    }

    @Test func aDestinationThatWasStartedAnewBeforeItWasToFetchTheStateLosesOnlyWhatItHeld() throws {
        var bench = try Workbench()
        try bench.createRule(mode: .direct, grouping: .together)
        for direction in Direction.allCases { bench.control(.armAck, from: 2, direction) }
        for direction in Direction.allCases { bench.control(.startAck(received: 0), from: 2, direction, handover: 2) }
        bench.control(.abort(reason: ControlMessage.unknownHandover), from: 2, .forward, handover: 2)
        bench.control(.abortAck(refusal: nil), from: 1, .forward, handover: 2)
        bench.clear()
        for direction in Direction.allCases { bench.control(.startAck(received: 0), from: 1, direction, handover: 3) }
        #expect(bench.said.filter { $0.message == .releaseFinished(count: .max) }.map(\.port) == [2, 2])
        #expect(sources(bench).isEmpty)
    }

    @Test func aProcessThatKnowsNothingOfTheFirstWayBeginsAnewAndTheRecordSaysFailed() throws {
        var bench = try underWay()
        bench.control(.abort(reason: "no memory"), from: 2, .forward, handover: 2)
        for vnf: UInt16 in [2, 1] { bench.control(.abortAck(refusal: nil), from: vnf, .forward, handover: 2) }
        for direction in Direction.allCases { bench.control(.startAck(received: 0), from: 1, direction, handover: 3) }
        bench.clear()
        bench.control(.abort(reason: ControlMessage.unknownHandover), from: 2, .forward, handover: 3)
        #expect(sources(bench).map(\.turnsRound) == [HandoverID(rawValue: 3), HandoverID(rawValue: 3)])
        #expect(bench.engine.records.map(\.isIncomplete) == [true])
    }

    @Test(arguments: [false, true])
    func anotherControllerGoesOnTakingItBack(hasGivenUp: Bool) throws {
        var bench = try hasGivenUp ? goingBack() : underWay()
        if !hasGivenUp { bench.control(.abort(reason: "no memory"), from: 2, .forward, handover: 2) }
        let tables = [Workbench.ingress, Workbench.egress].map { ($0, bench.tables(of: $0)) }
        try bench.restart()
        for (datapath, entries) in tables { bench.connect(datapath, having: entries) }
        bench.clear()
        bench.advance(by: .milliseconds(600))
        guard hasGivenUp else {
            #expect(bench.said.contains { $0.message == .abort(reason: "VNF 2: no memory") && $0.port == 3 })
            return
        }
        #expect(destinations(bench).contains { $0.turnsRound == Self.first && $0.isRepeated })
        #expect(holds(bench, at: 2))
        #expect(bench.engine.records.map(\.reason) == ["VNF 2: no memory"])
    }
}
