import ControlFrames
import Frames
import HandoverEngine
import OpenFlow
import Testing
import Timing

/// A side of several switches: what each of them gets, where frames begin, and what is waited for.
@Suite struct ManySwitchTests {
    private static let third = DatapathID(3)

    /// Two ingress switches with a host each and a trunk between them, instance 11 at the first and 12 at the other; one egress switch.
    private func bench() throws -> Workbench {
        var bench = try Workbench()
        try bench.engine.put(Switch(id: "s3", datapath: Self.third), at: bench.now)
        try bench.engine.put(Group(id: "w", ingress: Self.side(), egress: Side(switchID: "s2", hostPorts: [.number(11)])), at: bench.now)
        for (vnf, id) in [(UInt16(11), "s1"), (12, "s3")] {
            try bench.engine.put(Self.vnf(vnf, at: id), at: bench.now)
        }
        bench.connect(Self.third)
        bench.clear()
        return bench
    }

    private static func side(trunks: [Side.Trunk] = [trunk("s1", "s3")]) -> Side {
        Side(members: ["s1", "s3"].map { Side.Member(switchID: $0, hostPorts: [.number(11)]) }, trunks: trunks)
    }

    private static func trunk(_ first: String, _ second: String) -> Side.Trunk {
        Side.Trunk(.init(switchID: first, port: .number(19)), .init(switchID: second, port: .number(19)))
    }

    private static func vnf(_ id: UInt16, at switchID: String?) -> VNF {
        func attachment(_ pair: UInt64, _ switchID: String?) -> HandoverEngine.Attachment {
            HandoverEngine.Attachment(
                switchID: switchID, port: .number(UInt32(id) + 1), address: MACAddress(bits: UInt64(id) << 8 | pair))
        }
        return VNF(id: VNFID(id), group: "w", ingress: attachment(1, switchID), egress: attachment(2, nil))
    }

    /// What was said in-band: to whom, from which switch, by what actions.
    private func said(_ bench: Workbench) -> [(frame: ControlFrame, datapath: DatapathID, actions: [Action])] {
        bench.messages.compactMap { datapath, message in
            guard case .packetOut(let packetOut) = message, let frame = try? ControlFrame(decoding: packetOut.data.span.bytes) else {
                return nil
            }
            return (frame, datapath, packetOut.actions)
        }
    }

    private func tagged(_ actions: [Action]) -> Bool {
        actions.count == 3 && actions[0] == .pushVLAN(etherType: EtherType.serviceVLAN) && actions[2] == .output(19)
    }

    @Test func onlySwitchesWithHostsDecideAndTheOthersGoByTheTag() throws {
        var bench = try bench()
        try bench.createRule(to: 12)
        let steering = bench.flowMods.filter { Cookie(rawValue: $0.flowMod.cookie)?.kind == .steering }
        #expect(steering.map(\.datapath) == [Workbench.ingress, Self.third, Workbench.egress])
        guard case .applyActions(let across)? = steering.first?.flowMod.instructions.first, case .setField(let field) = across[1] else {
            return #expect(Bool(false), "the first switch does not send over the trunk")
        }
        #expect(tagged(across))
        #expect(steering[1].flowMod.instructions == [.applyActions([.output(13)])])
        let relays = bench.tables(of: Self.third).filter { entry in
            guard Cookie(rawValue: entry.cookie)?.kind == .trunk, case .tagged(let tag)? = entry.match.fields.vlan else { return false }
            return UInt16(field.payload[0] & 0x0F) << 8 | UInt16(field.payload[1]) == tag.value.bits
        }
        #expect(relays.map(\.match.inPort) == [19])
        #expect(relays.first?.instructions == [.applyActions([.popVLAN, .output(13)])])
    }

    @Test func whatTheControllerSendsAboutAFlowBeginsWhereTheFlowComesIn() throws {
        var bench = try bench()
        try bench.createRule(to: 12)
        let detection = try #require(bench.cookie(of: .detection, .forward))
        bench.clear()
        bench.packet(1, .forward, under: detection)
        let starts = said(bench).filter { $0.datapath != Workbench.egress }
        #expect(starts.map(\.datapath) == [Workbench.ingress, Workbench.ingress])
        #expect(starts[0].actions == [.output(12)])
        #expect(tagged(starts[1].actions))
    }

