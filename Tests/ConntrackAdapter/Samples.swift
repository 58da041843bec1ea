import ConntrackKit
import Frames

/// Connections that the tests move.
enum Sample {
    static let client = IPv4Address(bits: 0x0A01_0002)
    static let server = IPv4Address(bits: 0x0A02_0002)
    static let outside = IPv4Address(bits: 0x0A02_0001)

    /// A TCP connection behind a NAT: 10.1.0.2:`port` asks 10.2.0.2:80, which answers 10.2.0.1:`port` - 20000.
    static func web(port: UInt16 = 40_414) -> ConntrackEntry {
        ConntrackEntry(
            original: ConntrackTuple(.ipv4(source: client, destination: server), .ports(protocol: 6, source: port, destination: 80)),
            reply: ConntrackTuple(.ipv4(source: server, destination: outside), .ports(protocol: 6, source: 80, destination: port - 20_000)),
            status: [.seenReply, .assured, .confirmed], timeout: 1_000, mark: 7,
            state: .tcp(
                ConntrackEntry.TCP(
                    state: 3, original: ConntrackEntry.TCP.Side(scale: 7, flags: 3), reply: ConntrackEntry.TCP.Side(scale: 9, flags: 3))))
    }

    /// A UDP conversation through a firewall that translates nothing.
    static let plain = ConntrackEntry(
        untranslated: .ipv4(source: client, destination: server), .ports(protocol: 17, source: 5, destination: 6))
    static let ping = ConntrackEntry(
        untranslated: .ipv4(source: client, destination: server), .icmp(protocol: 1, id: 77, type: 8, code: 0))
    static let ipv6 = ConntrackEntry(
        untranslated: .ipv6(
            source: IPv6Address(high: 0x2001_0DB8 << 32, low: 1), destination: IPv6Address(high: 0x2001_0DB8 << 32, low: 2)),
        .ports(protocol: 17, source: 5_000, destination: 53))
    static let tunnel = ConntrackEntry(untranslated: .ipv4(source: client, destination: server), .other(protocol: 50))

    /// A port that is forwarded: the world asks 10.2.0.1:8080, and 10.1.0.2:80 answers.
    static let forwarded = ConntrackEntry(
        original: ConntrackTuple(.ipv4(source: server, destination: outside), .ports(protocol: 6, source: 999, destination: 8_080)),
        reply: ConntrackTuple(.ipv4(source: client, destination: server), .ports(protocol: 6, source: 80, destination: 999)),
        status: [.seenReply, .assured, .confirmed], timeout: 500,
        state: .tcp(
            ConntrackEntry.TCP(
                state: 3, original: ConntrackEntry.TCP.Side(scale: 0, flags: 0), reply: ConntrackEntry.TCP.Side(scale: 0, flags: 0))))

    static let all = [web(), plain, ping, ipv6, tunnel, forwarded]
}

extension ConntrackEntry {
    init(untranslated addresses: ConntrackTuple.Addresses, _ transport: ConntrackTuple.Transport) {
        let original = ConntrackTuple(addresses, transport)
        self.init(original: original, reply: original.inverted, status: [.seenReply, .confirmed], timeout: 100)
    }

    /// The entry without what time changes, and what an entry that was moved is given.
    var comparable: ConntrackEntry {
        var copy = self
        copy.timeout = 0
        copy.status.formIntersection(.movable)
        if case .tcp(var tcp) = state {
            tcp.original.flags |= 8
            tcp.reply.flags |= 8
            copy.state = .tcp(tcp)
        }
        return copy
    }
}
