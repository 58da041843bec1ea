import Frames

/// A match in JSON: an object whose fields have OpenFlow's OXM names, `{"ip_proto":17,"ipv4_src":"10.0.0.0/24","udp_dst":5000}`.
///
/// - Numbers may also be written in hexadecimal, as strings: `"0x0800"`.
/// - Addresses may carry a mask: `"02:00:00:00:00:00/ff:00:00:00:00:00"`, `"10.0.0.0/24"`, `"10.0.0.1/255.0.0.255"`,
///   `"2001:db8::/32"`. Bits outside the mask must be zero, as OpenFlow wants it (OpenFlow 1.3.5, Section 7.2.3.5).
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
        case ethSource = "eth_src"
        case ethDestination = "eth_dst"
        case etherType = "eth_type"
        case vlan = "vlan_vid"
        case dscp = "ip_dscp"
        case ipProtocol = "ip_proto"
        case ipv4Source = "ipv4_src"
        case ipv4Destination = "ipv4_dst"
        case ipv6Source = "ipv6_src"
        case ipv6Destination = "ipv6_dst"
        case tcpSource = "tcp_src"
        case tcpDestination = "tcp_dst"
        case udpSource = "udp_src"
        case udpDestination = "udp_dst"
        case sctpSource = "sctp_src"
        case sctpDestination = "sctp_dst"
        case icmpv4Type = "icmpv4_type"
        case icmpv4Code = "icmpv4_code"
        case icmpv6Type = "icmpv6_type"
        case icmpv6Code = "icmpv6_code"
    }

    /// Reads and completes a match; the error names the field that is unknown, malformed or contradicts another.
    public init(from decoder: any Decoder) throws {
        let json = try decoder.object(of: Field.self)
        var fields = FlowMatch.Fields()
        fields.ethSource = try json.masked(.ethSource)
        fields.ethDestination = try json.masked(.ethDestination)
        fields.etherType = try json.number(.etherType)
        fields.vlan = try json.number(.vlan, upTo: 0x0FFF)
        fields.dscp = try json.number(.dscp, upTo: 0x3F)
        fields.ipProtocol = try json.number(.ipProtocol)
        fields.ipv4Source = try json.masked(.ipv4Source)
        fields.ipv4Destination = try json.masked(.ipv4Destination)
        fields.ipv6Source = try json.masked(.ipv6Source)
        fields.ipv6Destination = try json.masked(.ipv6Destination)
        for transport in Transport.all where json.contains(transport.first) || json.contains(transport.second) {
            try json.read(transport, into: &fields)
        }
        if fields.etherType == nil, fields.ipProtocol != nil || fields.dscp != nil {
            fields.etherType = try json.impliedEtherType(fields)
        }
        do {
            self.init(try FlowMatch(fields))
        } catch {
            throw json.error(for: error)
        }
    }

    /// Writes all fields, those implied included.
    public func encode(to encoder: any Encoder) throws {
        var json = encoder.container(keyedBy: Field.self)
        let fields = flowMatch.fields
        try json.encodeIfPresent(fields.ethSource.map(maskedText), forKey: .ethSource)
        try json.encodeIfPresent(fields.ethDestination.map(maskedText), forKey: .ethDestination)
        try json.encodeIfPresent(fields.etherType, forKey: .etherType)
        try json.encodeIfPresent(fields.vlan, forKey: .vlan)
        try json.encodeIfPresent(fields.dscp, forKey: .dscp)
        try json.encodeIfPresent(fields.ipProtocol, forKey: .ipProtocol)
        try json.encodeIfPresent(fields.ipv4Source.map(maskedText), forKey: .ipv4Source)
        try json.encodeIfPresent(fields.ipv4Destination.map(maskedText), forKey: .ipv4Destination)
        try json.encodeIfPresent(fields.ipv6Source.map(maskedText), forKey: .ipv6Source)
        try json.encodeIfPresent(fields.ipv6Destination.map(maskedText), forKey: .ipv6Destination)
        guard let transport = Transport.all.first(where: { $0.ipProtocol == fields.ipProtocol }) else { return }
        switch transport.kind {
        case .ports:
            try json.encodeIfPresent(fields.sourcePort, forKey: transport.first)
            try json.encodeIfPresent(fields.destinationPort, forKey: transport.second)
        case .icmp:
            try json.encodeIfPresent(fields.icmpType, forKey: transport.first)
            try json.encodeIfPresent(fields.icmpCode, forKey: transport.second)
        }
    }
}

