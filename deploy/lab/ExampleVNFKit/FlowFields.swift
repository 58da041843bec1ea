import Frames

/// A flow as the control channel writes it: OpenFlow's OXM names, addresses as text, everything else as numbers.
package struct FlowFields: Hashable, Sendable, Codable {
    var ethType: UInt16?
    var ethSource: String?
    var ethDestination: String?
    var vlan: UInt16?
    var ipProtocol: UInt8?
    var ipv4Source: String?
    var ipv4Destination: String?
    var ipv6Source: String?
    var ipv6Destination: String?
    var udpSource: UInt16?
    var udpDestination: UInt16?
    var tcpSource: UInt16?
    var tcpDestination: UInt16?

    private enum CodingKeys: String, CodingKey {
        case ethType = "eth_type"
        case ethSource = "eth_src"
        case ethDestination = "eth_dst"
        case vlan = "vlan_vid"
        case ipProtocol = "ip_proto"
        case ipv4Source = "ipv4_src"
        case ipv4Destination = "ipv4_dst"
        case ipv6Source = "ipv6_src"
        case ipv6Destination = "ipv6_dst"
        case udpSource = "udp_src"
        case udpDestination = "udp_dst"
        case tcpSource = "tcp_src"
        case tcpDestination = "tcp_dst"
    }

    /// The fields of a UDP or TCP flow, or of one that is not IP; nil for what this function has no names for.
    package init?(_ flow: FlowKey) {
        vlan = flow.vlan
        let transport: FlowKey.Transport
        switch flow.network {
        case .ipv4(let source, let destination, let inner):
            ethType = EtherType.ipv4
            ipv4Source = "\(source)"
            ipv4Destination = "\(destination)"
            transport = inner
        case .ipv6(let source, let destination, let inner):
            ethType = EtherType.ipv6
            ipv6Source = "\(source)"
            ipv6Destination = "\(destination)"
            transport = inner
        case .ethernet(let source, let destination, let type):
            ethType = type
            ethSource = "\(source)"
            ethDestination = "\(destination)"
            return
        }
        switch transport {
        case .udp(let source, let destination): (ipProtocol, udpSource, udpDestination) = (IPProtocol.udp, source, destination)
        case .tcp(let source, let destination): (ipProtocol, tcpSource, tcpDestination) = (IPProtocol.tcp, source, destination)
        case .other(let number): ipProtocol = number
        case .sctp, .icmp: return nil
        }
    }

    /// The flow that the fields name; nil if they leave one open, as a match for many flows does.
    package var flow: FlowKey? {
        func ends<Address: LosslessStringConvertible>(_ source: String?, _ destination: String?) -> (Address, Address)? {
            guard let source = source.flatMap(Address.init), let destination = destination.flatMap(Address.init) else { return nil }
            return (source, destination)
        }
        switch ethType {
        case EtherType.ipv4?:
            guard let (source, destination): (IPv4Address, IPv4Address) = ends(ipv4Source, ipv4Destination), let transport
            else { return nil }
            return FlowKey(vlan: vlan, network: .ipv4(source: source, destination: destination, transport))
        case EtherType.ipv6?:
            guard let (source, destination): (IPv6Address, IPv6Address) = ends(ipv6Source, ipv6Destination), let transport
            else { return nil }
            return FlowKey(vlan: vlan, network: .ipv6(source: source, destination: destination, transport))
        case let type?:
            guard let (source, destination): (MACAddress, MACAddress) = ends(ethSource, ethDestination) else { return nil }
            return FlowKey(vlan: vlan, network: .ethernet(source: source, destination: destination, etherType: type))
        case nil:
            return nil
        }
    }

    private var transport: FlowKey.Transport? {
        switch (ipProtocol, udpSource, udpDestination, tcpSource, tcpDestination) {
        case (IPProtocol.udp?, let source?, let destination?, nil, nil): .udp(source: source, destination: destination)
        case (IPProtocol.tcp?, nil, nil, let source?, let destination?): .tcp(source: source, destination: destination)
        case (IPProtocol.udp?, _, _, _, _), (IPProtocol.tcp?, _, _, _, _), (nil, _, _, _, _): nil
        case (let number?, nil, nil, nil, nil): .other(protocol: number)
        default: nil
        }
    }
}
