import Frames
import OpenFlow

/// One message and more of every type, with every kind of field, action and instruction among them.
let samples: [Message] = [
    .hello(Hello()),
    .hello(Hello(version: 1, bitmap: nil)),
    .hello(Hello(version: 6, bitmap: [0x52, 1])),
    .error(ErrorMessage(type: 5, code: 1, data: [1, 2, 3])),
    .error(.incompatible("this controller speaks OpenFlow 1.3")),
    .echoRequest([]),
    .echoRequest([1, 2, 3]),
    .echoReply([4]),
    .experimenter(Experimenter(experimenter: 0x2320, type: 7, data: [1, 2, 3, 4])),
    .featuresRequest,
    .featuresReply(FeaturesReply(datapathID: 0x0102_0304_0506_0708, bufferCount: 9, tableCount: 254, auxiliaryID: 0, capabilities: 0x4F)),
    .getConfigRequest,
    .getConfigReply(SwitchConfiguration(flags: 1, missSendLength: 128)),
    .setConfig(SwitchConfiguration()),
    .packetIn(PacketIn(tableID: 1, cookie: .max, match: Match(inPort: 3), data: Array(0..<60))),
    .packetIn(
        PacketIn(
            reason: .noMatch, tableID: 0, cookie: 1, match: Match(inPort: 3, metadata: MaskedMetadata(value: 7)), totalLength: 1500,
            bufferID: 12, data: [])),
    .flowRemoved(
        FlowRemoved(
            cookie: 77, priority: 5, reason: .idleTimeout, tableID: 1, durationSeconds: 8, durationNanoseconds: 9, idleTimeout: 1,
            hardTimeout: 2, packetCount: 3, byteCount: 4, match: udp)),
    .portStatus(PortStatus(reason: .add, port: port)),
    .packetOut(PacketOut(inPort: PortNumber.controller, actions: [.output(4)], data: [1, 2, 3])),
    .packetOut(PacketOut(bufferID: 5, inPort: 3, actions: [], data: [])),
    .flowMod(FlowMod(tableID: 1, command: .add, priority: 100, cookie: 0x5A, match: udp, instructions: [.applyActions([.toController])])),
    .flowMod(
        FlowMod(
            tableID: TableNumber.all, command: .deleteStrict, priority: .max, cookie: 1, cookieMask: .max, idleTimeout: 1, hardTimeout: 2,
            flags: [.sendFlowRemoved, .resetCounts], bufferID: 1, outPort: 2, outGroup: 3, match: tcpv6, instructions: instructions)),
    .flowMod(FlowMod(tableID: 0, command: .modify, priority: 0, match: Match())),
    .flowMod(FlowMod(tableID: 0, command: .modifyStrict, priority: 0, match: icmp)),
    .flowMod(FlowMod(tableID: 0, command: .delete, priority: 0, match: odd)),
    .flowMod(FlowMod(tableID: 0, command: .add, priority: 0, match: arp)),
    .flowMod(FlowMod(tableID: 0, command: .add, priority: 0, match: solicitation)),
    .flowMod(FlowMod(tableID: 0, command: .add, priority: 0, match: everything)),
    .multipartRequest(MultipartRequest(.description)),
    .multipartRequest(MultipartRequest(.flow(FlowSelection(match: udp)))),
    .multipartRequest(MultipartRequest(.aggregate(FlowSelection(tableID: 2, cookie: 1, cookieMask: 3)), more: true)),
    .multipartRequest(MultipartRequest(.table)),
    .multipartRequest(MultipartRequest(.portStatistics(port: PortNumber.any))),
    .multipartRequest(MultipartRequest(.portDescription)),
    .multipartRequest(MultipartRequest(.other(type: 12, body: [1, 2, 3, 4]))),
    .multipartReply(
        MultipartReply(
            .description(
                SwitchDescription(manufacturer: "Nicira", hardware: "Open vSwitch", software: "3.1", serialNumber: "None", datapath: "s1")))
    ),
    .multipartReply(MultipartReply(.flow([]))),
    .multipartReply(
        MultipartReply(
            .flow([
                FlowStatistics(
                    tableID: 1, durationSeconds: 1, durationNanoseconds: 2, priority: 3, idleTimeout: 4, hardTimeout: 5,
                    flags: .noByteCounts, cookie: 6, packetCount: 7, byteCount: 8, match: tcpv6, instructions: instructions),
                FlowStatistics(tableID: 2, priority: 1, match: Match()),
            ]), more: true)),
    .multipartReply(MultipartReply(.aggregate(AggregateStatistics(packetCount: 1, byteCount: 2, flowCount: 3)))),
    .multipartReply(MultipartReply(.table([TableStatistics(tableID: 1, activeCount: 2, lookupCount: 3, matchedCount: 4)]))),
    .multipartReply(
        MultipartReply(
            .portStatistics([
                PortStatistics(
                    port: 1, received: .init(packets: 1, bytes: 2, dropped: 3, errors: 4), sent: .init(packets: 5, bytes: 6),
                    frameErrors: 7,
                    overrunErrors: 8, checksumErrors: 9, collisions: 10, durationSeconds: 11, durationNanoseconds: 12)
            ]))),
    .multipartReply(MultipartReply(.portDescription([port, port]))),
    .multipartReply(MultipartReply(.other(type: 0xFFFF, body: [0, 1, 2, 3, 4, 5, 6, 7]))),
    .barrierRequest,
    .barrierReply,
    .other(type: 24, body: [1, 2, 3]),
]

private let port = PortDescription(
    number: 3, hardwareAddress: MACAddress(bits: 0x0200_0000_0003), name: "s1-h1", config: 1, state: 4, current: 5, advertised: 6,
    supported: 7, peer: 8, currentSpeed: 10_000_000, maxSpeed: 20_000_000)

