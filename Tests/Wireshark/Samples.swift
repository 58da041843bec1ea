import ControlFrames
import Frames

/// A control frame and what a dissector has to find in it.
struct Sample {
    let bytes: [UInt8]
    var fields: [String: String]
    let info: String

    static let vnf = MACAddress(bits: 0x0200_0000_0101)
    static let handover = HandoverID(rawValue: 263)

    init(bytes: [UInt8], command: UInt16, info: String, _ fields: [String: String]) {
        self.bytes = bytes
        self.fields = fields
        let number = String(command, radix: 16)
        self.fields["sharp.command"] = "0x" + String(repeating: "0", count: 4 - number.count) + number
        self.fields["sharp.handover"] = "\(Sample.handover.rawValue)"
        self.info = info
    }

    /// A frame of TLVs laid out by hand, for what the programs need not say in one way only, or not yet.
    init(command: UInt16, tlvs: [(type: UInt16, value: [UInt8])], info: String, _ fields: [String: String]) {
        self.init(bytes: Sample.bytes(command: command, tlvs: tlvs), command: command, info: info, fields)
    }

    static func bytes(command: UInt16, tlvs: [(type: UInt16, value: [UInt8])]) -> [UInt8] {
        func half(_ value: Int) -> [UInt8] { [UInt8(value >> 8 & 0xFF), UInt8(value & 0xFF)] }
        let body = tlvs.flatMap { half(Int($0.type)) + half($0.value.count) + $0.value }
        let header: [UInt8] = [2, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0x82, 0x1C] + half(Int(command)) + [1, 7, 0, 0]
        let frame = header + half(body.count) + body
        return frame + Array(repeating: 0, count: max(60 - frame.count, 0))
    }

    /// One of everything that a program says.
    static let messages: [ControlMessage] =
        flows.map { .startSource(Start(from: 1, to: 2, flow: $0, directions: 2, peerAddress: "10.9.0.2:7000")) } + [
            .startDestination(Start(from: 1, to: 2, flow: flows[0], directions: 1)),
            .startDestination(Start(from: 1, to: 2, subject: .flow(flows[0]), directions: 1, awaitsState: true)),
            .startSource(Start(from: 1, to: 2, subject: .flow(flows[0]), directions: 1, isRepeated: true)), .followUp,
            .releaseFinished(count: 7),
            .releaseFinishedAck, .handoverFinished(nil), .handoverFinished(BufferUsage(packets: 3, bytes: 1 << 40, peakPackets: 2)),
            .handoverFinishedAck(), .fence(), .fenceAck(stragglers: 5), .abort(reason: "buffer limit"), .abort(reason: ""),
            .resend([7]), .resend([7, 9, .max]), .transfer(Peer(vnf: 1)), .transfer(Peer(vnf: 1, address: "ünïcode")), .transferAck,
            .transport(WrappedFrame(sequence: 3, bytes: udpFrame)), .transport(WrappedFrame(sequence: 4, bytes: [])),
            .transport(WrappedFrame(sequence: 9, part: .init(index: 2, of: 3), bytes: [1, 2, 3])),
            .straggler(WrappedFrame(sequence: .max, bytes: udpFrame)), .stragglerAck(sequence: 4),
        ]
        + [
            .startSource(Start(from: 1, to: 2, subject: .match(match), directions: 1, straightTo: vnf, heldUnder: HandoverID(rawValue: 9))),
            .arm(Arm(vnf: 2, match: .any)),
            .arm(
                Arm(
                    vnf: 2, match: match, owners: [.init(match: match, isOwned: true), .init(match: .any, isOwned: false)], ownsRest: true)),
            .armAck, .seen(Seen(flow: flows[0], sample: [UInt8](repeating: 0, count: 60))),
            .seenAck(SeenAck(flow: flows[1], verdict: .wait)),
            .seenAck(SeenAck(flow: flows[2], verdict: .yours)),
            .seenAck(SeenAck(flow: flows[3], verdict: .joins(handover))), .sync(Sync(count: 3)), .sync(Sync(flow: flows[4], count: 4)),
            .syncAck(), .syncAck(flow: flows[0]), .frozen, .freezing, .fencing,
            .disarm, .disarmAck, .mirror(flows[5]), .mirrorAck, .fence(flow: flows[6]),
            .hello, .helloAck([]), .helloAck(.direct),
            .fenceAck(stragglers: 7, flow: flows[7]), .handoverFinished(nil, flow: flows[8]), .handoverFinishedAck(flow: flows[10]),
        ] + [0x0003, 0x000C].compactMap { try? ControlFrame(decoding: bytes(command: $0, tlvs: []).span.bytes).message }

    /// What a program may come to say beside that.
    static let others: [Sample] =
        [
            Sample(
                command: 0x0003, tlvs: [(0x0031, [0, 0, 0, 5])], info: "START_ACK handover 263 count 5", ["sharp.count": "5"]),
            Sample(
                command: 0x000A, tlvs: [(0x0031, [0, 0, 0, 2]), (0x003F, [0, 0, 1, 0])], info: "FENCE_ACK handover 263 count 2 up 256 µs",
                ["sharp.count": "2", "sharp.uptime": "256"]),
            Sample(
                command: 0x0011, tlvs: [(0x0043, [1, 2, 3, 4, 5, 6, 7, 8])], info: "ARM_ACK handover 263",
                ["sharp.process": "0x0102030405060708"]),
            Sample(
                command: 0x000C, tlvs: [(0x0034, Array("state in place".utf8))], info: "ABORT_ACK handover 263 (state in place)",
                ["sharp.reason": "state in place"]),
            Sample(
                command: 0x0009, tlvs: [(0x0040, [0, 0, 0, 1, 0, 0, 0, 0]), (0x0041, Array(repeating: 0xAB, count: 16))],
                info: "FENCE handover 263",
                ["sharp.counter": "4294967296", "sharp.tag": String(repeating: "ab", count: 16)]),
        ]

    static let udpFrame: [UInt8] =
        [2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x08, 0x00, 0x45, 0, 0, 32, 0, 1, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]
        + [0x13, 0x88, 0, 7, 0, 12, 0, 0, 0xDE, 0xAD, 0xBE, 0xEF]

    private static let match: FlowMatch = {
        var fields = FlowMatch.Fields()
        fields.udpDestination = 7
        return (try? FlowMatch(fields)) ?? .any
    }()

    private static let flows: [FlowKey] = {
        let ipv4 = (IPv4Address(bits: 0x0A00_0001), IPv4Address(bits: 0x0A00_0002))
        let ipv6 = (IPv6Address(high: 0xFD00 << 48, low: 1), IPv6Address(high: 0xFD00 << 48, low: 2))
        let transports: [FlowKey.Transport] = [
            .udp(source: 5_000, destination: 7), .tcp(source: 1, destination: 65_535), .sctp(source: 2_905, destination: 2_906),
            .icmp(type: 8, code: 0), .other(protocol: 47),
        ]
        let ip = transports.flatMap { transport in
            [
                FlowKey(network: .ipv4(source: ipv4.0, destination: ipv4.1, transport)),
                FlowKey(vlan: 4_095, network: .ipv6(source: ipv6.0, destination: ipv6.1, transport)),
            ]
        }
        return ip + [FlowKey(vlan: 0, network: .ethernet(source: vnf, destination: .broadcast, etherType: EtherType.arp))]
    }()
}
