import BusMessages
import Frames

/// One of everything.
enum Samples {
    static let ingress = VNFDTO.Interface(port: .name("s1-v1"), mac: MACAddress(bits: 0x0200_0000_0101))
    static let egress = VNFDTO.Interface(port: .number(4), mac: MACAddress(bits: 0x0200_0000_0102))
    static let vnf = VNFDTO(id: 1, group: "g1", ingress: ingress, egress: egress, address: "10.9.0.1:7000")
    static let switchSpecification = SwitchSpecification(id: "s1", datapathId: DatapathID(bits: 0xAB))
    static let oneSwitch = SwitchDTO(switchSpecification, connected: true, ports: [SwitchDTO.Port(number: 1, name: "s1-h1")])
    static let group = GroupDTO(
        id: "g1", ingress: GroupDTO.Side(switch: "s1", hostPorts: [.name("s1-h1"), .number(7)]),
        egress: GroupDTO.Side(switch: "s2", hostPorts: []), default: 1)
    static let wideGroup = GroupDTO(
        id: "g2",
        ingress: GroupDTO.Side(
            switches: [GroupDTO.Side.Member(switch: "s1", hostPorts: [.number(1)]), GroupDTO.Side.Member(switch: "s3")],
            trunks: [.init(.init(switch: "s1", port: .name("s1-s3")), .init(switch: "s3", port: .number(9)))]),
        egress: GroupDTO.Side(switch: "s2", hostPorts: [], group: "g1"))
    static let wideVNF = VNFDTO(
        id: 2, group: "g2", ingress: VNFDTO.Interface(switch: "s3", port: .number(4), mac: MACAddress(bits: 0x0200_0000_0201)),
        egress: egress)
    static let flow = FlowKey(
        network: .ipv4(source: IPv4Address(bits: 1), destination: IPv4Address(bits: 2), .udp(source: 3, destination: 4)))
    static let rules = [
        RuleSpecification(match: MatchDTO(exactly: flow), priority: 10, destination: .vnf(2)),
        RuleSpecification(
            match: MatchDTO(.any), reverseMatch: MatchDTO(exactly: flow.mirrored), destination: .mac(MACAddress(bits: 0x02)),
            maximumSilenceMs: 5, mode: .direct),
        RuleSpecification(match: MatchDTO(.any), destination: .port(.name("s1-v2"), switch: "s1"), bidirectional: false, start: .group),
    ]
    static let rule = RuleDTO(
        id: "r-1", group: "g1", specification: rules[1], mode: .sharp, modeReason: "VNF 2 does not answer ARM", state: .moving,
        handovers: RuleDTO.Counts(open: 1, completed: 2), reason: "none")
    static let handover = HandoverDTO(
        id: 7, rule: "r-1", flow: "\(flow)", source: 1, destination: 2, mode: .direct, modeReason: "as asked", outcome: .open,
        phase: .fence, startedAtMs: 1_700_000_000_000, durationMs: 2.5, phasesMs: HandoverDTO.Phases(arm: 0.5, fence: 1.25),
        controllerBuffered: HandoverDTO.BufferUse(packets: 3, bytes: 200, peakPackets: 2), lostPackets: 1, reason: "a reason")

    static let drain = DrainDTO(
        vnf: 1, destination: 2, state: .draining, rules: ["drain-1-9"], handovers: RuleDTO.Counts(open: 3, completed: 1))

    static let requests: [ControllerRequest] =
        rules.map { .createRule(id: "r-1", $0) } + [
            .putSwitch(switchSpecification), .putGroup(group), .putVNF(vnf), .putGroup(wideGroup), .putVNF(wideVNF), .deleteRule(id: "r-1"),
            .listSwitches, .getSwitch(id: "s1"),
            .drainVNF(id: 1, DrainSpecification(destination: .vnf(2), mode: .direct)),
            .drainVNF(id: 1, DrainSpecification()), .getDrain(id: 1), .endDrain(id: 1), .listGroups, .getGroup(id: "g1"),
            .listVNFs, .getVNF(id: 65_535), .listRules, .getRule(id: "r-1"),
            .listHandovers(rule: nil, limit: 1, after: nil), .listHandovers(rule: "r-1", limit: 1_000, after: HandoverDTO.greatestID),
            .getHandover(id: 7),
            .snapshot, .ping,
        ]
    static let snapshot = SnapshotDTO(
        sequence: 9, switches: [oneSwitch], groups: [group], vnfs: [vnf], rules: [rule], handovers: [handover])
    static let replies: [ControllerReply] = [
        .switch(oneSwitch), .switches([oneSwitch, SwitchDTO(switchSpecification, connected: false)]), .group(group), .groups([]), .vnf(vnf),
        .vnfs([vnf]),
        .drain(drain), .rule(rule), .rules([rule]), .handover(handover), .handovers(HandoverPage(handovers: [handover], next: 7)),
        .snapshot(snapshot), .alive, .refused(Refusal(.conflict, field: "destination.vnf", "VNF 2 is not in group g1")),
    ]
    static let events: [ControllerEvent] = [
        .handover(handover), .rule(rule), .switch(oneSwitch), .counters(ControllerCounters(packetIns: 5, bufferedBytes: 4)),
    ]
}
