import ControlFrames
import Frames
import HandoverEngine
import Testing
import Timing

/// Two processes of one agent, one after the other: what one has said, the other does not know.
@Suite struct ProcessTests {
    private static let long: UInt32 = 3_600_000_000
    private static let elder: UInt64 = 1
    private static let younger: UInt64 = 2

    // MARK: ARM

    @Test func anInstanceIsNotArmedByTwoProcessesWhicheverIsHeardLast() throws {
        var bench = try Workbench()
        try bench.createRule(mode: .direct)
        bench.clear()
        bench.advance(by: .milliseconds(100))
        bench.control(.armAck, from: 2, .forward, uptime: 1_000, process: Self.younger)
        bench.control(.armAck, from: 2, .reverse, uptime: Self.long, process: Self.elder)
        #expect(bench.added.isEmpty, "who said so on the egress side is gone")
        bench.control(.armAck, from: 2, .forward, uptime: 1_000, process: Self.younger)
        #expect(bench.added.isEmpty)
        bench.control(.armAck, from: 2, .reverse, uptime: 1_000, process: Self.younger)
        #expect(bench.added == [.steering, .steering])
    }

    @Test func anAgentWithoutANumberIsBelievedByItsAge() throws {
        var bench = try Workbench()
        try bench.createRule(mode: .direct)
        bench.clear()
        bench.control(.armAck, from: 2, .forward)
        bench.control(.armAck, from: 2, .reverse, uptime: Self.long)
        #expect(bench.added == [.steering, .steering])
    }

    @Test func aProcessThatTakesThePlaceOfAnArmedOneIsArmedAtOnce() throws {
        var bench = try Workbench()
        try bench.createRule(mode: .direct)
        for direction in Direction.allCases { bench.control(.armAck, from: 2, direction, process: Self.elder) }
        bench.clear()
        bench.control(.helloAck(.direct), from: 2, .forward, handover: 0, process: Self.elder)
        bench.advance(by: .zero)
        #expect(bench.said.isEmpty)
        bench.control(.helloAck(.direct), from: 2, .forward, handover: 0, process: Self.younger)
        bench.advance(by: .zero)
        #expect(bench.said.map(\.port) == [3, 3])
        #expect(bench.said.allSatisfy { if case .arm = $0.message { true } else { false } })
    }

    // MARK: START

    @Test func aDestinationHoldsAFlowWhenOneProcessHasSaidSoOnEverySide() throws {
        var bench = try Workbench()
        try bench.createRule()
        bench.packet(1, .forward, under: try #require(bench.cookie(of: .detection, .forward)))
        bench.clear()
        bench.control(.startAck(received: 0), from: 2, .forward, process: Self.younger)
        bench.control(.startAck(received: 0), from: 2, .reverse, process: Self.elder)
        #expect(!bench.added.contains(.redirect))
        bench.control(.startAck(received: 0), from: 2, .forward, process: Self.younger)
        #expect(!bench.added.contains(.redirect))
        bench.control(.startAck(received: 0), from: 2, .reverse, process: Self.younger)
        #expect(bench.added.filter { $0 == .redirect }.count == 2)
    }

    /// A bench whose flow moves in direct mode from a source that has frozen the state.
    private func frozen(by process: UInt64) throws -> Workbench {
        var bench = try Workbench()
        try bench.createRule(mode: .direct)
        for direction in Direction.allCases { bench.control(.armAck, from: 2, direction) }
        for direction in Direction.allCases { bench.seen(direction, by: 2) }
        for direction in Direction.allCases {
            bench.control(.startAck(received: 0), from: 2, direction, handover: 2)
            bench.control(.startAck(received: nil), from: 1, direction, handover: 2, process: process)
        }
        return bench
    }

    /// A bench whose flow moves in direct mode from a source whose two answers come from two processes.
    private func answered(by freezing: UInt64, and counted: UInt64) throws -> Workbench {
        var bench = try frozen(by: freezing)
        for direction in Direction.allCases {
            bench.control(.fenceAck(stragglers: 0), from: 1, direction, handover: 2, process: counted)
            bench.control(.handoverFinished(nil), from: 2, direction, handover: 2)
        }
        return bench
    }

    @Test func nobodyIsDoubtedWhoIsOneProcess() throws {
        #expect(try answered(by: Self.elder, and: Self.elder).engine.records.map(\.outcome) == [.completed])
    }

    @Test func aSourceOfTwoProcessesIsKnownAtOnceToHaveBeenStartedAnew() throws {
        let record = try #require(try answered(by: Self.elder, and: Self.younger).engine.records.first)
        #expect(record.outcome == .failed)
        #expect(record.reason == "VNF 1 was started anew")
    }

    @Test func aSourceThatIsAnotherProcessOnceTheStateIsFrozenIsKnownBeforeAllIsReleased() throws {
        var bench = try frozen(by: Self.elder)
        bench.control(.startAck(received: nil), from: 1, .forward, handover: 2, process: Self.younger)
        for direction in Direction.allCases { bench.control(.handoverFinished(nil), from: 2, direction, handover: 2) }
        #expect(bench.engine.records.first?.outcome == .failed)
        #expect(bench.engine.records.first?.reason == "VNF 1 was started anew")
    }

    @Test func whoHasSpokenBeforeStartWasThereThenHoweverLongItsAnswersTake() throws {
        var bench = try Workbench()
        try bench.createRule()
        bench.control(.helloAck(.direct), from: 1, .forward, handover: 0, process: Self.younger)
        bench.advance(by: .milliseconds(10))
        bench.packet(1, .forward, under: try #require(bench.cookie(of: .detection, .forward)))
        bench.advance(by: .seconds(1))
        for direction in Direction.allCases {
            bench.control(.startAck(received: 0), from: 2, direction)
            bench.control(.startAck(received: nil), from: 1, direction, process: Self.younger)
        }
        for direction in Direction.allCases {
            bench.packet(2, direction, under: try #require(bench.cookie(of: .redirect, direction)))
        }
        bench.control(.fenceAck(stragglers: 0), from: 1, .reverse, uptime: 5, process: Self.younger)
        for direction in Direction.allCases {
            bench.control(.releaseFinishedAck, from: 2, direction)
            bench.control(.handoverFinished(nil), from: 2, direction)
        }
        #expect(bench.engine.records.map(\.outcome) == [.completed])
    }

    // MARK: HANDOVER_FINISHED

    @Test func aDestinationThatDiesBetweenTheReleaseOfTwoDirectionsIsFoundOut() throws {
        var bench = try Workbench()
        try bench.createRule(mode: .direct)
        for direction in Direction.allCases { bench.control(.armAck, from: 2, direction) }
        bench.seen(.forward, by: 2)
        for direction in Direction.allCases {
            bench.control(.startAck(received: 0), from: 2, direction, handover: 2)
            bench.control(.startAck(received: nil), from: 1, direction, handover: 2)
        }
        bench.control(.fenceAck(stragglers: 0), from: 1, .forward, handover: 2)
        bench.control(.handoverFinished(nil), from: 2, .forward, handover: 2)
        bench.seen(.reverse, by: 2)
        bench.control(.fenceAck(stragglers: 0), from: 1, .reverse, handover: 2)
        bench.clear()
        bench.advance(by: .milliseconds(500))
        let asked = bench.said.filter { $0.message == .releaseFinished(count: .max) }
        #expect(asked.map(\.datapath) == [Workbench.egress])
        bench.control(.abort(reason: ControlMessage.unknownHandover), from: 2, .reverse, handover: 2)
        #expect(bench.engine.records.first?.reason == "the destination, VNF 2, does not answer on the reverse side")
    }
}
