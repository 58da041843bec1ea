/// The exact header fields of one conversation in one direction: what the paper calls a flow.
///
/// IP flows are told apart by VLAN, addresses, protocol and ports (ICMP: type and code); all others by VLAN, Ethernet addresses
/// and EtherType. Three kinds of frames are what Open vSwitch's tables see in them, so that a flow's exact entry covers them:
/// - Every IP fragment, the first included, counts as a packet with both ports (ICMP: type and code) zero, IPv6 fragments but the first
///   as packets of protocol 44 (ovs-ofctl(8), set-frags, mode normal): the fragments between two addresses are a flow of their own.
/// - A frame with a length in place of an EtherType has ``EtherType/none``, unless SNAP gives it one.
/// - What lies behind a second VLAN tag is not looked at: such a frame's EtherType is that of the tag.
public struct FlowKey: Hashable, Sendable {
    /// What identifies the two ends.
    public enum Network: Hashable, Sendable {
        /// An IPv4 conversation.
        case ipv4(source: IPv4Address, destination: IPv4Address, Transport)
        /// An IPv6 conversation.
        case ipv6(source: IPv6Address, destination: IPv6Address, Transport)
        /// Anything that is not IP.
        case ethernet(source: MACAddress, destination: MACAddress, etherType: UInt16)
    }

    /// What tells conversations between the same two IP addresses apart.
    public enum Transport: Hashable, Sendable {
        /// TCP ports.
        case tcp(source: UInt16, destination: UInt16)
        /// UDP ports.
        case udp(source: UInt16, destination: UInt16)
        /// SCTP ports.
        case sctp(source: UInt16, destination: UInt16)
        /// ICMP or ICMPv6, as the network is.
        case icmp(type: UInt8, code: UInt8)
        /// Any other protocol.
        case other(protocol: UInt8)
    }

    /// The VLAN identifier of a tagged flow, 0…4095.
    public let vlan: UInt16?
    /// What identifies the two ends.
    public let network: Network

    /// A flow between two ends, tagged or not.
    public init(vlan: UInt16? = nil, network: Network) {
        self.vlan = vlan
        self.network = network
    }

    /// The same conversation in the other direction: sources and destinations exchanged, ICMP echo requests and replies too.
    ///
    /// It exists for every flow, but where ``hasMirror`` is false no frame belongs to it: nobody sends from a group address, so what
    /// answers a broadcast or multicast is a flow by itself (an ARP reply to the asker, say), seen and handed over as such.
    public var mirrored: FlowKey {
        let mirror: Network =
            switch network {
            case .ipv4(let source, let destination, let transport):
                .ipv4(source: destination, destination: source, transport.mirrored(echo: (request: 8, reply: 0)))
            case .ipv6(let source, let destination, let transport):
                .ipv6(source: destination, destination: source, transport.mirrored(echo: (request: 128, reply: 129)))
            case .ethernet(let source, let destination, let etherType):
                .ethernet(source: destination, destination: source, etherType: etherType)
            }
        return FlowKey(vlan: vlan, network: mirror)
    }

    /// Whether frames may belong to ``mirrored``: whether both ends are single ones, and none a group.
    ///
    /// Group addresses are those of IP multicast, IPv4's 255.255.255.255, and for flows that are not IP Ethernet's group addresses.
    /// The broadcast address of a subnet cannot be told from a host's.
    public var hasMirror: Bool {
        switch network {
        case .ipv4(let source, let destination, _): !source.isGroup && !destination.isGroup
        case .ipv6(let source, let destination, _): !source.isGroup && !destination.isGroup
        case .ethernet(let source, let destination, _): !source.isGroup && !destination.isGroup
        }
    }
}

extension FlowKey.Transport {
    func mirrored(echo: (request: UInt8, reply: UInt8)) -> FlowKey.Transport {
        switch self {
        case .tcp(let source, let destination): .tcp(source: destination, destination: source)
        case .udp(let source, let destination): .udp(source: destination, destination: source)
        case .sctp(let source, let destination): .sctp(source: destination, destination: source)
        case .icmp(echo.request, let code): .icmp(type: echo.reply, code: code)
        case .icmp(echo.reply, let code): .icmp(type: echo.request, code: code)
        case .icmp, .other: self
        }
    }
}

extension FlowKey: CustomStringConvertible {
    /// The flow for people: `udp 10.0.0.1:5000 > 10.0.0.2:7`.
    public var description: String {
        let tag = vlan.map { "vlan \($0) " } ?? ""
        switch network {
        case .ipv4(let source, let destination, let transport):
            return tag + transport.description(from: "\(source)", to: "\(destination)")
        case .ipv6(let source, let destination, let transport):
            return tag + transport.description(from: "[\(source)]", to: "[\(destination)]")
        case .ethernet(let source, let destination, let etherType):
            return tag + "0x\(String(etherType, radix: 16)) \(source) > \(destination)"
        }
    }
}

extension FlowKey.Transport {
    func description(from source: String, to destination: String) -> String {
        switch self {
        case .tcp(let from, let to): "tcp \(source):\(from) > \(destination):\(to)"
        case .udp(let from, let to): "udp \(source):\(from) > \(destination):\(to)"
        case .sctp(let from, let to): "sctp \(source):\(from) > \(destination):\(to)"
        case .icmp(let type, let code): "icmp \(type)/\(code) \(source) > \(destination)"
        case .other(let number): "ip \(number) \(source) > \(destination)"
        }
    }
}
