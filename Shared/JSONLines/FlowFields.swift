import Frames

/// A flow as JSON: OpenFlow's OXM field names, of which those are present that the flow has; addresses as text, the rest as numbers.
public struct FlowFields: Hashable, Sendable {
    /// Why fields do not name one flow.
    public enum Problem: Error, Hashable, Sendable {
        /// A field that it takes is not there, as in a match for many flows.
        case missing(field: String)
        /// The field's value is none that a flow can have.
        case outOfRange(field: String)
    }

    private var eth_type: UInt16?
    private var vlan_vid: UInt16?
    private var eth_src: String?
    private var eth_dst: String?
    private var ip_proto: UInt8?
    private var ipv4_src: String?
    private var ipv4_dst: String?
    private var ipv6_src: String?
    private var ipv6_dst: String?
    private var tcp_src: UInt16?
    private var tcp_dst: UInt16?
    private var udp_src: UInt16?
    private var udp_dst: UInt16?
    private var sctp_src: UInt16?
    private var sctp_dst: UInt16?
    private var icmpv4_type: UInt8?
    private var icmpv4_code: UInt8?
    private var icmpv6_type: UInt8?
    private var icmpv6_code: UInt8?

    /// Reads the object that comes next; nil if it is `null`. Names that are no flow's are passed over.
    public init?(_ reader: inout JSONReader) throws(JSONError) {
        guard try reader.beginObject() else { return nil }
        while let name = try reader.nextMember() {
            switch name {
            case "eth_type": eth_type = try reader.integer()
            case "vlan_vid": vlan_vid = try reader.integer()
            case "eth_src": eth_src = try reader.string()
            case "eth_dst": eth_dst = try reader.string()
            case "ip_proto": ip_proto = try reader.integer()
            case "ipv4_src": ipv4_src = try reader.string()
            case "ipv4_dst": ipv4_dst = try reader.string()
            case "ipv6_src": ipv6_src = try reader.string()
            case "ipv6_dst": ipv6_dst = try reader.string()
            case "tcp_src": tcp_src = try reader.integer()
            case "tcp_dst": tcp_dst = try reader.integer()
            case "udp_src": udp_src = try reader.integer()
            case "udp_dst": udp_dst = try reader.integer()
            case "sctp_src": sctp_src = try reader.integer()
            case "sctp_dst": sctp_dst = try reader.integer()
            case "icmpv4_type": icmpv4_type = try reader.integer()
            case "icmpv4_code": icmpv4_code = try reader.integer()
            case "icmpv6_type": icmpv6_type = try reader.integer()
            case "icmpv6_code": icmpv6_code = try reader.integer()
            default: try reader.skip()
            }
        }
    }

    /// The flow that the fields name completely.
    public func flow() throws(Problem) -> FlowKey {
        if let vlan_vid, vlan_vid > 0x0FFF { throw .outOfRange(field: "vlan_vid") }
        return FlowKey(vlan: vlan_vid, network: try network())
    }

    private func network() throws(Problem) -> FlowKey.Network {
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
    ) throws(Problem) -> FlowKey.Transport {
        switch try required(ip_proto, "ip_proto") {
        case IPProtocol.tcp: .tcp(source: try required(tcp_src, "tcp_src"), destination: try required(tcp_dst, "tcp_dst"))
        case IPProtocol.udp: .udp(source: try required(udp_src, "udp_src"), destination: try required(udp_dst, "udp_dst"))
        case IPProtocol.sctp: .sctp(source: try required(sctp_src, "sctp_src"), destination: try required(sctp_dst, "sctp_dst"))
        case icmp: .icmp(type: try required(type, names.type), code: try required(code, names.code))
        case let number: .other(protocol: number)
        }
    }

    private func required<Value>(_ value: Value?, _ field: String) throws(Problem) -> Value {
        guard let value else { throw .missing(field: field) }
        return value
    }

    private func address<Address: LosslessStringConvertible>(_ text: String?, _ field: String) throws(Problem) -> Address {
        guard let address = Address(try required(text, field)) else { throw .outOfRange(field: field) }
        return address
    }
}
