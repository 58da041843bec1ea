extension FlowMatch.Fields {
    /// The fields together with all that they presuppose (OpenFlow 1.3.5, Section 7.2.3.6).
    ///
    /// Where IP is spoken of and nothing tells which, it is IPv4, and IPv6 for protocol 58.
    func completed() throws(FlowMatch.Problem) -> FlowMatch.Fields {
        var all = self
        try all.checkRanges()
        try all.completeNeighbourDiscovery()
        try all.completeTransport()
        try all.completeNetwork()
        if vlanPriority != nil {
            guard all.vlan != .untagged else { throw .contradiction(field: "vlan_pcp", prerequisite: "vlan_vid") }
            all.vlan = all.vlan ?? .anyTag
        }
        return all
    }

    private func checkRanges() throws(FlowMatch.Problem) {
        let limits: [(String, UInt16?, UInt16)] = [
            ("vlan_pcp", vlanPriority.map(UInt16.init), 7), ("ip_dscp", dscp.map(UInt16.init), 63), ("ip_ecn", ecn.map(UInt16.init), 3),
            // Open vSwitch looks at eight of the sixteen bits: a greater number would never be met.
            ("arp_op", arpOperation, 255),
        ]
        for (field, value, greatest) in limits {
            if let value, value > greatest { throw .outOfRange(field: field, greatest: greatest) }
        }
    }

    private mutating func completeNeighbourDiscovery() throws(FlowMatch.Problem) {
        if ndSourceMAC != nil { try require(icmpv6Type: ICMPv6Type.neighbourSolicitation, for: "ipv6_nd_sll") }
        if ndTargetMAC != nil { try require(icmpv6Type: ICMPv6Type.neighbourAdvertisement, for: "ipv6_nd_tll") }
        if ndTarget != nil {
            guard let icmpv6Type else { throw .missing(field: "ipv6_nd_target", prerequisite: "icmpv6_type") }
            guard [ICMPv6Type.neighbourSolicitation, ICMPv6Type.neighbourAdvertisement].contains(icmpv6Type) else {
                throw .contradiction(field: "ipv6_nd_target", prerequisite: "icmpv6_type")
            }
            try require(icmpv6Type: icmpv6Type, for: "ipv6_nd_target")
        }
    }

    private mutating func completeTransport() throws(FlowMatch.Problem) {
        let needs: [(String, Bool, UInt8)] = [
            ("tcp_src", tcpSource != nil, IPProtocol.tcp), ("tcp_dst", tcpDestination != nil, IPProtocol.tcp),
            ("udp_src", udpSource != nil, IPProtocol.udp), ("udp_dst", udpDestination != nil, IPProtocol.udp),
            ("sctp_src", sctpSource != nil, IPProtocol.sctp), ("sctp_dst", sctpDestination != nil, IPProtocol.sctp),
            ("icmpv4_type", icmpv4Type != nil, IPProtocol.icmp), ("icmpv4_code", icmpv4Code != nil, IPProtocol.icmp),
            ("icmpv6_type", icmpv6Type != nil, IPProtocol.icmpv6), ("icmpv6_code", icmpv6Code != nil, IPProtocol.icmpv6),
        ]
        for (field, isSet, number) in needs where isSet {
            guard ipProtocol == nil || ipProtocol == number else { throw .contradiction(field: field, prerequisite: "ip_proto") }
            ipProtocol = number
            if number == IPProtocol.icmp { try require(etherType: EtherType.ipv4, for: field) }
            if number == IPProtocol.icmpv6 { try require(etherType: EtherType.ipv6, for: field) }
        }
    }

    private mutating func completeNetwork() throws(FlowMatch.Problem) {
        let needs: [(String, Bool, UInt16)] = [
            ("ipv4_src", ipv4Source != nil, EtherType.ipv4), ("ipv4_dst", ipv4Destination != nil, EtherType.ipv4),
            ("ipv6_src", ipv6Source != nil, EtherType.ipv6), ("ipv6_dst", ipv6Destination != nil, EtherType.ipv6),
            ("ipv6_flabel", flowLabel != nil, EtherType.ipv6),
            ("arp_op", arpOperation != nil, EtherType.arp), ("arp_spa", arpSenderIP != nil, EtherType.arp),
            ("arp_tpa", arpTargetIP != nil, EtherType.arp), ("arp_sha", arpSenderMAC != nil, EtherType.arp),
            ("arp_tha", arpTargetMAC != nil, EtherType.arp),
        ]
        for (field, isSet, type) in needs where isSet { try require(etherType: type, for: field) }
        for (field, isSet) in [("ip_proto", ipProtocol != nil), ("ip_dscp", dscp != nil), ("ip_ecn", ecn != nil)] where isSet {
            let type = etherType ?? (ipProtocol == IPProtocol.icmpv6 ? EtherType.ipv6 : EtherType.ipv4)
            guard type == EtherType.ipv4 || type == EtherType.ipv6 else { throw .contradiction(field: field, prerequisite: "eth_type") }
            etherType = type
        }
    }

    private mutating func require(etherType wanted: UInt16, for field: String) throws(FlowMatch.Problem) {
        guard etherType == nil || etherType == wanted else { throw .contradiction(field: field, prerequisite: "eth_type") }
        etherType = wanted
    }

    private mutating func require(icmpv6Type wanted: UInt8, for field: String) throws(FlowMatch.Problem) {
        guard icmpv6Type == nil || icmpv6Type == wanted else { throw .contradiction(field: field, prerequisite: "icmpv6_type") }
        icmpv6Type = wanted
        // Only messages of code 0 are of neighbour discovery (RFC 4861, Section 7.1).
        guard icmpv6Code == nil || icmpv6Code == 0 else { throw .contradiction(field: field, prerequisite: "icmpv6_code") }
        icmpv6Code = 0
    }
}
