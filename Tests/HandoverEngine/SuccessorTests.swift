import ControlFrames
import HandoverEngine
import Testing
import Timing

/// Agents that were started anew while a handover was under way, and do not know what their predecessors were given.
@Suite struct SuccessorTests {
    private static let long: UInt32 = 3_600_000_000

    /// A bench whose flow moves in sharp mode; the reverse direction is seen and fenced after a second.
    private func fenced(uptime: UInt32?) throws -> Workbench {
        var bench = try Workbench()
        try bench.createRule()
        let detection = try #require(bench.cookie(of: .detection, .forward))
        bench.packet(1, .forward, under: detection)
        bench.advance(by: .seconds(1))
        for direction in Direction.allCases {
            bench.control(.startAck(received: 0), from: 2, direction)
            bench.control(.startAck(received: nil), from: 1, direction)
        }
        for direction in Direction.allCases {
            bench.packet(2, direction, under: try #require(bench.cookie(of: .redirect, direction)))
        }
        bench.control(.fenceAck(stragglers: 0), from: 1, .reverse, uptime: uptime)
        // A process that seems too young is asked for a second.
        bench.advance(by: .seconds(1))
        bench.control(.fenceAck(stragglers: 0), from: 1, .reverse, uptime: uptime.map { $0 + 1_000_000 })
        for direction in Direction.allCases {
            bench.control(.releaseFinishedAck, from: 2, direction)
            bench.control(.handoverFinished(nil), from: 2, direction)
        }
        return bench
    }

    @Test(arguments: [nil, long, 1_000_000])
    func aSourceThatWasThereWhenStartWentOutCountsItsStragglers(_ uptime: UInt32?) throws {
        let record = try #require(try fenced(uptime: uptime).engine.records.first)
        #expect(record.outcome == .completed)
    }

    @Test func aSourceThatIsYoungerThanStartCannotSayWhatItsPredecessorTook() throws {
        let record = try #require(try fenced(uptime: 999_999).engine.records.first)
        #expect(record.outcome == .failed)
        #expect(record.reason == "VNF 1 was started anew")
    }

    @Test func whatTheSourceHadSaidBeforeItWasStartedAnewHolds() throws {
        var bench = try fenced(uptime: Self.long)
        bench.control(.fenceAck(stragglers: 0), from: 1, .reverse, uptime: 1)
        #expect(bench.engine.records.first?.outcome == .completed)
    }

    /// A bench whose flow moves in direct mode to a destination of which START_ACK comes after a second.
    private func arrived(uptime: UInt32?) throws -> Workbench {
        var bench = try Workbench()
        try bench.createRule(mode: .direct)
        for direction in Direction.allCases { bench.control(.armAck, from: 2, direction, uptime: Self.long) }
        for direction in Direction.allCases { bench.seen(direction, by: 2) }
        bench.advance(by: .seconds(1))
        for direction in Direction.allCases { bench.control(.startAck(received: 0), from: 2, direction, handover: 2, uptime: uptime) }
        bench.advance(by: .seconds(1))
        for direction in Direction.allCases {
            let later = uptime.map { $0 + 1_000_000 }
            bench.control(.startAck(received: 0), from: 2, direction, handover: 2, uptime: later)
            bench.control(.startAck(received: nil), from: 1, direction, handover: 2)
            bench.control(.fenceAck(stragglers: 0), from: 1, direction, handover: 2, uptime: Self.long)
            bench.control(.handoverFinished(nil), from: 2, direction, handover: 2)
        }
        return bench
    }

    @Test func aDestinationInDirectModeThatIsYoungerThanStartMayHaveLostWhatItsPredecessorHeld() throws {
        #expect(try arrived(uptime: nil).engine.records.first?.outcome == .completed)
        #expect(try arrived(uptime: Self.long).engine.records.first?.outcome == .completed)
        let record = try #require(try arrived(uptime: 3).engine.records.first)
        #expect(record.outcome == .failed)
        #expect(record.reason == "VNF 2 was started anew")
    }

    @Test func anInstanceIsArmedWhenOneProcessHasSaidSoOnEverySide() throws {
        var bench = try Workbench()
        try bench.createRule(mode: .direct)
        bench.clear()
        bench.control(.armAck, from: 2, .forward, uptime: Self.long)
        bench.advance(by: .milliseconds(100))
        bench.control(.armAck, from: 2, .reverse, uptime: 20_000)
        #expect(bench.added.isEmpty, "who said so on the other side is gone")
        bench.control(.armAck, from: 2, .forward, uptime: 20_000)
        #expect(bench.added == [.steering, .steering])
    }
}
