import Frames

/// A match in JSON: an object whose fields have OpenFlow's OXM names, `{"ip_proto":17,"ipv4_src":"10.0.0.0/24","udp_dst":5000}`.
///
/// - Numbers may also be written in hexadecimal, as strings: `"0x0800"`.
/// - Addresses may carry a mask: `"02:00:00:00:00:00/ff:00:00:00:00:00"`, `"10.0.0.0/24"`, `"10.0.0.1/255.0.0.255"`,
///   `"2001:db8::/32"`; vlan_vid and ipv6_flabel too: `"0x0100/0x0f00"`. Bits outside the mask must be zero, as OpenFlow wants it
///   (OpenFlow 1.3.5, Section 7.2.3.5).
/// - vlan_vid is the identifier of a tag, `"any"` for any tag, or `"none"` for frames without.
/// - What a field presupposes need not be said: `udp_dst` implies `ip_proto` 17, `ipv4_src` implies `eth_type` 0x0800, `icmpv6_type`
///   implies both. Where nothing tells the IP version, it is 4 (and 6 for `ip_proto` 58).
/// - The empty object covers every flow.
///
/// It is written with everything that it implies.
public struct MatchDTO: Hashable, Sendable {
    /// The match itself.
    public let flowMatch: FlowMatch

    /// A match to be written.
    public init(_ flowMatch: FlowMatch) {
        self.flowMatch = flowMatch
    }

    /// The match of one flow and no other.
    public init(exactly flow: FlowKey) {
        self.init(FlowMatch(exactly: flow))
    }
}

extension MatchDTO: Codable {
    enum Field: String, CodingKey, CaseIterable {
        case eth_src, eth_dst, eth_type, vlan_vid, vlan_pcp
        case ip_dscp, ip_ecn, ip_proto, ipv4_src, ipv4_dst
        case tcp_src, tcp_dst, udp_src, udp_dst, sctp_src, sctp_dst, icmpv4_type, icmpv4_code
        case arp_op, arp_spa, arp_tpa, arp_sha, arp_tha
        case ipv6_src, ipv6_dst, ipv6_flabel, icmpv6_type, icmpv6_code, ipv6_nd_target, ipv6_nd_sll, ipv6_nd_tll
    }

    /// Reads and completes a match; the error names the field that is unknown, malformed or contradicts another.
    public init(from decoder: any Decoder) throws {
        try UnsupportedField.refuse(in: decoder)
        let json = try decoder.object(of: Field.self)
        var fields = FlowMatch.Fields()
        try json.readLink(into: &fields)
        try json.readIP(into: &fields)
        try json.readTransport(into: &fields)
        try json.readResolution(into: &fields)
        do {
            self.init(try FlowMatch(fields))
        } catch {
            throw json.error(for: error)
        }
    }

    /// Writes all fields, those implied included.
    public func encode(to encoder: any Encoder) throws {
        var json = encoder.container(keyedBy: Field.self)
        try json.writeLink(flowMatch.fields)
        try json.writeIP(flowMatch.fields)
        try json.writeTransport(flowMatch.fields)
        try json.writeResolution(flowMatch.fields)
    }
}

extension KeyedDecodingContainer<MatchDTO.Field> {
    fileprivate func readLink(into fields: inout FlowMatch.Fields) throws {
        fields.ethSource = try masked(.eth_src)
        fields.ethDestination = try masked(.eth_dst)
        fields.etherType = try number(.eth_type)
        fields.vlan = try vlan(.vlan_vid)
        fields.vlanPriority = try number(.vlan_pcp, upTo: 7)
    }

    fileprivate func readIP(into fields: inout FlowMatch.Fields) throws {
        fields.dscp = try number(.ip_dscp, upTo: 63)
        fields.ecn = try number(.ip_ecn, upTo: 3)
        fields.ipProtocol = try number(.ip_proto)
        fields.ipv4Source = try masked(.ipv4_src)
        fields.ipv4Destination = try masked(.ipv4_dst)
        fields.ipv6Source = try masked(.ipv6_src)
        fields.ipv6Destination = try masked(.ipv6_dst)
        fields.flowLabel = try flowLabel(.ipv6_flabel)
    }

    fileprivate func readTransport(into fields: inout FlowMatch.Fields) throws {
        fields.tcpSource = try number(.tcp_src)
        fields.tcpDestination = try number(.tcp_dst)
        fields.udpSource = try number(.udp_src)
        fields.udpDestination = try number(.udp_dst)
        fields.sctpSource = try number(.sctp_src)
        fields.sctpDestination = try number(.sctp_dst)
        fields.icmpv4Type = try number(.icmpv4_type)
        fields.icmpv4Code = try number(.icmpv4_code)
        fields.icmpv6Type = try number(.icmpv6_type)
        fields.icmpv6Code = try number(.icmpv6_code)
    }

