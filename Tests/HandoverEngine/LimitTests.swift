import ControlFrames
import Frames
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

    @Test func aFlowThatStayedForWantOfRoomGoesOnWhereAnInstanceHoldsPacketsOfIt() throws {
        var configuration = Configuration()
        configuration.limits.handovers = 2
        var bench = try Workbench(configuration)
        try bench.createRule(mode: .direct)
        for direction in Direction.allCases { bench.control(.armAck, from: 2, direction) }
        for flow in others { bench.control(.seen(Seen(flow: flow, sample: Workbench.frame(flow, 1))), from: 2, .forward) }
        bench.control(.abort(reason: "buffer limit"), from: 2, .forward)
        for direction in Direction.allCases {
            let first = try #require(bench.cookie(of: direction == .forward ? .detection : .intercept, direction))
            bench.packet(1, direction, under: first)
            bench.control(.startAck(received: 0), from: 1, direction, handover: 4)
            bench.packet(2, direction, under: try #require(bench.cookie(of: .redirect, direction)))
            bench.control(.releaseFinishedAck, from: 1, direction, handover: 4)
            bench.control(.handoverFinished(nil), from: 1, direction, handover: 4)
        }
        #expect(bench.engine.record(3)?.outcome == .completed)
        #expect(bench.engine.record(3)?.destination == VNFID(1))
        bench.seen(.forward, by: 2)
        #expect(bench.engine.record(4)?.source == VNFID(1))
        #expect(bench.engine.record(4)?.destination == VNFID(2))
    }

    /// Two flows that take all the room there is.
    private var others: [FlowKey] {
        let (here, there) = (IPv4Address(bits: 0x0A00_0003), IPv4Address(bits: 0x0A00_0002))
        return (1...2).map { FlowKey(network: .ipv4(source: here, destination: there, .udp(source: $0, destination: 7))) }
    }
}
