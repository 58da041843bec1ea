import Lab
import Testing

/// Parts of the system die, or are cut off, in the middle of a handover: every handover ends all the same, and flows elsewhere never
/// notice.
@Suite("Interruptions", .enabled(if: Machine.canRunLabs, Machine.reason), .serialized)
struct InterruptionTests {
    private func interrupt(
        _ victim: Victim, _ moment: Moment, keepsControllerState: Bool = false, location: SourceLocation = #_sourceLocation,
        _ change: (inout Scenario) -> Void = { _ in }
    ) async throws -> LabReport {
        var options = LabOptions()
        options.kill = victim
        options.killAt = moment
        options.margin = 0.5
        options.keepsControllerState = keepsControllerState
        var scenario = options.scenario
        change(&scenario)
        let report = try await Machine.run(scenario)
        Machine.expectPassed(report, location: location)
        return report
    }

    @Test(arguments: [Victim.sourceAgent, .destinationAgent, .sourceVNF, .destinationVNF])
    func aHandoverEndsThoughAnInstanceDiesWhileTheStateIsFetched(_ victim: Victim) async throws {
        _ = try await interrupt(victim, .transferring)
    }

    @Test(arguments: [Moment.detecting, .arming, .releasing])
    func aHandoverEndsThoughItsDestinationDies(_ moment: Moment) async throws {
        _ = try await interrupt(.destinationAgent, moment)
    }

    @Test(
        "a controller that is killed goes on, and counts what was lost with it",
        arguments: [Moment.detecting, .arming, .transferring, .releasing])
    func aControllerThatIsKilledGoesOnAndCountsItsLosses(_ moment: Moment) async throws {
        let report = try await interrupt(.controller, moment, keepsControllerState: true)
        #expect(report.lost <= report.lostByRecords)
        #expect(report.reordered + report.duplicated + report.violations == 0)
    }

    @Test func aControllerThatIsKilledAfterAHandoverCostsNothing() async throws {
        let report = try await interrupt(.controller, .after, keepsControllerState: true)
        #expect([report.lost, report.reordered, report.duplicated] == [0, 0, 0])
    }

    @Test(arguments: [Victim.ingressSwitch, .egressSwitch])
    func aSwitchThatLosesItsControllerForASecondGoesOnForSettledFlows(_ victim: Victim) async throws {
        _ = try await interrupt(victim, .transferring)
    }
}