    @Test func whatIsSentBeforeAFlowIsSeenBeginsAtTheInstancesSwitch() throws {
        var bench = try bench()
        try bench.createRule(to: 12)
        let detection = try #require(bench.cookie(of: .detection, .reverse))
        bench.clear()
        bench.packet(1, .reverse, under: detection)
        let starts = said(bench).filter { $0.datapath != Workbench.egress }
        #expect(starts.map(\.datapath) == [Workbench.ingress, Self.third])
        #expect(starts.map(\.actions) == [[.output(12)], [.output(13)]])
    }

    /// A source has acknowledged START on both sides; its packets on the ingress side have to go past the trunk.
    private func frozen() throws -> Workbench {
        var bench = try bench()
        try bench.createRule(to: 12)
        bench.packet(1, .forward, under: try #require(bench.cookie(of: .detection, .forward)))
        for direction in Direction.allCases {
            let datapath = direction == .forward ? Self.third : Workbench.egress
            say(.startAck(received: 0), port: 13, at: datapath, &bench)
        }
        bench.clear()
        for direction in Direction.allCases {
            say(.startAck(received: nil), port: 12, at: direction == .forward ? Workbench.ingress : Workbench.egress, &bench)
        }
        return bench
    }

    private func say(_ message: ControlMessage, port: UInt32, at datapath: DatapathID, _ bench: inout Workbench) {
        let frame = ControlFrame(source: .zero, destination: .zero, handover: HandoverID(rawValue: 1), message: message)
        hear(frame.encoded(), Cookie(.control), port: port, at: datapath, &bench)
    }

    private func hear(_ bytes: [UInt8], _ cookie: Cookie, port: UInt32, at datapath: DatapathID, _ bench: inout Workbench) {
        let packetIn = PacketIn(tableID: 0, cookie: cookie.rawValue, match: Match(inPort: port), data: bytes)
        bench.engine.handle(.packetIn(packetIn), from: datapath, at: bench.now)
        bench.take()
    }

    @Test func theStateIsFetchedWhenTheSourcesLastPacketsHaveCrossedTheTrunks() throws {
        var bench = try frozen()
        let crossings = said(bench)
        #expect(crossings.map(\.frame.message) == [.followUp])
        #expect(crossings.map(\.datapath) == [Workbench.ingress])
        #expect(tagged(crossings[0].actions))
        bench.clear()
        hear(crossings[0].frame.encoded(), Cookie(.crossing, .forward), port: 19, at: Self.third, &bench)
        #expect(said(bench).map(\.frame.message) == [.transfer(Peer(vnf: 11)), .transfer(Peer(vnf: 11))])
    }

    @Test func aFrameThatIsLostOnATrunkIsSentAgainWithTheNextAcknowledgement() throws {
        var bench = try frozen()
        bench.clear()
        say(.startAck(received: nil), port: 12, at: Workbench.ingress, &bench)
        #expect(said(bench).map(\.frame.message) == [.followUp])
    }

    @Test func aCopyFromAnotherSwitchIsNoMarkerAndIsCounted() throws {
        var bench = try frozen()
        let redirect = try #require(bench.cookie(of: .redirect, .forward))
        bench.clear()
        hear(Workbench.frame(Workbench.flow, 2), redirect, port: 11, at: Self.third, &bench)
        #expect(said(bench).isEmpty)
        #expect(bench.engine.counters.packetsElsewhere == 1)
        hear(Workbench.frame(Workbench.flow, 3), redirect, port: 11, at: Workbench.ingress, &bench)
        #expect(said(bench).contains { $0.frame.message == .releaseFinished(count: 1) })
    }

    @Test func detectionIsOverWhenItsEntriesHaveExpiredAtEverySwitch() throws {
        var bench = try bench()
        try bench.createRule(to: 12)
        bench.detectionCloses()
        let closing = bench.flowMods.filter { Cookie(rawValue: $0.flowMod.cookie)?.kind == .closing }
        #expect(Set(closing.map(\.datapath)) == [Workbench.ingress, Self.third, Workbench.egress])
        func isClosingAtTheThird() -> Bool {
            bench.clear()
            bench.connect(Self.third)
            return bench.added.contains(.closing)
        }
        for (datapath, flowMod) in closing where datapath != Self.third { expire(flowMod, at: datapath, &bench) }
        #expect(isClosingAtTheThird())
        for (datapath, flowMod) in closing where datapath == Self.third { expire(flowMod, at: datapath, &bench) }
        #expect(!isClosingAtTheThird())
    }

    private func expire(_ entry: FlowMod, at datapath: DatapathID, _ bench: inout Workbench) {
        let removed = FlowRemoved(cookie: entry.cookie, priority: entry.priority, reason: .idleTimeout, tableID: 1, match: entry.match)
        bench.engine.handle(.flowRemoved(removed), from: datapath, at: bench.now)
        bench.take()
    }

    @Test func aHostIsReachedFromEverySwitchOfItsSide() throws {
        var bench = try bench()
        let host = MACAddress(bits: 0x02_00_00_00_00_42)
        let frame: [UInt8] = [2, 0, 0, 0, 0, 9, 2, 0, 0, 0, 0, 0x42, 0x08, 0x06] + Array(repeating: 0, count: 46)
        let learning = bench.tables(of: Self.third).compactMap { Cookie(rawValue: $0.cookie) }.first { $0.kind == .learning }
        hear(frame, try #require(learning), port: 11, at: Self.third, &bench)
        let towards = bench.flowMods.filter { $0.flowMod.match.fields.ethDestination == Masked(host) }
        #expect(towards.map(\.datapath) == [Workbench.ingress, Self.third])
        guard case .applyActions(let across)? = towards.first?.flowMod.instructions.first else { return }
        #expect(tagged(across))
        #expect(towards.last?.flowMod.instructions == [.applyActions([.output(11)])])
    }

    @Test func framesForUnknownHostsGoToAllOfThemOnce() throws {
        let bench = try bench()
        for datapath in [Workbench.ingress, Self.third] {
            let flood = bench.tables(of: datapath).last { $0.tableID == 2 && $0.priority == 1 }
            guard case .applyActions(let actions)? = flood?.instructions.first else {
                Issue.record("switch \(datapath) has no such entry")
                continue
            }
            #expect(actions.first == .output(11))
            #expect(tagged(Array(actions.dropFirst())))
        }
    }

    @Test func aSideThatDoesNotHangTogetherIsRefused() throws {
        var bench = try bench()
        func refusal(_ side: Side) -> Refusal? {
            do throws(Refusal) {
                try bench.engine.put(Group(id: "x", ingress: side, egress: Side(switchID: "s2", hostPorts: [])), at: .zero)
                return nil
            } catch { return error }
        }
        #expect(refusal(Self.side(trunks: [])) == .invalid("no trunks lead from switch s1 to switch s3", field: "ingress.trunks"))
        #expect(
            refusal(Self.side(trunks: [Self.trunk("s1", "s2")])) == .invalid("switch s2 is not one of the side's", field: "ingress.trunks"))
        let loop = [Self.trunk("s1", "s1")]
        #expect(refusal(Self.side(trunks: loop)) == .invalid("a trunk is between two switches", field: "ingress.trunks"))
        let twice = [Self.trunk("s1", "s3"), Self.trunk("s3", "s1")]
        #expect(refusal(Self.side(trunks: twice)) == .invalid("port 19 of switch s3 is named twice", field: "ingress.trunks"))
        #expect(
            refusal(Side(members: ["s1", "s3"].map { Side.Member(switchID: $0) }, trunks: [Self.trunk("s1", "s3")]))
                == .invalid("at least one of several switches has host ports", field: "ingress.switches"))
        #expect(
            refusal(Side(members: ["s1", "s9"].map { Side.Member(switchID: $0) }, trunks: []))
                == .unknown("switch s9", field: "ingress.switches"))
    }

    @Test func anInstanceSaysWhichOfSeveralSwitchesItIsAt() throws {
        var bench = try bench()
        #expect(throws: Refusal.invalid("the side has several switches: say which one", field: "ingress.switch")) {
            try bench.engine.put(Self.vnf(13, at: nil), at: .zero)
        }
        #expect(throws: Refusal.invalid("switch s2 is not one of the side's", field: "ingress.switch")) {
            try bench.engine.put(Self.vnf(13, at: "s2"), at: .zero)
        }
    }
}