private let udp = match { fields in
    fields.etherType = EtherType.ipv4
    fields.ipProtocol = IPProtocol.udp
    fields.ipv4Source = Masked(IPv4Address(bits: 0x0A00_0000), mask: IPv4Address(bits: 0xFFFF_FF00))
    fields.ipv4Destination = Masked(IPv4Address(bits: 0x0A00_0102))
    fields.udpSource = 5000
    fields.udpDestination = 7
}

private let tcpv6: Match = {
    var match = match { fields in
        fields.ethSource = Masked(MACAddress(bits: 0x0200_0000_0001))
        fields.ethDestination = Masked(MACAddress(bits: 0x0100_0000_0000), mask: MACAddress(bits: 0x0100_0000_0000))
        fields.etherType = EtherType.ipv6
        fields.vlan = .tag(0x123)
        fields.vlanPriority = 5
        fields.dscp = 46
        fields.ecn = 1
        fields.ipProtocol = IPProtocol.tcp
        fields.ipv6Source = Masked(IPv6Address(high: 0xFE80 << 48, low: 1))
        fields.ipv6Destination = Masked(IPv6Address(high: 0xFE80 << 48, low: 0), mask: IPv6Address(high: .max, low: 0))
        fields.flowLabel = Masked(FlowLabel(bits: 0x12000), mask: FlowLabel(bits: 0xFF000))
        fields.tcpDestination = 443
    }
    match.inPort = 9
    match.metadata = MaskedMetadata(value: 0x1_0000, mask: 0xFFFF_0000)
    return match
}()

private let icmp = match { fields in
    fields.etherType = EtherType.ipv4
    fields.ipProtocol = IPProtocol.icmp
    fields.icmpv4Type = 8
    fields.icmpv4Code = 0
}

private let arp = match { fields in
    fields.etherType = EtherType.arp
    fields.vlan = .untagged
    fields.arpOperation = 1
    fields.arpSenderIP = Masked(IPv4Address(bits: 0x0A00_0000), mask: IPv4Address(bits: 0xFFFF_FF00))
    fields.arpTargetIP = Masked(IPv4Address(bits: 0x0A00_0002))
    fields.arpSenderMAC = Masked(MACAddress(bits: 0x0200_0000_0001))
    fields.arpTargetMAC = Masked(MACAddress(bits: 0), mask: MACAddress(bits: 0xFF00_0000_0000))
}

private let solicitation = match { fields in
    fields.etherType = EtherType.ipv6
    fields.ipProtocol = IPProtocol.icmpv6
    fields.icmpv6Type = ICMPv6Type.neighbourSolicitation
    fields.icmpv6Code = 0
    fields.ndTarget = IPv6Address(high: 0xFE80 << 48, low: 2)
    fields.ndSourceMAC = MACAddress(bits: 0x0200_0000_0001)
}

/// Every modelled field, though no packet has them all.
private let everything: Match = {
    var match = match { fields in
        fields = arp.fields
        fields.ethSource = Masked(MACAddress(bits: 1))
        fields.ethDestination = Masked(MACAddress(bits: 2))
        fields.vlan = .anyTag
        (fields.vlanPriority, fields.dscp, fields.ecn, fields.ipProtocol) = (7, 63, 3, 255)
        fields.ipv4Source = Masked(IPv4Address(bits: 1))
        fields.ipv4Destination = Masked(IPv4Address(bits: 2))
        (fields.tcpSource, fields.tcpDestination) = (1, 2)
        (fields.udpSource, fields.udpDestination) = (3, 4)
        (fields.sctpSource, fields.sctpDestination) = (5, 6)
        (fields.icmpv4Type, fields.icmpv4Code) = (7, 8)
        fields.ipv6Source = Masked(IPv6Address(high: 1, low: 2))
        fields.ipv6Destination = Masked(IPv6Address(high: 3, low: 4))
        fields.flowLabel = Masked(FlowLabel(bits: .max))
        (fields.icmpv6Type, fields.icmpv6Code) = (9, 10)
        fields.ndTarget = IPv6Address(high: 5, low: 6)
        (fields.ndSourceMAC, fields.ndTargetMAC) = (MACAddress(bits: 3), MACAddress(bits: 4))
    }
    match.inPort = 1
    match.metadata = MaskedMetadata(value: 1)
    return match
}()

/// A masked VLAN priority between modelled fields, and one of Nicira's registers.
private let odd: Match = {
    var match = match { $0.vlan = .tag(1) }
    match.fields.etherType = EtherType.arp
    match.others = [
        RawOXM(oxmClass: 0x8000, field: 7, hasMask: true, payload: [3, 3]),
        RawOXM(oxmClass: 1, field: 0, hasMask: true, payload: [0, 0, 0, 1, 0, 0, 0, 0xFF]),
    ].compactMap { $0 }
    return match
}()

private let instructions: [Instruction] = [
    .meter(1),
    .applyActions([
        .output(port: 1, maxLength: 64), .group(2), .pushVLAN(etherType: EtherType.vlan), .popVLAN, .other(type: 24, body: [0, 0, 0, 0]),
    ]),
    .clearActions,
    .writeActions(
        RawOXM(oxmClass: 0x8000, field: 3, hasMask: false, payload: [2, 0, 0, 0, 0, 1]).map { [.setField($0), .output(7)] } ?? []),
    .writeMetadata(MaskedMetadata(value: 0x1_0001, mask: 0xFFFF_FFFF)),
    .gotoTable(2),
    .other(type: 0xFFFF, body: [0, 0, 0x23, 0x20]),
]

private func match(_ set: (inout FlowMatch.Fields) -> Void) -> Match {
    var fields = FlowMatch.Fields()
    set(&fields)
    return Match(fields: fields)
}
