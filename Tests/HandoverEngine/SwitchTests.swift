import ControlFrames
import Frames
import HandoverEngine
import OpenFlow
import Testing
import Timing

@Suite struct SwitchTests {
    /// A bench in the middle of a handover, redirected in both directions.
    private func redirected() throws -> Workbench {
        var bench = try Workbench()
        try bench.createRule()
        bench.packet(1, .forward, under: try #require(bench.cookie(of: .detection, .forward)))
        for direction in Direction.allCases { bench.control(.startAck(received: 0), from: 2, direction) }
        return bench
    }

    @Test func aSwitchThatComesBackWithItsEntriesIsLeftAsItIs() throws {
        var bench = try redirected()
        bench.engine.disconnected(Workbench.ingress, at: bench.now)
        bench.clear()
        bench.connect(Workbench.ingress, having: bench.tables(of: Workbench.ingress))
        #expect(bench.flowMods.isEmpty)
        #expect(!bench.said.isEmpty, "what was not acknowledged is said again at once")
    }

    @Test func aSwitchThatComesBackEmptyGetsEverything() throws {
        var bench = try redirected()
        let before = Set(bench.tables(of: Workbench.ingress))
        bench.engine.disconnected(Workbench.ingress, at: bench.now)
        bench.clear()
        bench.connect(Workbench.ingress)
        let added = bench.flowMods.map(\.flowMod)
        #expect(added.allSatisfy { $0.command == .add })
        #expect(Set(added.map(\.cookie)) == Set(before.map(\.cookie)))
        #expect(added.count == before.count)
    }

    @Test func entriesOfOursThatNobodyWantsAreRemovedAndOthersAreLeft() throws {
        var bench = try redirected()
        let tables = bench.tables(of: Workbench.ingress)
        bench.engine.disconnected(Workbench.ingress, at: bench.now)
        bench.clear()
        var fields = FlowMatch.Fields()
        fields.etherType = EtherType.ipv6
        let stale = FlowStatistics(
            tableID: 1, priority: 41, cookie: Cookie(.detection, .forward, serial: Serial(999)).rawValue, match: Match(fields: fields))
        let foreign = FlowStatistics(tableID: 1, priority: 43, cookie: 77, match: Match(fields: fields))
        bench.connect(Workbench.ingress, having: tables + [stale, foreign])
        #expect(bench.flowMods.map(\.flowMod.command) == [.deleteStrict])
        #expect(bench.flowMods.first?.flowMod.priority == 41)
    }

    @Test func whatExpiredWhileASwitchWasAwayIsNotInstalledAnew() throws {
        var bench = try Workbench()
        try bench.createRule()
        bench.detectionCloses()
        let tables = bench.tables(of: Workbench.ingress).filter { Cookie(rawValue: $0.cookie)?.kind != .closing }
        bench.engine.disconnected(Workbench.ingress, at: bench.now)
        bench.clear()
        bench.connect(Workbench.ingress, having: tables)
        #expect(bench.flowMods.isEmpty)
    }

    @Test func aSwitchThatDoesNotSayWhatItHasIsClearedAndFilled() throws {
        var bench = try redirected()
        bench.engine.disconnected(Workbench.ingress, at: bench.now)
        bench.clear()
        bench.engine.connected(Workbench.ingress, ports: [], at: bench.now)
        bench.engine.handle(.error(ErrorMessage(type: 1, code: 2, data: [4, 18, 0, 8])), from: Workbench.ingress, at: bench.now)
        bench.take()
        #expect(bench.flowMods.first?.flowMod.command == .delete)
        #expect(bench.added.contains(.redirect))
    }

    @Test func aHandoverWaitsForASwitchThatIsAway() throws {
        var bench = try Workbench()
        try bench.createRule()
        bench.packet(1, .forward, under: try #require(bench.cookie(of: .detection, .forward)))
        bench.engine.disconnected(Workbench.egress, at: bench.now)
        for _ in 0..<40 { bench.advance(by: .milliseconds(500)) }
        #expect(bench.engine.records.first?.outcome == .open)
        bench.connect(Workbench.egress, having: bench.tables(of: Workbench.egress))
        bench.clear()
        bench.advance(by: .milliseconds(500))
        #expect(bench.said.contains { $0.datapath == Workbench.egress })
    }

    @Test func aHandoverDoesNotWaitForASwitchForEver() throws {
        var bench = try Workbench()
        try bench.createRule()
        bench.packet(1, .forward, under: try #require(bench.cookie(of: .detection, .forward)))
        bench.engine.disconnected(Workbench.egress, at: bench.now)
        for _ in 0..<200 { bench.advance(by: .milliseconds(500)) }
        #expect(bench.engine.records.first?.outcome == .failed)
    }

    @Test func inAChainTheNextGroupSteersWhatTheFirstSendsOut() throws {
        var bench = try Workbench()
        let ports = { (_: String) in [PortReference]() }
        try bench.engine.put(Switch(id: "s3", datapath: DatapathID(3)), at: bench.now)
        bench.connect(DatapathID(3))
        try bench.engine.put(
            Group(
                id: "h", ingress: Side(switchID: "s2", hostPorts: ports("s2"), neighbour: "g"),
                egress: Side(switchID: "s3", hostPorts: [.number(1)])), at: bench.now)
        try bench.engine.put(
            VNF(
                id: VNFID(9), group: "h", ingress: Attachment(port: .number(20), address: MACAddress(bits: 0x901)),
                egress: Attachment(port: .number(2), address: MACAddress(bits: 0x902))), at: bench.now)
        bench.take()
        let classifying = bench.tables(of: Workbench.egress).filter { $0.tableID == 0 }
        func metadata(_ port: UInt32) -> UInt64? {
            let entry = classifying.first { $0.match.inPort == port && $0.match.fields.etherType == nil }
            guard case .writeMetadata(let written)? = entry?.instructions.first, entry?.instructions.last == .gotoTable(1) else {
                return nil
            }
            return written.value
        }
        #expect(metadata(2) == 2 << 1, "from an instance of the first group: forward, in the second")
        #expect(metadata(20) == 1 << 1 | 1, "from an instance of the second group: reverse, in the first")
    }
}
