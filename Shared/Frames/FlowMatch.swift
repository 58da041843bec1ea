/// Which flows a request is about: a set of header fields with values, in OpenFlow's terms.
///
/// A match is complete and free of contradictions: a field's prerequisites (OpenFlow 1.3.5, Section 7.2.3.7) were filled in when it
/// was made. The match without any field covers every flow.
public struct FlowMatch: Hashable, Sendable {
    /// The fields as a requester names them; nil covers every value. The names are those of OpenFlow's OXM fields.
    public struct Fields: Hashable, Sendable {
        /// Ethernet source (OXM eth_src).
        public var ethSource: Masked<MACAddress>?
        /// Ethernet destination (OXM eth_dst).
        public var ethDestination: Masked<MACAddress>?
        /// EtherType behind VLAN tags (OXM eth_type).
        public var etherType: UInt16?
        /// VLAN identifier of tagged frames, 0…4095 (OXM vlan_vid).
        public var vlan: UInt16?
        /// DSCP bits, 0…63 (OXM ip_dscp).
        public var dscp: UInt8?
        /// IP protocol number (OXM ip_proto).
        public var ipProtocol: UInt8?
        /// IPv4 source (OXM ipv4_src).
        public var ipv4Source: Masked<IPv4Address>?
        /// IPv4 destination (OXM ipv4_dst).
        public var ipv4Destination: Masked<IPv4Address>?
        /// IPv6 source (OXM ipv6_src).
        public var ipv6Source: Masked<IPv6Address>?
        /// IPv6 destination (OXM ipv6_dst).
        public var ipv6Destination: Masked<IPv6Address>?
        /// Source port of TCP, UDP or SCTP as ``ipProtocol`` says (OXM tcp_src, udp_src, sctp_src).
        public var sourcePort: UInt16?
        /// Destination port of TCP, UDP or SCTP as ``ipProtocol`` says (OXM tcp_dst, udp_dst, sctp_dst).
        public var destinationPort: UInt16?
        /// ICMP type, of the version that ``ipProtocol`` says (OXM icmpv4_type, icmpv6_type).
        public var icmpType: UInt8?
        /// ICMP code, of the version that ``ipProtocol`` says (OXM icmpv4_code, icmpv6_code).
        public var icmpCode: UInt8?

        /// No field at all.
        public init() {}
    }

    /// Why fields do not make a match: the OXM name of the field at fault, and what it contradicts.
    public enum Problem: Error, Hashable, Sendable {
        /// The field needs another value in `prerequisite` than the one given.
        case contradiction(field: String, prerequisite: String)
        /// The field's value lies outside its range.
        case outOfRange(field: String)
        /// The field cannot be used before `prerequisite` says which protocol it belongs to.
        case missing(field: String, prerequisite: String)
    }

    /// The fields, prerequisites included.
    public let fields: Fields

    /// The match that covers every flow.
    public static let any = FlowMatch(checked: Fields())

    private init(checked fields: Fields) {
        self.fields = fields
    }

    /// Completes `fields` with their prerequisites.
    ///
    /// - Throws: ``Problem`` when two fields exclude each other or a value is out of range.
    public init(_ fields: Fields) throws(Problem) {
        var all = fields
        if let vlan = all.vlan, vlan > 0x0FFF { throw .outOfRange(field: "vlan_vid") }
        if let dscp = all.dscp, dscp > 0x3F { throw .outOfRange(field: "ip_dscp") }
        if all.ipv4Source != nil { try all.require(etherType: EtherType.ipv4, for: "ipv4_src") }
        if all.ipv4Destination != nil { try all.require(etherType: EtherType.ipv4, for: "ipv4_dst") }
        if all.ipv6Source != nil { try all.require(etherType: EtherType.ipv6, for: "ipv6_src") }
        if all.ipv6Destination != nil { try all.require(etherType: EtherType.ipv6, for: "ipv6_dst") }
        if all.icmpType != nil || all.icmpCode != nil { try all.requireICMP() }
        if all.sourcePort != nil || all.destinationPort != nil { try all.requirePorts() }
        for (field, isSet) in [("ip_proto", all.ipProtocol != nil), ("ip_dscp", all.dscp != nil)] where isSet {
            guard let type = all.etherType else { throw .missing(field: field, prerequisite: "eth_type") }
            guard type == EtherType.ipv4 || type == EtherType.ipv6 else { throw .contradiction(field: field, prerequisite: "eth_type") }
        }
        self.fields = all
    }

