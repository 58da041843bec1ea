import ControlFrames
import Frames
import HandoverEngine
import Testing
import Timing

/// Instances that are taken out of service.
@Suite struct DrainTests {
    private static let dns: FlowMatch? = {
        var fields = FlowMatch.Fields()
        fields.udpDestination = 53
        return try? FlowMatch(fields)
    }()

    private func bench(instances: UInt16 = 3) throws -> Workbench { try Workbench(instances: instances) }

    private func drain(_ bench: inout Workbench, _ vnf: UInt16, to other: UInt16? = nil) throws -> Drain {
        defer { bench.take() }
        return try bench.engine.drain(VNFID(vnf), to: other.map { VNFID($0) }, at: bench.now)
    }

    /// Detection is over, and no flow was found.
    private func settle(_ bench: inout Workbench) { bench.detectionFallsSilent() }

    @Test func theDefaultsFlowsGoToAnotherInstance() throws {
        var bench = try bench()
        let drain = try drain(&bench, 1)
        #expect(drain.state == .draining && drain.destination == VNFID(2))
        #expect(drain.rules.map(\.specification.priority) == [1])
        #expect(drain.rules.map(\.specification.match) == [.any])
        settle(&bench)
        #expect(bench.engine.drain(of: VNFID(1))?.state == .drained)
    }

    @Test func rulesToAnInstanceAreReplacedByOnesALittleMoreImportant() throws {
        var bench = try bench()
        let dns = try #require(Self.dns)
        try bench.createRule(priority: 10, to: 2, match: dns)
        try bench.createRule(priority: 12, to: 3, match: dns)
        let drain = try drain(&bench, 2, to: 1)
        #expect(drain.rules.map(\.specification.priority) == [11])
        #expect(drain.rules.map(\.specification.match) == [dns])
        #expect(drain.rules.map(\.specification.destination) == [VNFID(1)])
    }

    @Test func whereNoPriorityIsFreeBelowAnotherRuleNothingIsDone() throws {
        var bench = try bench()
        let dns = try #require(Self.dns)
        try bench.createRule(priority: 10, to: 2, match: dns)
        try bench.createRule(priority: 11, to: 3, match: dns)
        #expect(throws: Refusal.conflict("no priority is free above 10 for the flows that go to VNF 2")) { try drain(&bench, 2) }
        #expect(bench.engine.rules.all.count == 2)
    }

    @Test func rulesOfOnePriorityThatGoToTheSameInstanceAreNoObstacle() throws {
        var bench = try bench()
        let dns = try #require(Self.dns)
        try bench.createRule(priority: 10, to: 2, match: dns)
        try bench.createRule(priority: 11, to: 2)
        let drain = try drain(&bench, 2)
        #expect(drain.rules.map(\.specification.priority).sorted() == [12, 13])
    }

    @Test func aDrainedInstanceGetsNoNewRules() throws {
        var bench = try bench()
        _ = try drain(&bench, 1)
        #expect(throws: Refusal.conflict("VNF 1 is drained")) { try bench.createRule(to: 1) }
        #expect(throws: Refusal.conflict("VNF 1 is drained itself")) { try drain(&bench, 2, to: 1) }
    }

    @Test func theSameDrainTwiceIsOneAndAnotherOneContradicts() throws {
        var bench = try bench()
        let first = try drain(&bench, 1)
        #expect(try drain(&bench, 1).rules.map(\.id) == first.rules.map(\.id))
        #expect(throws: Refusal.conflict("VNF 1 is drained to VNF 2")) { try drain(&bench, 1, to: 3) }
    }

    @Test func someInstanceMustBeLeft() throws {
        var bench = try bench(instances: 2)
        _ = try drain(&bench, 1)
        #expect(throws: Refusal.conflict("group g has no other instance that could take the flows of VNF 2")) { try drain(&bench, 2) }
    }

    @Test func anInstanceThatIsPutBackGetsItsFlowsBack() throws {
        var bench = try bench()
        _ = try drain(&bench, 1)
        settle(&bench)
        let returning = try bench.engine.endDrain(of: VNFID(1), at: bench.now)
        bench.take()
        #expect(returning.state == .returning)
        #expect(throws: Refusal.self) { try drain(&bench, 1) }
        settle(&bench)
        #expect(bench.engine.drain(of: VNFID(1)) == nil)
        try bench.createRule(to: 1)
    }

    @Test func anInstanceWithoutFlowsOfItsOwnIsNotDrained() throws {
        var bench = try bench()
        #expect(throws: Refusal.conflict("no flow goes to VNF 3")) { try drain(&bench, 3) }
        #expect(throws: Refusal.unknown("a drain of VNF 3", field: nil)) { try bench.engine.endDrain(of: VNFID(3), at: .zero) }
    }

    @Test func whatIsDrainedOutlivesTheController() throws {
        var configuration = Configuration()
        configuration.keepsJournal = true
        var bench = try Workbench(configuration, instances: 3)
        _ = try drain(&bench, 1)
        try bench.restart()
        #expect(bench.engine.drain(of: VNFID(1))?.destination == VNFID(2))
    }

    /// Otherwise flows that move together could not, for what one instance gives away can go to one other only.
    @Test func whatIsPutBackGoesToTheInstanceWhoseRuleIsOverTheSameFlowsAndToNoOther() throws {
        var bench = try bench()
        let dns = try #require(Self.dns)
        try bench.createRule(to: 2, match: dns, mode: .direct)
        try settle(&bench, 2, arming: 1)
        let drained = try bench.engine.drain(VNFID(2), to: VNFID(3), mode: .direct, at: bench.now)
        bench.take()
        try settle(&bench, 3, arming: 2)
        #expect(bench.engine.drain(of: VNFID(2))?.state == .drained)
        bench.clear()
        _ = try bench.engine.endDrain(of: drained.vnf, at: bench.now)
        bench.take()
        let armed = bench.said.filter { if case .arm = $0.message { true } else { false } }
        #expect(Set(armed.map(\.port)) == [3])
    }

    /// A relocation in direct mode takes its course, and no flow is found.
    private func settle(_ bench: inout Workbench, _ vnf: UInt16, arming: UInt16) throws {
        for direction in Direction.allCases { bench.control(.armAck, from: vnf, direction, handover: arming) }
        settle(&bench)
        for direction in Direction.allCases { bench.control(.disarmAck, from: vnf, direction, handover: arming) }
    }
}
