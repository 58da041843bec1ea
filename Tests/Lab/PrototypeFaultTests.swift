import Lab
import Testing

/// What breaks the published prototype, or what it does wrong, as measured (docs/protocol.md); none of it may happen here.
@Suite("Faults of the prototype", .enabled(if: Machine.canRunLabs, Machine.reason), .serialized)
struct PrototypeFaultTests {
    private let there = Step.move(.init("there", to: 2, priority: 11))
    private let back = Step.move(.init("back", to: 1, priority: 12))

    /// Runs traffic of one flow through the steps; what is not said holds: nothing lost, all handovers completed, state intact.
    @discardableResult
    private func expect(
        _ steps: [Step], location: SourceLocation = #_sourceLocation, _ change: (inout Scenario) -> Void = { _ in }
    ) async throws -> LabReport {
        var scenario = Scenario()
        scenario.margin = 0.5
        scenario.steps = steps
        change(&scenario)
        let report = try await Machine.run(scenario)
        Machine.expectPassed(report, location: location)
        return report
    }

    @Test func dataBetweenTheTwoSTARTsIsHeld() async throws {
        // With the destination stopped, its START waits, while packets come between the source's and its own.
        let report = try await expect([
            .pause(.agent(2)), there, .wait(.phase(.arm, rule: "there")), .run(0.3), .resume(.agent(2)), .wait(.ended(rule: "there")),
        ])
        #expect(report.controllerBuffered.packets > 100)
    }

    @Test func removingTheLastMatchingRuleHandsItsFlowsBack() async throws {
        try await expect([
            there, .wait(.settled(rule: "there")), .remove(rule: "there"), .wait(.removed(rule: "there")),
        ])
    }

    @Test func flowsMayBeMovedToWhereTheyAre() async throws {
        let report = try await expect([
            .move(.init("stay", to: 1, priority: 5)), .wait(.settled(rule: "stay")), .move(.init("stay again", to: 1, priority: 6)),
            .wait(.settled(rule: "stay again")), there, .wait(.ended(rule: "there")),
        ]) { scenario in
            scenario.expectations.outcome = .ended
        }
        // The first rule has shown where the flow is; the second finds its entries, unless it comes so late that they are gone.
        #expect(Array(report.outcomes.keys) == ["completed"])
        #expect((2...3).contains(report.outcomes["completed", default: 0]))
    }

    @Test(arguments: [85, 1_000, 30_000]) func aHighPriorityIsAPriority(_ priority: Int) async throws {
        try await expect([.move(.init("high", to: 2, priority: priority)), .wait(.ended(rule: "high"))])
    }

    @Test func flowsThatWereSilentForFourSecondsMoveWithTheirState() async throws {
        var move = Step.Move("seldom", to: 2)
        move.maximumSilenceMs = 6_000
        let report = try await expect([.move(move), .wait(.ended(rule: "seldom"), within: 30)]) { scenario in
            scenario.measured.flows = 2
            scenario.measured.rate = 0.5
        }
        #expect(report.outcomes == ["completed": 2])
    }

    @Test func aSecondRuleNeedNotWaitForTheFirst() async throws {
        let report = try await expect([there, .wait(.ended(rule: "there")), back, .wait(.ended(rule: "back"), within: 5)])
        #expect(report.outcomes == ["completed": 2])
    }

    @Test func aSecondRuleMayComeWhileFlowsMove() async throws {
        try await expect([there, back, .wait(.ended(rule: "back"))]) { scenario in
            scenario.stateMs = 200
            // The later rule may win before the earlier has begun.
            scenario.expectations.outcome = .ended
        }
    }

    @Test(arguments: [1_482, 1_500, 1_514]) func longFramesAreMovedLikeShortOnes(_ size: Int) async throws {
        try await expect([there, .wait(.ended(rule: "there"))]) { $0.measured.size = size }
    }

    @Test func aFrameOfThirtyBytesDuringAHandoverHarmsNobody() async throws {
        try await expect([
            there, .inject([.short(bytes: 30), .short(bytes: 14)], times: 20), .wait(.ended(rule: "there")),
            .inject([.short(bytes: 30)], times: 1), .wait(.settled(rule: "there")), back, .wait(.ended(rule: "back")),
        ]) { $0.stateMs = 200 }
    }

    @Test func theBytesOfATCPConnectionArriveAsTheyWereSent() async throws {
        let connection = Connection()
        let report = try await expect([
            .move(.init("there", of: connection.name, to: 2, priority: 11)), .wait(.settled(rule: "there")),
            .move(.init("back", of: connection.name, to: 1, priority: 12)), .wait(.ended(rule: "back")),
        ]) { scenario in
            scenario.streams = []
            scenario.connections = [connection]
        }
        #expect(report.connections.first?.sent ?? 0 > 1_000_000)
    }

    @Test func noPacketOfASettledFlowComesToTheController() async throws {
        let report = try await expect([
            there, .wait(.settled(rule: "there")), .snapshot("settled"), .run(2), .snapshot("later"),
        ])
        #expect(report.snapshots["later"]?.packetIns == report.snapshots["settled"]?.packetIns)
        #expect(report.snapshots["settled"]?.packetIns ?? 0 > 0)
    }

    @Test func nothingIsLeftOfHandoversThatAreOver() async throws {
        let report = try await expect([
            .snapshot("before"), there, .wait(.settled(rule: "there")), back, .wait(.settled(rule: "back")),
            .remove(rule: "back"), .wait(.removed(rule: "back")), .remove(rule: "there"), .wait(.removed(rule: "there")),
            .wait(.tables(asAt: "before")), .snapshot("after"),
        ])
        let after = try #require(report.snapshots["after"])
        #expect(after.flowEntries == report.snapshots["before"]?.flowEntries)
        #expect(after.openHandovers == 0)
        #expect(after.heldPackets == 0)
    }

    @Test func nothingIsReorderedInManyHandovers() async throws {
        var options = LabOptions()
        options.handovers = 8
        options.rate = 5_000
        options.margin = 0.5
        let report = try await Machine.run(options.scenario)
        Machine.expectPassed(report)
        #expect(report.outcomes == ["completed": 8])
    }
}
