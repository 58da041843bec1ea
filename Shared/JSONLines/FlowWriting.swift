import Frames

extension JSONWriter {
    /// Adds a member that is a flow, as ``FlowFields`` reads it.
    public mutating func add(_ name: StaticString, _ flow: FlowKey) {
        beginObject(name)
        addFields(flow)
        endObject()
    }

    /// Adds a flow to an array.
    public mutating func add(_ flow: FlowKey) {
        beginObject()
        addFields(flow)
        endObject()
    }

    private mutating func addFields(_ flow: FlowKey) {
        switch flow.network {
        case .ipv4(let source, let destination, let transport):
            add("eth_type", EtherType.ipv4)
            if case .icmp(let type, let code) = transport {
                add("icmpv4_code", code)
                add("icmpv4_type", type)
            }
            add("ip_proto", transport.number(icmp: IPProtocol.icmp))
            add("ipv4_dst", destination)
            add("ipv4_src", source)
            addPorts(transport)
        case .ipv6(let source, let destination, let transport):
            add("eth_type", EtherType.ipv6)
            if case .icmp(let type, let code) = transport {
                add("icmpv6_code", code)
                add("icmpv6_type", type)
            }
            add("ip_proto", transport.number(icmp: IPProtocol.icmpv6))
            add("ipv6_dst", destination.description)
            add("ipv6_src", source.description)
            addPorts(transport)
        case .ethernet(let source, let destination, let etherType):
            add("eth_dst", destination.description)
            add("eth_src", source.description)
            add("eth_type", etherType)
        }
        add("vlan_vid", flow.vlan)
    }

    private mutating func add(_ name: StaticString, _ address: IPv4Address) {
        begin(name)
        append("\"")
        for shift: UInt32 in [24, 16, 8, 0] {
            if shift < 24 { append(".") }
            append(decimal: UInt64(address.bits >> shift & 0xFF))
        }
        append("\"")
    }

    private mutating func addPorts(_ transport: FlowKey.Transport) {
        switch transport {
        case .tcp(let source, let destination):
            add("tcp_dst", destination)
            add("tcp_src", source)
        case .udp(let source, let destination):
            add("udp_dst", destination)
            add("udp_src", source)
        case .sctp(let source, let destination):
            add("sctp_dst", destination)
            add("sctp_src", source)
        case .icmp, .other: break
        }
    }
}

extension FlowKey.Transport {
    fileprivate func number(icmp: UInt8) -> UInt8 {
        switch self {
        case .tcp: IPProtocol.tcp
        case .udp: IPProtocol.udp
        case .sctp: IPProtocol.sctp
        case .icmp: icmp
        case .other(let number): number
        }
    }
}