    /// The match of one flow and no other.
    public init(exactly flow: FlowKey) {
        var fields = Fields()
        fields.vlan = flow.vlan
        switch flow.network {
        case .ipv4(let source, let destination, let transport):
            fields.etherType = EtherType.ipv4
            fields.ipv4Source = Masked(source)
            fields.ipv4Destination = Masked(destination)
            fields.set(transport, icmp: IPProtocol.icmp)
        case .ipv6(let source, let destination, let transport):
            fields.etherType = EtherType.ipv6
            fields.ipv6Source = Masked(source)
            fields.ipv6Destination = Masked(destination)
            fields.set(transport, icmp: IPProtocol.icmpv6)
        case .ethernet(let source, let destination, let etherType):
            fields.etherType = etherType
            fields.ethSource = Masked(source)
            fields.ethDestination = Masked(destination)
        }
        self.fields = fields
    }

    /// Whether a packet with these headers is covered.
    public func matches(_ headers: PacketHeaders) -> Bool {
        guard fields.ethSource?.matches(headers.ethSource) ?? true, fields.ethDestination?.matches(headers.ethDestination) ?? true,
            agrees(fields.etherType, headers.etherType), agrees(fields.vlan, headers.vlan), agrees(fields.dscp, headers.dscp)
        else { return false }
        switch headers.network {
        case .ipv4(let source, let destination, let transport):
            return fields.ipv4Source?.matches(source) ?? true && fields.ipv4Destination?.matches(destination) ?? true
                && matches(transport, icmp: IPProtocol.icmp)
        case .ipv6(let source, let destination, let transport):
            return fields.ipv6Source?.matches(source) ?? true && fields.ipv6Destination?.matches(destination) ?? true
                && matches(transport, icmp: IPProtocol.icmpv6)
        case .ethernet:
            return fields.ipProtocol == nil && fields.dscp == nil
        }
    }

    /// Whether some packet is covered by both.
    public func overlaps(_ other: FlowMatch) -> Bool {
        let (left, right) = (fields, other.fields)
        return compatible(left.ethSource, right.ethSource) && compatible(left.ethDestination, right.ethDestination)
            && compatible(left.etherType, right.etherType) && compatible(left.vlan, right.vlan) && compatible(left.dscp, right.dscp)
            && compatible(left.ipProtocol, right.ipProtocol) && compatible(left.ipv4Source, right.ipv4Source)
            && compatible(left.ipv4Destination, right.ipv4Destination) && compatible(left.ipv6Source, right.ipv6Source)
            && compatible(left.ipv6Destination, right.ipv6Destination) && compatible(left.sourcePort, right.sourcePort)
            && compatible(left.destinationPort, right.destinationPort) && compatible(left.icmpType, right.icmpType)
            && compatible(left.icmpCode, right.icmpCode)
    }

    /// The match of the same conversations in the other direction (paper, Section 3.7).
    public var mirrored: FlowMatch {
        var mirror = fields
        (mirror.ethSource, mirror.ethDestination) = (fields.ethDestination, fields.ethSource)
        (mirror.ipv4Source, mirror.ipv4Destination) = (fields.ipv4Destination, fields.ipv4Source)
        (mirror.ipv6Source, mirror.ipv6Destination) = (fields.ipv6Destination, fields.ipv6Source)
        (mirror.sourcePort, mirror.destinationPort) = (fields.destinationPort, fields.sourcePort)
        if let type = fields.icmpType {
            let echo: (request: UInt8, reply: UInt8) = fields.ipProtocol == IPProtocol.icmp ? (8, 0) : (128, 129)
            mirror.icmpType = type == echo.request ? echo.reply : type == echo.reply ? echo.request : type
        }
        return FlowMatch(checked: mirror)
    }