    fileprivate func readResolution(into fields: inout FlowMatch.Fields) throws {
        fields.arpOperation = try number(.arp_op, upTo: 255)
        fields.arpSenderIP = try masked(.arp_spa)
        fields.arpTargetIP = try masked(.arp_tpa)
        fields.arpSenderMAC = try masked(.arp_sha)
        fields.arpTargetMAC = try masked(.arp_tha)
        fields.ndTarget = try exact(.ipv6_nd_target)
        fields.ndSourceMAC = try exact(.ipv6_nd_sll)
        fields.ndTargetMAC = try exact(.ipv6_nd_tll)
    }

    fileprivate func error(for problem: FlowMatch.Problem) -> DecodingError {
        let (name, text) =
            switch problem {
            case .contradiction(let field, let prerequisite): (field, "contradicts \(prerequisite), given or implied by another field")
            case .outOfRange(let field, let greatest): (field, "must be 0…\(greatest)")
            case .missing(let field, let prerequisite): (field, "needs \(prerequisite)")
            }
        return Key(rawValue: name).map { error($0, text) }
            ?? .dataCorrupted(.init(codingPath: codingPath, debugDescription: "\(name) \(text)"))
    }
}

extension KeyedEncodingContainer<MatchDTO.Field> {
    fileprivate mutating func writeLink(_ fields: FlowMatch.Fields) throws {
        try encodeIfPresent(fields.ethSource.map(maskedText), forKey: .eth_src)
        try encodeIfPresent(fields.ethDestination.map(maskedText), forKey: .eth_dst)
        try encodeIfPresent(fields.etherType, forKey: .eth_type)
        try write(fields.vlan, forKey: .vlan_vid)
        try encodeIfPresent(fields.vlanPriority, forKey: .vlan_pcp)
    }

    fileprivate mutating func writeIP(_ fields: FlowMatch.Fields) throws {
        try encodeIfPresent(fields.dscp, forKey: .ip_dscp)
        try encodeIfPresent(fields.ecn, forKey: .ip_ecn)
        try encodeIfPresent(fields.ipProtocol, forKey: .ip_proto)
        try encodeIfPresent(fields.ipv4Source.map(maskedText), forKey: .ipv4_src)
        try encodeIfPresent(fields.ipv4Destination.map(maskedText), forKey: .ipv4_dst)
        try encodeIfPresent(fields.ipv6Source.map(maskedText), forKey: .ipv6_src)
        try encodeIfPresent(fields.ipv6Destination.map(maskedText), forKey: .ipv6_dst)
        try write(fields.flowLabel, forKey: .ipv6_flabel)
    }

    fileprivate mutating func writeTransport(_ fields: FlowMatch.Fields) throws {
        try encodeIfPresent(fields.tcpSource, forKey: .tcp_src)
        try encodeIfPresent(fields.tcpDestination, forKey: .tcp_dst)
        try encodeIfPresent(fields.udpSource, forKey: .udp_src)
        try encodeIfPresent(fields.udpDestination, forKey: .udp_dst)
        try encodeIfPresent(fields.sctpSource, forKey: .sctp_src)
        try encodeIfPresent(fields.sctpDestination, forKey: .sctp_dst)
        try encodeIfPresent(fields.icmpv4Type, forKey: .icmpv4_type)
        try encodeIfPresent(fields.icmpv4Code, forKey: .icmpv4_code)
        try encodeIfPresent(fields.icmpv6Type, forKey: .icmpv6_type)
        try encodeIfPresent(fields.icmpv6Code, forKey: .icmpv6_code)
    }

    fileprivate mutating func writeResolution(_ fields: FlowMatch.Fields) throws {
        try encodeIfPresent(fields.arpOperation, forKey: .arp_op)
        try encodeIfPresent(fields.arpSenderIP.map(maskedText), forKey: .arp_spa)
        try encodeIfPresent(fields.arpTargetIP.map(maskedText), forKey: .arp_tpa)
        try encodeIfPresent(fields.arpSenderMAC.map(maskedText), forKey: .arp_sha)
        try encodeIfPresent(fields.arpTargetMAC.map(maskedText), forKey: .arp_tha)
        try encodeIfPresent(fields.ndTarget.map(\.description), forKey: .ipv6_nd_target)
        try encodeIfPresent(fields.ndSourceMAC.map(\.description), forKey: .ipv6_nd_sll)
        try encodeIfPresent(fields.ndTargetMAC.map(\.description), forKey: .ipv6_nd_tll)
    }
}
