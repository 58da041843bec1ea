/// Frames put together from bytes as they are on the link, independently of any encoder.
enum Sample {
    /// From 02:00:00:00:00:01 to 02:00:00:00:00:02.
    static let addresses: [UInt8] = [2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1]
    /// From port 5000 to port 7, and the rest of a UDP header.
    static let udp: [UInt8] = [0x13, 0x88, 0, 7, 0, 8, 0, 0]
    static let arp: [UInt8] = addresses + [0x08, 0x06, 0, 1, 8, 0, 6, 4, 0, 1]

    /// A question by 10.0.0.1 for 10.0.0.2.
    static let arpRequest: [UInt8] =
        addresses + [0x08, 0x06, 0, 1, 8, 0, 6, 4, 0, 1] + [2, 0, 0, 0, 0, 1, 10, 0, 0, 1] + [0, 0, 0, 0, 0, 0, 10, 0, 0, 2]
    /// A spanning tree frame: a length, and the service access points 0x42.
    static let spanningTree: [UInt8] = addresses + [0, 38, 0x42, 0x42, 3] + [UInt8](repeating: 0, count: 35)
    /// The option of neighbour discovery that says 02:00:00:00:00:01, of type 1 (the sender's) or 2 (the target's).
    static func linkAddress(_ type: UInt8) -> [UInt8] { [type, 1, 2, 0, 0, 0, 0, 1] }

    /// A solicitation (135) or advertisement (136) of fd00::2.
    static func discovery(_ type: UInt8, code: UInt8 = 0, options: [UInt8]) -> [UInt8] {
        let target = [0xFD, 0] + [UInt8](repeating: 0, count: 13) + [2]
        return addresses + ipv6(58, [type, code, 0, 0, 0, 0, 0, 0] + target + options)
    }

    /// The same packet behind a length and a SNAP header in place of an EtherType; `packet` begins with its EtherType.
    static func snap(_ packet: [UInt8], organisation: [UInt8] = [0, 0, 0]) -> [UInt8] {
        addresses + [0, UInt8(min(packet.count + 6, 255)), 0xAA, 0xAA, 3] + organisation + packet
    }

    /// An IPv4 packet of DSCP 46 and ECN 1 from 10.0.0.1 to 10.0.0.2.
    static func ipv4(_ number: UInt8, fragment: [UInt8] = [0, 0], options: [UInt8] = [], _ payload: [UInt8]) -> [UInt8] {
        let start: [UInt8] = [8, 0, 0x45 + UInt8(options.count / 4), 0xB9, 0, 40, 0, 1]
        return start + fragment + [64, number, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2] + options + payload
    }

    /// An IPv6 packet of DSCP 46, ECN 1 and flow label 1 from fd00::1 to fd00::2.
    static func ipv6(_ next: UInt8, _ payload: [UInt8]) -> [UInt8] {
        let zeros = [UInt8](repeating: 0, count: 13)
        let start: [UInt8] = [0x86, 0xDD, 0x6B, 0x90, 0, 1, 0, UInt8(payload.count), next, 64]
        return start + [0xFD, 0] + zeros + [1, 0xFD, 0] + zeros + [2] + payload
    }

    /// An IPv6 fragment header: where the fragment starts, in units of eight bytes, and whether more follow.
    static func fragment(next: UInt8, offset: UInt16, more: Bool) -> [UInt8] {
        let field = offset << 3 | (more ? 1 : 0)
        return [next, 0, UInt8(field >> 8), UInt8(field & 0xFF), 0, 0, 0, 9]
    }

    /// Frames of which a part may be missing and they are still read, as what the part does not make them.
    static let lenient: [[UInt8]] = [
        arpRequest, spanningTree, discovery(135, options: linkAddress(1)), discovery(136, options: linkAddress(2)),
        snap(ipv4(17, udp)), snap([0x20, 0, 1, 2, 3], organisation: [0, 0, 0x0C]),
    ]

    /// Frames of every shape that the parser tells apart.
    static let all: [[UInt8]] = [
        addresses + ipv4(17, udp), addresses + ipv4(6, udp), addresses + ipv4(132, udp), addresses + ipv4(1, [8, 0, 0, 0]),
        addresses + ipv4(47, [0, 0, 8, 0]), addresses + ipv4(17, options: [1, 1, 1, 0], udp),
        addresses + ipv4(17, fragment: [0x20, 0], udp), addresses + ipv4(17, fragment: [0, 9], udp),
        addresses + [0x81, 0, 0x20, 5] + ipv4(17, udp), addresses + [0x88, 0xA8, 0, 6, 0x81, 0, 0, 7] + ipv4(6, udp),
        addresses + ipv6(17, udp), addresses + ipv6(6, udp), addresses + ipv6(132, udp), addresses + ipv6(58, [128, 0, 0, 0]),
        addresses + ipv6(59, []),
        addresses + ipv6(0, [43, 0, 0, 0, 0, 0, 0, 0, 60, 1] + [UInt8](repeating: 0, count: 14) + [17, 0, 0, 0, 0, 0, 0, 0] + udp),
        addresses + ipv6(51, [17, 1] + [UInt8](repeating: 0, count: 10) + udp),
        addresses + ipv6(44, fragment(next: 17, offset: 0, more: true) + udp),
        addresses + ipv6(44, fragment(next: 17, offset: 3, more: false) + udp), arp, addresses + [0x88, 0xCC],
    ]
}
