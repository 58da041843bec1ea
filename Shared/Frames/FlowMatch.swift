/// Which flows a request is about: a set of header fields with values, in OpenFlow's terms.
///
/// A match is complete and free of contradictions: a field's prerequisites (OpenFlow 1.3.5, Section 7.2.3.6) were filled in when it
/// was made. The match without any field covers every flow.
///
/// - Ports and ICMP types mean whole packets. In a fragment, the first included, switches take them for zero (``FlowKey``), so a match
///   that names others covers no fragment: whoever moves a conversation with fragments names its addresses and protocol only.
/// - Several fields are no part of a ``FlowKey`` (vlan_pcp, ip_dscp, ip_ecn, ipv6_flabel, ARP's and neighbour discovery's): they choose
///   the packets by which a flow is found, and a flow moves whole. Where one conversation's packets differ in them, only a part of
///   them is what the match covers once the flow has moved.
public struct FlowMatch: Hashable, Sendable {
    /// The fields, prerequisites included.
    public let fields: Fields

    /// The match that covers every flow.
    public static let any = FlowMatch(checked: Fields())

    private init(checked fields: Fields) {
        self.fields = fields
    }

    /// Completes `fields` with their prerequisites.
    ///
    /// - Throws: ``Problem`` when two fields exclude each other, a value is out of range, or a prerequisite cannot be told.
    public init(_ fields: Fields) throws(Problem) {
        self.init(checked: try fields.completed())
    }

    /// The match of one flow and no other; that of an untagged flow covers untagged frames only.
    public init(exactly flow: FlowKey) {
        var fields = Fields()
        fields.vlan = flow.vlan.map(VLANMatch.tag) ?? .untagged
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
        self.init(checked: fields)
    }

    /// The match of the same conversations in the other direction (paper, Section 3.7).
    ///
    /// Sources and destinations are exchanged, senders and targets too, ICMP echo requests and replies, ARP's questions and answers.
    /// What belongs to a sender alone stays as it is: priorities, DSCP, ECN, the flow label. So does neighbour discovery but for the
    /// packet's addresses: a solicitation goes to a group and its answer to a host, so that neither is the mirror of the other.
    public var mirrored: FlowMatch {
        var mirror = fields
        (mirror.ethSource, mirror.ethDestination) = (fields.ethDestination, fields.ethSource)
        (mirror.ipv4Source, mirror.ipv4Destination) = (fields.ipv4Destination, fields.ipv4Source)
        (mirror.ipv6Source, mirror.ipv6Destination) = (fields.ipv6Destination, fields.ipv6Source)
        (mirror.tcpSource, mirror.tcpDestination) = (fields.tcpDestination, fields.tcpSource)
        (mirror.udpSource, mirror.udpDestination) = (fields.udpDestination, fields.udpSource)
        (mirror.sctpSource, mirror.sctpDestination) = (fields.sctpDestination, fields.sctpSource)
        (mirror.arpSenderIP, mirror.arpTargetIP) = (fields.arpTargetIP, fields.arpSenderIP)
        (mirror.arpSenderMAC, mirror.arpTargetMAC) = (fields.arpTargetMAC, fields.arpSenderMAC)
        mirror.icmpv4Type = fields.icmpv4Type.map { exchanged($0, 8, 0) }
        mirror.icmpv6Type = fields.icmpv6Type.map { exchanged($0, 128, 129) }
        mirror.arpOperation = fields.arpOperation.map { exchanged($0, 1, 2) }
        return FlowMatch(checked: mirror)
    }
}

/// The other of the two values if `value` is one of them.
private func exchanged<Value: Equatable>(_ value: Value, _ one: Value, _ other: Value) -> Value {
    value == one ? other : value == other ? one : value
}

extension FlowMatch.Fields {
    fileprivate mutating func set(_ transport: FlowKey.Transport, icmp: UInt8) {
        switch transport {
        case .tcp(let source, let destination): (ipProtocol, tcpSource, tcpDestination) = (IPProtocol.tcp, source, destination)
        case .udp(let source, let destination): (ipProtocol, udpSource, udpDestination) = (IPProtocol.udp, source, destination)
        case .sctp(let source, let destination): (ipProtocol, sctpSource, sctpDestination) = (IPProtocol.sctp, source, destination)
        case .icmp(let type, let code) where icmp == IPProtocol.icmp: (ipProtocol, icmpv4Type, icmpv4Code) = (icmp, type, code)
        case .icmp(let type, let code): (ipProtocol, icmpv6Type, icmpv6Code) = (icmp, type, code)
        case .other(let number): ipProtocol = number
        }
    }
}