/// The pair of fields that a transport protocol has, and the protocol number that they imply.
private struct Transport: Sendable {
    enum Kind {
        case ports
        case icmp(etherType: UInt16)
    }

    let ipProtocol: UInt8
    let kind: Kind
    let first: MatchDTO.Field
    let second: MatchDTO.Field

    static let all = [
        Transport(ipProtocol: IPProtocol.tcp, kind: .ports, first: .tcpSource, second: .tcpDestination),
        Transport(ipProtocol: IPProtocol.udp, kind: .ports, first: .udpSource, second: .udpDestination),
        Transport(ipProtocol: IPProtocol.sctp, kind: .ports, first: .sctpSource, second: .sctpDestination),
        Transport(ipProtocol: IPProtocol.icmp, kind: .icmp(etherType: EtherType.ipv4), first: .icmpv4Type, second: .icmpv4Code),
        Transport(ipProtocol: IPProtocol.icmpv6, kind: .icmp(etherType: EtherType.ipv6), first: .icmpv6Type, second: .icmpv6Code),
    ]
}

extension KeyedDecodingContainer<MatchDTO.Field> {
    /// A number or a hexadecimal string, from 0 up to `limit`.
    fileprivate func number<Number: FixedWidthInteger>(_ field: Key, upTo limit: Number = .max) throws -> Number? {
        guard contains(field), try !decodeNil(forKey: field) else { return nil }
        guard let text = try? decode(String.self, forKey: field) else { return try integer(field, in: 0...limit) }
        guard text.hasPrefix("0x"), text.count > 2, text.dropFirst(2).allSatisfy(\.isHexDigit) else {
            throw error(field, "must be a number or a hexadecimal string as \"0x0800\"")
        }
        guard let number = Number(text.dropFirst(2), radix: 16), number <= limit else { throw error(field, "must be 0…\(limit)") }
        return number
    }

    /// An address, with or without a mask.
    fileprivate func masked<Value: MaskedText>(_ field: Key) throws -> Masked<Value>? {
        guard let text = try decodeIfPresent(String.self, forKey: field) else { return nil }
        do {
            return try Masked(text: text)
        } catch {
            throw self.error(field, error.description)
        }
    }

    fileprivate func read(_ transport: Transport, into fields: inout FlowMatch.Fields) throws {
        let field = contains(transport.first) ? transport.first : transport.second
        guard fields.ipProtocol == nil || fields.ipProtocol == transport.ipProtocol else {
            throw error(field, "needs ip_proto \(transport.ipProtocol), which another field contradicts")
        }
        switch transport.kind {
        case .ports:
            fields.sourcePort = try number(transport.first)
            fields.destinationPort = try number(transport.second)
        case .icmp(let etherType):
            guard fields.etherType == nil || fields.etherType == etherType else { throw error(field, "contradicts eth_type") }
            fields.icmpType = try number(transport.first)
            fields.icmpCode = try number(transport.second)
            guard fields.icmpType != nil || fields.icmpCode == nil else { throw error(field, "needs \(transport.first.rawValue)") }
            fields.etherType = etherType
        }
        fields.ipProtocol = transport.ipProtocol
    }

    /// The EtherType of a match that speaks of IP without saying which.
    fileprivate func impliedEtherType(_ fields: FlowMatch.Fields) throws -> UInt16? {
        if fields.ipv4Source != nil || fields.ipv4Destination != nil || fields.ipv6Source != nil || fields.ipv6Destination != nil {
            return nil
        }
        return fields.ipProtocol == IPProtocol.icmpv6 ? EtherType.ipv6 : EtherType.ipv4
    }

    fileprivate func error(for problem: FlowMatch.Problem) -> DecodingError {
        let (name, text) =
            switch problem {
            case .contradiction(let field, let prerequisite): (field, "contradicts \(prerequisite)")
            case .outOfRange(let field): (field, "is out of range")
            case .missing(let field, let prerequisite): (field, "needs \(prerequisite)")
            }
        return Key(rawValue: name).map { error($0, text) }
            ?? .dataCorrupted(.init(codingPath: codingPath, debugDescription: "\(name) \(text)"))
    }
}