    private func matches(_ transport: FlowKey.Transport, icmp: UInt8) -> Bool {
        switch transport {
        case .tcp(let source, let destination): matchesPorts(IPProtocol.tcp, source, destination)
        case .udp(let source, let destination): matchesPorts(IPProtocol.udp, source, destination)
        case .sctp(let source, let destination): matchesPorts(IPProtocol.sctp, source, destination)
        case .icmp(let type, let code): agrees(fields.ipProtocol, icmp) && agrees(fields.icmpType, type) && agrees(fields.icmpCode, code)
        case .other(let number): agrees(fields.ipProtocol, number)
        }
    }

    private func matchesPorts(_ number: UInt8, _ source: UInt16, _ destination: UInt16) -> Bool {
        agrees(fields.ipProtocol, number) && agrees(fields.sourcePort, source) && agrees(fields.destinationPort, destination)
    }
}

private func agrees<Value: Equatable>(_ wanted: Value?, _ actual: Value?) -> Bool { wanted == nil || wanted == actual }

private func compatible<Value: Equatable>(_ left: Value?, _ right: Value?) -> Bool { left == nil || right == nil || left == right }

private func compatible<Value>(_ left: Masked<Value>?, _ right: Masked<Value>?) -> Bool {
    guard let left, let right else { return true }
    return left.overlaps(right)
}

extension FlowMatch.Fields {
    fileprivate mutating func require(etherType wanted: UInt16, for field: String) throws(FlowMatch.Problem) {
        guard etherType == nil || etherType == wanted else { throw .contradiction(field: field, prerequisite: "eth_type") }
        etherType = wanted
    }

    fileprivate mutating func requireICMP() throws(FlowMatch.Problem) {
        let field = icmpType != nil ? "icmp_type" : "icmp_code"
        switch (ipProtocol, etherType) {
        case (IPProtocol.icmp, _), (nil, EtherType.ipv4):
            ipProtocol = IPProtocol.icmp
            try require(etherType: EtherType.ipv4, for: field)
        case (IPProtocol.icmpv6, _), (nil, EtherType.ipv6):
            ipProtocol = IPProtocol.icmpv6
            try require(etherType: EtherType.ipv6, for: field)
        case (nil, _):
            throw .missing(field: field, prerequisite: "ip_proto")
        default:
            throw .contradiction(field: field, prerequisite: "ip_proto")
        }
        guard icmpCode == nil || icmpType != nil else { throw .missing(field: "icmp_code", prerequisite: "icmp_type") }
    }

    fileprivate func requirePorts() throws(FlowMatch.Problem) {
        let field = sourcePort != nil ? "src_port" : "dst_port"
        guard let ipProtocol else { throw .missing(field: field, prerequisite: "ip_proto") }
        guard [IPProtocol.tcp, IPProtocol.udp, IPProtocol.sctp].contains(ipProtocol) else {
            throw .contradiction(field: field, prerequisite: "ip_proto")
        }
    }

    fileprivate mutating func set(_ transport: FlowKey.Transport, icmp: UInt8) {
        switch transport {
        case .tcp(let source, let destination): set(IPProtocol.tcp, source, destination)
        case .udp(let source, let destination): set(IPProtocol.udp, source, destination)
        case .sctp(let source, let destination): set(IPProtocol.sctp, source, destination)
        case .icmp(let type, let code):
            ipProtocol = icmp
            icmpType = type
            icmpCode = code
        case .other(let number): ipProtocol = number
        }
    }

    private mutating func set(_ number: UInt8, _ source: UInt16, _ destination: UInt16) {
        ipProtocol = number
        sourcePort = source
        destinationPort = destination
    }
}
