import Frames
import HandoverEngine
import OpenFlow
import Testing
import Timing

@Suite struct HostTests {
    private static let host = MACAddress(bits: 0x02_00_00_00_00_42)

    private func frame(from host: MACAddress) -> [UInt8] {
        [2, 0, 0, 0, 0, 9] + (0..<6).map { UInt8(truncatingIfNeeded: host.bits >> UInt64(40 - 8 * $0)) } + [0x08, 0x06]
            + Array(repeating: 0, count: 46)
    }

    private func speak(_ bench: inout Workbench, port: UInt32) throws {
        let cookie = try #require(bench.cookie(of: .learning, .forward))
        let packetIn = PacketIn(tableID: 0, cookie: cookie.rawValue, match: Match(inPort: port), data: frame(from: Self.host))
        bench.engine.handle(.packetIn(packetIn), from: Workbench.ingress, at: bench.now)
        bench.take()
    }

    @Test func aSideWithOneHostPortNeedsNoLearning() throws {
        var bench = try Workbench()
        bench.take()
        #expect(bench.cookie(of: .learning, .forward) == nil)
    }

    @Test func aHostIsLearnedOnceWhereASideHasSeveralPorts() throws {
        var bench = try Workbench(hostPorts: [1, 9])
        bench.clear()
        try speak(&bench, port: 9)
        try speak(&bench, port: 9)
        #expect(bench.flowMods.map(\.flowMod.tableID) == [2, 0])
        #expect(bench.flowMods.first?.flowMod.match.fields.ethDestination == Masked(Self.host))
        #expect(bench.flowMods.first?.flowMod.instructions == [.applyActions([.output(9)])])
    }

    @Test func aHostThatMovesIsLearnedAnew() throws {
        var bench = try Workbench(hostPorts: [1, 9])
        try speak(&bench, port: 9)
        bench.clear()
        try speak(&bench, port: 1)
        #expect(bench.flowMods.first?.flowMod.instructions == [.applyActions([.output(1)])])
    }

    @Test func aSilentHostIsForgotten() throws {
        var bench = try Workbench(hostPorts: [1, 9])
        try speak(&bench, port: 9)
        let known = try #require(bench.flowMods.last?.flowMod)
        bench.clear()
        let removed = FlowRemoved(cookie: known.cookie, priority: known.priority, reason: .idleTimeout, tableID: 0, match: known.match)
        bench.engine.handle(.flowRemoved(removed), from: Workbench.ingress, at: bench.now)
        bench.take()
        #expect(bench.flowMods.map(\.flowMod.command) == [.deleteStrict])
    }

    @Test func noMoreHostsAreLearnedThanTheLimit() throws {
        var configuration = Configuration()
        configuration.limits.hosts = 0
        var bench = try Workbench(configuration, hostPorts: [1, 9])
        bench.clear()
        try speak(&bench, port: 9)
        #expect(bench.flowMods.isEmpty)
        #expect(bench.engine.counters.hostsNotLearned == 1)
    }
}
