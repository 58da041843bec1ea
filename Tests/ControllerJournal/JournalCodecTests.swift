import ControlFrames
import ControllerJournal
import Frames
import HandoverEngine
import JSONLines
import Testing
import Timing

@Suite struct JournalCodecTests {
    private static let flow = FlowKey(
        network: .ipv4(
            source: IPv4Address(bits: 0x0A00_0001), destination: IPv4Address(bits: 0x0A00_0002), .udp(source: 5000, destination: 7)))

    private static let samples: [JournalEntry] = [
        .switch(id: "s \"1\"", datapath: DatapathID(.max)),
        .group(
            Group(
                id: "g", ingress: Side(switchID: "s1", hostPorts: [.name("a"), .number(7)], neighbour: "f"),
                egress: Side(switchID: "s2", hostPorts: []), fallback: VNFID(3))),
        .group(
            Group(
                id: "w",
                ingress: Side(
                    members: [
                        Side.Member(switchID: "s1", hostPorts: [.name("a")]), Side.Member(switchID: "s2", hostPorts: [.number(3)]),
                        Side.Member(switchID: "s3"),
                    ],
                    trunks: [
                        Side.Trunk(
                            Side.Trunk.End(switchID: "s1", port: .name("t")), Side.Trunk.End(switchID: "s2", port: .number(9))),
                        Side.Trunk(
                            Side.Trunk.End(switchID: "s2", port: .name("u")), Side.Trunk.End(switchID: "s3", port: .name("t"))),
                    ]), egress: Side(switchID: "s2", hostPorts: []))),
        .vnf(
            VNF(
                id: VNFID(8), group: "w", ingress: Attachment(switchID: "s3", port: .name("v"), address: MACAddress(bits: 2)),
                egress: Attachment(port: .number(4), address: MACAddress(bits: 1)))),
        .group(Group(id: "h", ingress: Side(switchID: "s1", hostPorts: []), egress: Side(switchID: "s2", hostPorts: []))),
        .vnf(
            VNF(
                id: VNFID(9), group: "g", ingress: Attachment(port: .name("v"), address: MACAddress(bits: 0x0200_0000_0101)),
                egress: Attachment(port: .number(4), address: MACAddress(bits: 1)), peerAddress: "10.9.0.1:7000")),
        .rule(rule(.moving(Serial(5)), match: .any)), .rule(rule(.settled, match: FlowMatch(exactly: flow))),
        .rule(rule(.removing(Serial(6)), match: .any)), .rule(rule(.removed, match: .any)),
        .relocation(RelocationNote(serial: Serial(5), rule: RuleID(1), mode: .direct, phase: .detecting)),
        .relocation(RelocationNote(serial: Serial(5), rule: RuleID(1), mode: nil, phase: .waiting)),
        .relocation(RelocationNote(serial: Serial(5), rule: RuleID(1), mode: .sharp, phase: .closing)),
        .relocation(RelocationNote(serial: Serial(5), rule: RuleID(1), mode: .sharp, phase: .closed)),
        .began(
            HandoverNote(
                serial: Serial(8), id: HandoverID(rawValue: 77), kind: .move, group: "g", source: VNFID(1), destination: VNFID(2),
                forward: flow, reverse: flow.mirrored, named: .reverse, sample: Array(0...255), sampleDirection: .reverse, rule: RuleID(1),
                relocation: Serial(5), record: 12, startedAt: Instant(nanoseconds: 99))),
        .began(heldByItself),
        .arming(
            ArmingNote(
                serial: Serial(9), id: HandoverID(rawValue: 3), group: "g", vnf: VNFID(2),
                forward: Arm(
                    vnf: 2, match: FlowMatch(exactly: flow), owners: [Arm.Owner(match: .any, isOwned: true)], ownsRest: true),
                reverse: nil, origin: Serial(5), relocation: Serial(6), isDisarming: true)),
        .arming(
            ArmingNote(
                serial: Serial(10), id: HandoverID(rawValue: 4), group: "g", vnf: VNFID(3), forward: nil, reverse: Arm(vnf: 3, match: .any),
                origin: Serial(5), relocation: Serial(5), isDisarming: false)),
        .beganGroup(
            GroupNote(
                serial: Serial(11), id: HandoverID(rawValue: 5), source: VNFID(1), destination: VNFID(2), rule: RuleID(1),
                relocation: Serial(5), record: 13, startedAt: Instant(nanoseconds: 98), phase: .leaving, isStateLost: true)),
        .beganGroup(wayBack),
        .relocation(
            RelocationNote(
                serial: Serial(12), rule: RuleID(1), mode: .direct, phase: .waiting, earlier: Serial(5), turns: HandoverID(rawValue: 5))),
        .joined(Serial(11), GroupMember(flow: flow, direction: .reverse)),
        .released(Serial(11), GroupMember(flow: flow, direction: .forward)),
        .ended(Serial(8), .failed), .forgotten(Serial(8)), .reserved(serial: 1 << 40, counter: .max, identifier: 9),
    ]

