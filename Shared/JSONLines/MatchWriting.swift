import Frames

extension JSONWriter {
    /// Adds a member that is a match, in the words of the northbound API: OpenFlow's OXM field names, addresses and masks as text.
    public mutating func add(_ name: StaticString, _ match: FlowMatch) {
        let fields = match.fields
        beginObject(name)
        add("eth_src", fields.ethSource.map(maskedText))
        add("eth_dst", fields.ethDestination.map(maskedText))
        add("eth_type", fields.etherType)
        add(fields.vlan)
        add("vlan_pcp", fields.vlanPriority)
        addIP(fields)
        addTransport(fields)
        addResolution(fields)
        endObject()
    }

    private mutating func add(_ vlan: VLANMatch?) {
        switch vlan {
        case .untagged: add("vlan_vid", MatchText.untagged)
        case .anyTag: add("vlan_vid", MatchText.anyTag)
        case .tagged(let tag) where tag.isExact: add("vlan_vid", tag.value.bits)
        case .tagged(let tag): add("vlan_vid", maskedText(tag))
        case nil: break
        }
    }

    private mutating func addIP(_ fields: FlowMatch.Fields) {
        add("ip_dscp", fields.dscp)
        add("ip_ecn", fields.ecn)
        add("ip_proto", fields.ipProtocol)
        add("ipv4_src", fields.ipv4Source.map(maskedText))
        add("ipv4_dst", fields.ipv4Destination.map(maskedText))
        add("ipv6_src", fields.ipv6Source.map(maskedText))
        add("ipv6_dst", fields.ipv6Destination.map(maskedText))
        if let label = fields.flowLabel {
            if label.isExact { add("ipv6_flabel", label.value.bits) } else { add("ipv6_flabel", maskedText(label)) }
        }
    }

    private mutating func addTransport(_ fields: FlowMatch.Fields) {
        add("tcp_src", fields.tcpSource)
        add("tcp_dst", fields.tcpDestination)
        add("udp_src", fields.udpSource)
        add("udp_dst", fields.udpDestination)
        add("sctp_src", fields.sctpSource)
        add("sctp_dst", fields.sctpDestination)
        add("icmpv4_type", fields.icmpv4Type)
        add("icmpv4_code", fields.icmpv4Code)
        add("icmpv6_type", fields.icmpv6Type)
        add("icmpv6_code", fields.icmpv6Code)
    }

    private mutating func addResolution(_ fields: FlowMatch.Fields) {
        add("arp_op", fields.arpOperation)
        add("arp_spa", fields.arpSenderIP.map(maskedText))
        add("arp_tpa", fields.arpTargetIP.map(maskedText))
        add("arp_sha", fields.arpSenderMAC.map(maskedText))
        add("arp_tha", fields.arpTargetMAC.map(maskedText))
        add("ipv6_nd_target", fields.ndTarget?.description)
        add("ipv6_nd_sll", fields.ndSourceMAC?.description)
        add("ipv6_nd_tll", fields.ndTargetMAC?.description)
    }
}

/// What vlan_vid says beside an identifier.
enum MatchText {
    static let untagged = "none"
    static let anyTag = "any"
}
