import Frames

/// A flow as JSON: OpenFlow's OXM field names, of which those are present that the flow has.
struct FlowFields: Decodable {
    var eth_type: UInt16?
    var vlan_vid: UInt16?
    var eth_src: String?
    var eth_dst: String?
    var ip_proto: UInt8?
    var ipv4_src: String?
    var ipv4_dst: String?
    var ipv6_src: String?
    var ipv6_dst: String?
    var tcp_src: UInt16?
    var tcp_dst: UInt16?
    var udp_src: UInt16?
    var udp_dst: UInt16?
    var sctp_src: UInt16?
    var sctp_dst: UInt16?
    var icmpv4_type: UInt8?
    var icmpv4_code: UInt8?
    var icmpv6_type: UInt8?
    var icmpv6_code: UInt8?

    init(_ flow: FlowKey) {
        vlan_vid = flow.vlan
        switch flow.network {
        case .ipv4(let source, let destination, let transport):
            eth_type = EtherType.ipv4
            (ipv4_src, ipv4_dst) = (source.description, destination.description)
            if case .icmp(let type, let code) = transport { (ip_proto, icmpv4_type, icmpv4_code) = (IPProtocol.icmp, type, code) }
            setPorts(transport)
        case .ipv6(let source, let destination, let transport):
            eth_type = EtherType.ipv6
            (ipv6_src, ipv6_dst) = (source.description, destination.description)
            if case .icmp(let type, let code) = transport { (ip_proto, icmpv6_type, icmpv6_code) = (IPProtocol.icmpv6, type, code) }
            setPorts(transport)
        case .ethernet(let source, let destination, let etherType):
            eth_type = etherType
            (eth_src, eth_dst) = (source.description, destination.description)
        }
    }

    var json: JSONObject {
        var object = JSONObject()
        object.add("eth_dst", eth_dst)
        object.add("eth_src", eth_src)
        object.add("eth_type", eth_type)
        object.add("icmpv4_code", icmpv4_code)
        object.add("icmpv4_type", icmpv4_type)
        object.add("icmpv6_code", icmpv6_code)
        object.add("icmpv6_type", icmpv6_type)
        object.add("ip_proto", ip_proto)
        object.add("ipv4_dst", ipv4_dst)
        object.add("ipv4_src", ipv4_src)
        object.add("ipv6_dst", ipv6_dst)
        object.add("ipv6_src", ipv6_src)
        object.add("sctp_dst", sctp_dst)
        object.add("sctp_src", sctp_src)
        object.add("tcp_dst", tcp_dst)
        object.add("tcp_src", tcp_src)
        object.add("udp_dst", udp_dst)
        object.add("udp_src", udp_src)
        object.add("vlan_vid", vlan_vid)
        return object
    }

    private mutating func setPorts(_ transport: FlowKey.Transport) {
        switch transport {
        case .tcp(let source, let destination): (ip_proto, tcp_src, tcp_dst) = (IPProtocol.tcp, source, destination)
        case .udp(let source, let destination): (ip_proto, udp_src, udp_dst) = (IPProtocol.udp, source, destination)
        case .sctp(let source, let destination): (ip_proto, sctp_src, sctp_dst) = (IPProtocol.sctp, source, destination)
        case .other(let number): ip_proto = number
        case .icmp: break
        }
    }

    /// The flow that the fields name completely.
    func flow() throws(MessageError) -> FlowKey {
        if let vlan_vid, vlan_vid > 0x0FFF { throw .outOfRange(field: "vlan_vid") }
        return FlowKey(vlan: vlan_vid, network: try network())
    }

    private func network() throws(MessageError) -> FlowKey.Network {
        switch try required(eth_type, "eth_type") {
        case EtherType.ipv4:
            .ipv4(
                source: try address(ipv4_src, "ipv4_src"), destination: try address(ipv4_dst, "ipv4_dst"),
                try transport(icmp: IPProtocol.icmp, type: icmpv4_type, code: icmpv4_code, names: ("icmpv4_type", "icmpv4_code")))
        case EtherType.ipv6:
            .ipv6(
                source: try address(ipv6_src, "ipv6_src"), destination: try address(ipv6_dst, "ipv6_dst"),
                try transport(icmp: IPProtocol.icmpv6, type: icmpv6_type, code: icmpv6_code, names: ("icmpv6_type", "icmpv6_code")))
        case let type:
            .ethernet(source: try address(eth_src, "eth_src"), destination: try address(eth_dst, "eth_dst"), etherType: type)
        }
    }

    private func transport(
        icmp: UInt8, type: UInt8?, code: UInt8?, names: (type: String, code: String)
    ) throws(MessageError) -> FlowKey.Transport {
        switch try required(ip_proto, "ip_proto") {
        case IPProtocol.tcp: .tcp(source: try required(tcp_src, "tcp_src"), destination: try required(tcp_dst, "tcp_dst"))
        case IPProtocol.udp: .udp(source: try required(udp_src, "udp_src"), destination: try required(udp_dst, "udp_dst"))
        case IPProtocol.sctp: .sctp(source: try required(sctp_src, "sctp_src"), destination: try required(sctp_dst, "sctp_dst"))
        case icmp: .icmp(type: try required(type, names.type), code: try required(code, names.code))
        case let number: .other(protocol: number)
        }
    }

    private func required<Value>(_ value: Value?, _ field: String) throws(MessageError) -> Value {
        guard let value else { throw .missing(field: field) }
        return value
    }

    private func address<Address: LosslessStringConvertible>(_ text: String?, _ field: String) throws(MessageError) -> Address {
        guard let address = Address(try required(text, field)) else { throw .outOfRange(field: field) }
        return address
    }
}
