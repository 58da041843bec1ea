import Frames

extension Universe {
    /// So many matches that are free of contradictions and speak of nothing outside of the universe.
    static func matches(_ count: Int, using generator: inout SeededGenerator) -> [FlowMatch] {
        var matches: [FlowMatch] = []
        while matches.count < count {
            if let match = try? FlowMatch(fields(using: &generator)) { matches.append(match) }
        }
        return matches
    }

    /// Random fields of one kind of packet, few of which contradict each other.
    private static func fields(using generator: inout SeededGenerator) -> FlowMatch.Fields {
        var fields = FlowMatch.Fields()
        fields.ethSource = masked(&generator) { MACAddress(bits: $0) }
        fields.etherType = number(&generator, [EtherType.ipv4, EtherType.ipv6, EtherType.arp, EtherType.none])
        let tag = masked(&generator) { VLANIdentifier(bits: UInt16($0)) }
        fields.vlan = generator.below(6) == 0 ? .untagged : generator.below(6) == 0 ? .anyTag : tag.map { .tagged($0) }
        fields.vlanPriority = generator.below(3) == 0 ? number(&generator, [0, 1]) : nil
        switch generator.below(5) {
        case 0: setIPv4(&fields, &generator)
        case 1: setIPv6(&fields, &generator)
        case 2: setARP(&fields, &generator)
        case 3: setDiscovery(&fields, &generator)
        default: break
        }
        return fields
    }

    private static func setIP(_ fields: inout FlowMatch.Fields, _ generator: inout SeededGenerator) {
        fields.dscp = number(&generator, [0, 1])
        fields.ecn = number(&generator, [0, 1])
        switch generator.below(6) {
        case 0: (fields.tcpSource, fields.tcpDestination) = (number(&generator, [1, 2]), number(&generator, [1, 2]))
        case 1: (fields.udpSource, fields.udpDestination) = (number(&generator, [1, 2]), number(&generator, [1, 2]))
        case 2: (fields.sctpSource, fields.sctpDestination) = (number(&generator, [1, 2]), number(&generator, [1, 2]))
        case 3: fields.ipProtocol = number(&generator, [1, 6, 17, 58, 132, 50])
        default: break
        }
    }

    private static func setIPv4(_ fields: inout FlowMatch.Fields, _ generator: inout SeededGenerator) {
        setIP(&fields, &generator)
        fields.ipv4Source = masked(&generator, below: 4) { IPv4Address(bits: UInt32($0)) }
        fields.ipv4Destination = masked(&generator) { IPv4Address(bits: UInt32($0)) }
        if generator.below(3) == 0 { (fields.icmpv4Type, fields.icmpv4Code) = (number(&generator, [0, 8]), number(&generator, [0, 1])) }
    }

    private static func setIPv6(_ fields: inout FlowMatch.Fields, _ generator: inout SeededGenerator) {
        setIP(&fields, &generator)
        fields.ipv6Source = masked(&generator) { IPv6Address(high: 0, low: $0) }
        fields.ipv6Destination = masked(&generator) { IPv6Address(high: 0, low: $0) }
        fields.flowLabel = masked(&generator) { FlowLabel(bits: UInt32($0)) }
        if generator.below(3) == 0 {
            (fields.icmpv6Type, fields.icmpv6Code) = (number(&generator, [128, 129, 135, 136]), number(&generator, [0, 1]))
        }
    }

    private static func setARP(_ fields: inout FlowMatch.Fields, _ generator: inout SeededGenerator) {
        fields.arpOperation = number(&generator, [1, 2])
        fields.arpSenderIP = masked(&generator) { IPv4Address(bits: UInt32($0)) }
        fields.arpTargetIP = masked(&generator) { IPv4Address(bits: UInt32($0)) }
        fields.arpSenderMAC = masked(&generator) { MACAddress(bits: $0) }
        fields.arpTargetMAC = masked(&generator) { MACAddress(bits: $0) }
    }

    private static func setDiscovery(_ fields: inout FlowMatch.Fields, _ generator: inout SeededGenerator) {
        fields.icmpv6Type = number(&generator, [135, 136])
        fields.ndTarget = number(&generator, [IPv6Address(high: 0, low: 0), IPv6Address(high: 0, low: 1)])
        let (isSource, address) = (generator.below(2) == 0, number(&generator, [MACAddress.zero, MACAddress(bits: 1)]))
        if isSource { fields.ndSourceMAC = address } else { fields.ndTargetMAC = address }
        fields.ipv6Destination = masked(&generator) { IPv6Address(high: 0, low: $0) }
    }

    private static func number<Value>(_ generator: inout SeededGenerator, _ choices: [Value]) -> Value? {
        generator.below(3) == 0 ? choices.randomElement(using: &generator) : nil
    }

    private static func masked<Value>(
        _ generator: inout SeededGenerator, below bound: Int = 2, _ value: (UInt64) -> Value
    ) -> Masked<Value>? {
        let (bits, mask) = (UInt64(generator.below(bound)), UInt64(generator.below(bound)))
        return switch generator.below(6) {
        case 0: Masked(value(bits))
        case 1: Masked(value(bits), mask: value(mask))
        default: nil
        }
    }
}
