/// Frames put together from bytes as they are on the link, independently of any encoder.
enum Sample {
    /// From 02:00:00:00:00:01 to 02:00:00:00:00:02.
    static let addresses: [UInt8] = [2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1]
    /// From port 5000 to port 7, and the rest of a UDP header.
    static let udp: [UInt8] = [0x13, 0x88, 0, 7, 0, 8, 0, 0]
    static let arp: [UInt8] = addresses + [0x08, 0x06, 0, 1, 8, 0, 6, 4, 0, 1]

    /// An IPv4 packet of DSCP 46 from 10.0.0.1 to 10.0.0.2.
    static func ipv4(_ number: UInt8, fragment: [UInt8] = [0, 0], options: [UInt8] = [], _ payload: [UInt8]) -> [UInt8] {
        let start: [UInt8] = [8, 0, 0x45 + UInt8(options.count / 4), 0xB9, 0, 40, 0, 1]
        return start + fragment + [64, number, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2] + options + payload
    }

    /// An IPv6 packet of DSCP 46 from fd00::1 to fd00::2.
    static func ipv6(_ next: UInt8, _ payload: [UInt8]) -> [UInt8] {
        let zeros = [UInt8](repeating: 0, count: 13)
        return [0x86, 0xDD, 0x6B, 0x90, 0, 1, 0, 8, next, 64] + [0xFD, 0] + zeros + [1, 0xFD, 0] + zeros + [2] + payload
    }

    /// An IPv6 fragment header: where the fragment starts, in units of eight bytes, and whether more follow.
    static func fragment(next: UInt8, offset: UInt16, more: Bool) -> [UInt8] {
        let field = offset << 3 | (more ? 1 : 0)
        return [next, 0, UInt8(field >> 8), UInt8(field & 0xFF), 0, 0, 0, 9]
    }

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
