import Frames

/// A world small enough to look at every frame in it, and matches that speak of nothing outside of it.
enum Universe {
    /// Every combination of two tags or none, two senders, two DSCP values, four by two addresses and a few of each transport.
    static let frames: [TestFrame] = {
        var frames: [TestFrame] = []
        for vlan in [nil, 1] as [UInt16?] {
            for sender in 0..<2 as Range<UInt64> {
                for network in networks(sender: MACAddress(bits: sender)) {
                    let isIP = if case .ethernet = network { false } else { true }
                    for dscp in 0..<(isIP ? 2 : 1) as Range<UInt8> {
                        let flow = FlowKey(vlan: vlan, network: network)
                        frames.append(TestFrame(flow: flow, source: MACAddress(bits: sender), destination: MACAddress(bits: 2), dscp: dscp))
                    }
                }
            }
        }
        return frames
    }()

    /// The flows of all frames, each once.
    static let flows = Array(Set(frames.map(\.flow)))

    private static func networks(sender: MACAddress) -> [FlowKey.Network] {
        let ethernet = [EtherType.arp, 0x88CC].map { type in
            FlowKey.Network.ethernet(source: sender, destination: MACAddress(bits: 2), etherType: type)
        }
        // Each IP carries the other's ICMP like any protocol it knows nothing of.
        let ipv4 = (transports + [.other(protocol: IPProtocol.icmpv6)]).flatMap { transport in
            (0..<8).map { bits in
                FlowKey.Network.ipv4(source: IPv4Address(bits: bits & 3), destination: IPv4Address(bits: bits >> 2), transport)
            }
        }
        let ipv6 = (transports + [.other(protocol: IPProtocol.icmp)]).flatMap { transport in
            (0..<4).map { bits in
                FlowKey.Network.ipv6(
                    source: IPv6Address(high: 0, low: bits & 1), destination: IPv6Address(high: 0, low: bits >> 1), transport)
            }
        }
        return ethernet + ipv4 + ipv6
    }

    private static let transports: [FlowKey.Transport] = {
        let pairs: [(UInt16, UInt16)] = [(1, 1), (1, 2), (2, 1), (2, 2)]
        let ports = pairs.flatMap { source, destination in
            [
                FlowKey.Transport.tcp(source: source, destination: destination), .udp(source: source, destination: destination),
                .sctp(source: source, destination: destination),
            ]
        }
        return ports + [
            .icmp(type: 0, code: 0), .icmp(type: 0, code: 1), .icmp(type: 8, code: 0), .icmp(type: 8, code: 1), .other(protocol: 50),
        ]
    }()

    /// So many matches of random fields that are free of contradictions.
    static func matches(_ count: Int, using generator: inout SeededGenerator) -> [FlowMatch] {
        var matches: [FlowMatch] = []
        while matches.count < count {
            if let match = try? FlowMatch(fields(using: &generator)) { matches.append(match) }
        }
        return matches
    }

    private static func fields(using generator: inout SeededGenerator) -> FlowMatch.Fields {
        func number<Value: FixedWidthInteger>(_ choices: [Value]) -> Value? {
            generator.below(3) == 0 ? choices.randomElement(using: &generator) : nil
        }
        func masked<Value>(below bound: Int, _ value: (UInt64) -> Value) -> Masked<Value>? {
            let (bits, mask) = (UInt64(generator.below(bound)), UInt64(generator.below(bound)))
            return switch generator.below(6) {
            case 0: Masked(value(bits))
            case 1: Masked(value(bits), mask: value(mask))
            default: nil
            }
        }
        var fields = FlowMatch.Fields()
        fields.ethSource = masked(below: 2) { MACAddress(bits: $0) }
        fields.etherType = number([EtherType.ipv4, EtherType.ipv4, EtherType.ipv6, EtherType.arp])
        fields.vlan = number([1])
        fields.dscp = number([0, 1])
        fields.ipProtocol = number([1, 6, 17, 58, 132, 50])
        fields.ipv4Source = masked(below: 4) { IPv4Address(bits: UInt32($0)) }
        fields.ipv4Destination = masked(below: 2) { IPv4Address(bits: UInt32($0)) }
        fields.ipv6Source = masked(below: 2) { IPv6Address(high: 0, low: $0) }
        fields.ipv6Destination = masked(below: 2) { IPv6Address(high: 0, low: $0) }
        fields.sourcePort = number([1, 2])
        fields.destinationPort = number([1, 2])
        fields.icmpType = number([0, 8])
        fields.icmpCode = fields.icmpType == nil ? nil : number([0, 1])
        return fields
    }
}
