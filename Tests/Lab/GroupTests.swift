import ExampleVNFKit
import Lab
import Testing

/// Flows that move together, there and back, and the ways in which they cannot.
@Suite("Groups in the lab", .enabled(if: Machine.canRunLabs, Machine.reason), .serialized)
struct GroupTests {
    private static let during = "begun during"
    private static let after = "begun after"
    private static let oneWay = "one way"
    private static let half = "half"

    /// Fifty flows both ways and five one way, which one rule covers.
    private static var scenario: Scenario {
        var scenario = Scenario()
        scenario.margin = 0.5
        scenario.measured.flows = 50
        scenario.measured.rate = 2000
        scenario.streams.append(stream(oneWay, firstFlow: 100, bidirectional: false))
        return scenario
    }

    private static func stream(_ name: String, firstFlow: Int, bidirectional: Bool = true, startsLater: Bool = false) -> Stream {
        var stream = Stream(name, flows: 5, rate: 200, addressPair: 0, bidirectional: bidirectional, startsLater: startsLater)
        stream.firstFlow = firstFlow
        return stream
    }

    private static func move(_ rule: String, of stream: String = Stream.measured, to destination: Int, bidirectional: Bool? = nil) -> Step {
        var move = Step.Move(rule, of: stream, to: destination)
        move.isGroup = true
        move.isBidirectional = bidirectional
        return .move(move)
    }

    private func expectNothingAmiss(_ report: LabReport, location: SourceLocation = #_sourceLocation) {
        Machine.expectPassed(report, location: location)
        #expect([report.lost, report.reordered, report.duplicated, report.violations] == [0, 0, 0, 0], sourceLocation: location)
        #expect(report.stateIntact, sourceLocation: location)
    }

    @Test func aGroupMovesWithFlowsThatBeginMeanwhileAndComesBackWithItsRule() async throws {
        var scenario = Self.scenario
        scenario.title = "55 flows move together, and back"
        scenario.stateMs = 300
        scenario.streams += [
            Self.stream(Self.during, firstFlow: 200, startsLater: true), Self.stream(Self.after, firstFlow: 300, startsLater: true),
            Stream(Self.half, flows: 5, rate: 200, addressPair: 1),
        ]
        // Of flows both ways, one direction moves too, and the other stays.
        scenario.steps = [
            .snapshot("before"), Self.move("there", to: 2), Self.move("half there", of: Self.half, to: 2, bidirectional: false),
            .start(stream: Self.during), .wait(.settled(rule: "there")), .wait(.settled(rule: "half there")), .start(stream: Self.after),
            .remove(rule: "there"), .remove(rule: "half there"), .wait(.removed(rule: "there")), .wait(.removed(rule: "half there")),
            .wait(.tables(asAt: "before")),
        ]
        let report = try await Machine.run(scenario)
        expectNothingAmiss(report)
        #expect(report.outcomes == ["completed": 4])
        #expect(report.throughController?.packets == 0)
    }

    @Test func aGroupIsDrainedAndPutBack() async throws {
        var scenario = Self.scenario
        scenario.title = "a function is drained to which 55 flows came together"
        scenario.steps = [
            Self.move("there", to: 2), .wait(.settled(rule: "there")), .drain(function: 2), .wait(.drained(function: 2)),
            .endDrain(function: 2), .wait(.inService(function: 2)),
        ]
        let report = try await Machine.run(scenario)
        expectNothingAmiss(report)
        #expect(report.outcomes == ["completed": 3])
    }

    @Test func aGroupGoesBackWhenItsDestinationCannotHaveTheState() async throws {
        var scenario = Self.scenario
        scenario.title = "three destinations cannot take 55 flows"
        scenario.functions = 4
        scenario.faults = [2: .stateFailed, 3: .neverReady, 4: .dies]
        scenario.stateLimitMs = 500
        scenario.expectations.outcome = .ended
        scenario.expectations.aborted = ["refused", "not answered", "died"]
        scenario.steps = [.snapshot("before")]
        for (function, rule) in [(2, "refused"), (3, "not answered"), (4, "died")] {
            scenario.steps += [Self.move(rule, to: function), .wait(.failed(rule: rule)), .wait(.tables(asAt: "before"))]
        }
        let report = try await Machine.run(scenario)
        expectNothingAmiss(report)
        #expect(report.outcomes == ["aborted": 3])
        #expect(
            Set(report.reasons.keys) == [
                "VNF 2: told to fail", "the state did not arrive at VNF 3 in time", "VNF 4: the network function is gone",
            ])
    }

    @Test func aGroupWhoseDestinationsAgentIsKilledFailsAndFlowsElsewhereNeverNotice() async throws {
        var scenario = Self.scenario
        scenario.title = "agent killed while 50 flows move together"
        scenario.functions = 3
        scenario.stateMs = 1000
        scenario.streams = [scenario.measured, Stream(Scenario.bystanders, flows: 10, rate: 1000, addressPair: 1, startsLater: true)]
        scenario.expectations.outcome = .ended
        scenario.expectations.lossy = [Stream.measured]
        scenario.steps = [
            .move(Step.Move(Scenario.bystanders, of: Scenario.bystanders, to: 3)), .wait(.settled(rule: Scenario.bystanders)),
            .start(stream: Scenario.bystanders), Self.move("there", to: 2), .wait(.frozen(stream: Stream.measured, function: 1)),
            .kill(.agent(2)), .run(0.5), .restart(.agent(2)), .wait(.ended(rule: "there"), within: 30),
        ]
        scenario.expectations.unmoved = [Scenario.bystanders]
        let report = try await Machine.run(scenario)
        Machine.expectPassed(report)
        #expect(report.outcomes["failed"] == 1)
        #expect(report.reordered + report.duplicated == 0)
    }

    @Test func aGroupGoesBackUnderAnotherController() async throws {
        var scenario = Self.scenario
        scenario.title = "controller killed while 55 flows go back"
        scenario.faults = [2: .stateFailed]
        scenario.keepsControllerState = true
        scenario.expectations.outcome = .ended
        scenario.expectations.aborted = ["there"]
        scenario.steps = [
            .snapshot("before"), Self.move("there", to: 2), .wait(.goingBack(rule: "there")), .kill(.controller), .run(0.5),
            .restart(.controller), .wait(.failed(rule: "there")), .wait(.tables(asAt: "before")),
        ]
        let report = try await Machine.run(scenario)
        expectNothingAmiss(report)
        #expect(report.outcomes == ["aborted": 1])
    }
}