    private static var wayBack: GroupNote {
        var note = GroupNote(
            serial: Serial(13), id: HandoverID(rawValue: 6), source: VNFID(2), destination: VNFID(1), rule: RuleID(1),
            relocation: Serial(12), record: 13, startedAt: Instant(nanoseconds: 98), phase: .recalling, isStateLost: false)
        note.isIncomplete = true
        note.reason = "VNF 2: \"no\" memory"
        note.turns = HandoverID(rawValue: 5)
        return note
    }

    private static var heldByItself: HandoverNote {
        var note = HandoverNote(
            serial: Serial(8), id: HandoverID(rawValue: 77), kind: .move, group: "g", source: VNFID(1), destination: VNFID(2),
            forward: flow, reverse: nil, named: nil, sample: [1, 2], sampleDirection: .forward, rule: RuleID(1), relocation: Serial(5),
            record: 12, startedAt: Instant(nanoseconds: 99))
        (note.heldUnder, note.heldFor, note.reported) = (HandoverID(rawValue: 3), Serial(5), [.forward])
        return note
    }

    private static func rule(_ state: Rule.State, match: FlowMatch) -> Rule {
        Rule(
            id: RuleID(1), name: "r", group: "g",
            specification: RuleSpecification(
                match: match, priority: 7, destination: VNFID(2), isBidirectional: true, mode: .direct, grouping: .together,
                maximumSilence: .milliseconds(3),
                detectionLimit: .seconds(4)), state: state, handovers: [.completed: 1, .aborted: 2, .failed: 3], isDetecting: true,
            mode: .sharp,
            modeReason: "too many", failure: "none can", steering: .present, lost: 4, isEffective: true,
            shadows: [RuleID(4), RuleID(12)], drains: VNFID(9), serial: Serial(3))
    }

    private static func text(_ entries: [JournalEntry]) -> [UInt8] {
        var writer = JSONWriter()
        for entry in entries { JournalCodec.write(entry, to: &writer) }
        return writer.bytes
    }

    @Test func everyEntryReadsAsItWasWritten() throws {
        #expect(try JournalCodec.entries(Self.text(Self.samples).span) == Self.samples)
    }

    @Test func aNoteKeepsTheDirectionThatWasNamed() {
        let named = Self.samples.compactMap { entry in if case .began(let note) = entry { note.named } else { nil } }
        #expect(named == [.reverse])
    }

    @Test func aLineThatWasNeverFinishedIsLeftOut() throws {
        let whole = Self.text(Self.samples)
        for length in 0..<whole.count {
            let found = try JournalCodec.entries(Array(whole.prefix(length)).span)
            #expect(found == Array(Self.samples.prefix(found.count)))
        }
    }

    @Test func aLineThatIsNoEntryIsNamed() {
        for (bad, line) in [("{}\n", 1), ("nonsense\n", 1), (#"{"entry":"unheard of"}"# + "\n", 1), (#"{"entry":"forgotten"}"# + "\n", 1)] {
            let text = Self.text([Self.samples[0]]) + Array(bad.utf8)
            #expect { try JournalCodec.entries(text.span) } throws: { ($0 as? JournalCodec.LineProblem)?.line == line + 1 }
        }
    }

    @Test func membersThatNobodyKnowsArePassedOver() throws {
        let line = Array(#"{"future":{"a":[1,2]},"entry":"forgotten","serial":8,"more":null}"#.utf8)
        #expect(try JournalCodec.entry(line.span) == .forgotten(Serial(8)))
    }

    @Test func noBytesTrap() {
        let whole = Self.text(Self.samples)
        var seed: UInt64 = 7
        for _ in 0..<20_000 {
            var bytes = whole
            for _ in 0..<3 {
                seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                bytes[Int(seed >> 33) % bytes.count] = UInt8(truncatingIfNeeded: seed >> 20)
            }
            _ = try? JournalCodec.entries(bytes.span)
        }
    }
}
