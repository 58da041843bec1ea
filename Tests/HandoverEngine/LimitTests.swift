import ControlFrames
import HandoverEngine
import Testing
import Timing

/// What happens when more comes than the controller may hold (design, Section 2.3).
@Suite struct LimitTests {
    private func bench(_ change: (inout Configuration.Limits) -> Void) throws -> Workbench {
        var configuration = Configuration()
        change(&configuration.limits)
        var bench = try Workbench(configuration)
        try bench.createRule()
        return bench
    }

    @Test func aFlowIsHandedBackBeforeAPacketOfItIsDropped() throws {
        var bench = try bench { $0.packetsPerHandover = 3 }
        let detection = try #require(bench.cookie(of: .detection, .forward))
        for number in 1...4 { bench.packet(UInt8(number), .forward, under: detection) }
        #expect(bench.said.contains { if case .abort = $0.message { true } else { false } })
        #expect(bench.engine.records.first?.lost == 0)
        #expect(bench.engine.held.packets == 4)
    }

    @Test func packetsAreDroppedAndCountedAtTwiceTheLimit() throws {
        var bench = try bench { $0.packets = 2 }
        let detection = try #require(bench.cookie(of: .detection, .forward))
        for number in 1...5 { bench.packet(UInt8(number), .forward, under: detection) }
        #expect(bench.engine.held.packets == 4)
        #expect(bench.engine.records.first?.lost == 1)
        #expect(bench.engine.counters.droppedAtLimit == 1)
    }
}
