import ControlFrames
import Frames

/// A seeded source of random bytes (SplitMix64), so that every run tests the same.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8.random(in: 0...255, using: &self) }
    }
}

enum Sample {
    static let vnf = MACAddress(bits: 0x0200_0000_0101)
    static let ipv4 = (source: IPv4Address(bits: 0x0A00_0001), destination: IPv4Address(bits: 0x0A00_0002))
    static let ipv6 = (source: IPv6Address(high: 0xFD00 << 48, low: 1), destination: IPv6Address(high: 0xFD00 << 48, low: 2))
    static let udp = FlowKey(
        network: .ipv4(source: ipv4.source, destination: ipv4.destination, .udp(source: 5000, destination: 7)))

    static let transports: [FlowKey.Transport] = [
        .tcp(source: 1, destination: 65_535), .udp(source: 5000, destination: 7), .sctp(source: 2905, destination: 2906),
        .icmp(type: 8, code: 0), .other(protocol: 47),
    ]

    static let flows: [FlowKey] =
        transports.flatMap { transport in
            [nil, 0, 4095].flatMap { vlan in
                [
                    FlowKey(vlan: vlan, network: .ipv4(source: ipv4.source, destination: ipv4.destination, transport)),
                    FlowKey(vlan: vlan, network: .ipv6(source: ipv6.source, destination: ipv6.destination, transport)),
                ]
            }
        } + [
            FlowKey(network: .ipv6(source: ipv6.source, destination: ipv6.destination, .other(protocol: 1))),
            FlowKey(network: .ipv4(source: ipv4.source, destination: ipv4.destination, .other(protocol: 58))),
            FlowKey(network: .ethernet(source: vnf, destination: .broadcast, etherType: 0x0806)),
            FlowKey(vlan: 7, network: .ethernet(source: vnf, destination: .broadcast, etherType: 0x88CC)),
        ]

    static let matches: [FlowMatch] = {
        var udp = FlowMatch.Fields()
        udp.vlan = .untagged
        udp.ipv4Source = Masked(ipv4.source, mask: IPv4Address(bits: 0xFFFF_FF00))
        udp.udpDestination = 7
        var tagged = FlowMatch.Fields()
        tagged.vlan = .tag(7)
        tagged.dscp = 46
        tagged.ipv6Destination = Masked(ipv6.destination)
        var arp = FlowMatch.Fields()
        arp.ethSource = Masked(vnf)
        arp.arpOperation = 1
        arp.arpTargetIP = Masked(ipv4.source)
        return [.any] + [udp, tagged, arp].compactMap { try? FlowMatch($0) } + flows.map(FlowMatch.init(exactly:))
    }()

    static let messages: [ControlMessage] = sharpMessages + directMessages

    /// What direct mode, group handovers and named mirrors add.
    static let directMessages: [ControlMessage] =
        matches.flatMap { match -> [ControlMessage] in
            [
                .startDestination(Start(from: 1, to: 2, subject: .match(match), directions: 2)), .arm(Arm(vnf: 2, match: match)),
                .arm(
                    Arm(
                        vnf: .max, match: match, owners: [.init(match: match, isOwned: true), .init(match: .any, isOwned: false)],
                        ownsRest: true)),
            ]
        }
        + flows.flatMap { flow -> [ControlMessage] in
            [
                .seen(Seen(flow: flow, sample: [1, 2, 3])), .mirror(flow), .fence(flow: flow), .fenceAck(stragglers: 3, flow: flow),
                .syncAck(flow: flow),
                .sync(Sync(flow: flow, count: .max)), .handoverFinished(nil, flow: flow), .handoverFinishedAck(flow: flow),
            ] + verdicts.map { .seenAck(SeenAck(flow: flow, verdict: $0)) }
        } + [
            .startSource(Start(from: 1, to: 2, flow: udp, directions: 1, straightTo: vnf)),
            .startSource(
                Start(from: 1, to: 2, subject: .flow(udp), directions: 2, straightTo: vnf, heldUnder: HandoverID(rawValue: 65_535))),
            .startSource(Start(from: 1, to: 2, subject: .match(.any), directions: 1, peerAddress: "a:7", straightTo: .broadcast)),
            .handoverFinished(BufferUsage(packets: 3, bytes: 1 << 40, peakPackets: 2), flow: udp), .sync(Sync(count: 0)),
            .syncAck(), .armAck, .frozen, .freezing, .fencing, .disarm, .disarmAck, .mirrorAck, .hello, .helloAck([]), .helloAck(.direct),
            .helloAck(Capabilities(rawValue: .max)),
        ]

    static let verdicts: [SeenAck.Verdict] = [.wait, .yours, .joins(HandoverID(rawValue: .max))]

    private static let sharpMessages: [ControlMessage] =
        flows.map { .startSource(Start(from: 1, to: 2, flow: $0, directions: 2, peerAddress: "10.9.0.2:7000")) } + [
            .startDestination(Start(from: 1, to: 2, flow: udp, directions: 1)),
            .startDestination(Start(from: 1, to: 2, subject: .flow(udp), directions: 1, awaitsState: true)),
            .startDestination(Start(from: 1, to: 2, subject: .flow(udp), directions: 1, isRepeated: true)),
            .startAck(received: nil), .startAck(received: .max),
            .followUp, .releaseFinished(count: 7),
            .releaseFinishedAck, .handoverFinished(nil), .handoverFinished(BufferUsage(packets: 3, bytes: 1 << 40, peakPackets: 2)),
            .handoverFinishedAck(), .fence(), .fenceAck(stragglers: 5), .abort(reason: "buffer limit"), .abort(reason: ""),
            .abortAck(refusal: nil),
            .abortAck(refusal: "the state is in place"), .abortAck(refusal: ""), .transport(.tombstone(7)),
            .resend([0]), .resend([7, 7, .max]), .transfer(Peer(vnf: 1)), .transfer(Peer(vnf: 1, address: "ünïcode")), .transferAck,
            .transport(WrappedFrame(sequence: 0, bytes: [])),
            .transport(WrappedFrame(sequence: 9, part: .init(index: 2, of: 3), bytes: [1, 2, 3])),
            .straggler(WrappedFrame(sequence: .max, bytes: Array(repeating: 0xAB, count: 1_514))), .stragglerAck(sequence: 4),
        ]

    static func frame(_ message: ControlMessage) -> ControlFrame {
        ControlFrame(source: .zero, destination: vnf, handover: HandoverID(rawValue: 0x0107), message: message)
    }

    /// A control frame to ``vnf`` from nobody, of handover 1, with the given command and TLV bytes.
    static func bytes(command: UInt16, tlvs: [UInt8], length: Int? = nil) -> [UInt8] {
        let length = UInt32(length ?? tlvs.count)
        return [2, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0x82, 0x1C, UInt8(command >> 8), UInt8(command & 0xFF), 0, 1]
            + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: length >> $0) } + tlvs
    }

    static func isControl(_ bytes: [UInt8]) -> Bool {
        ControlFrame.isControl(bytes.span.bytes)
    }

    static func decode(_ bytes: [UInt8]) throws(ControlFrameError) -> ControlFrame {
        try ControlFrame(decoding: bytes.span.bytes)
    }
}
