import Frames

/// One direction of a tracked connection, as Linux tells connections apart: `struct nf_conntrack_tuple`.
package struct ConntrackTuple: Hashable, Sendable {
    /// The two ends.
    package enum Addresses: Hashable, Sendable {
        /// An IPv4 connection.
        case ipv4(source: IPv4Address, destination: IPv4Address)
        /// An IPv6 connection.
        case ipv6(source: IPv6Address, destination: IPv6Address)
    }

    /// What tells connections between the same two addresses apart.
    package enum Transport: Hashable, Sendable {
        /// A protocol with ports: TCP, UDP, SCTP and others.
        case ports(protocol: UInt8, source: UInt16, destination: UInt16)
        /// ICMP or ICMPv6.
        case icmp(protocol: UInt8, id: UInt16, type: UInt8, code: UInt8)
        /// Any other protocol.
        case other(protocol: UInt8)
    }

    /// The two ends.
    package let addresses: Addresses
    /// What tells connections between them apart.
    package let transport: Transport

    /// A direction between two ends.
    package init(_ addresses: Addresses, _ transport: Transport) {
        self.addresses = addresses
        self.transport = transport
    }

    /// The IP protocol's number.
    package var protocolNumber: UInt8 {
        switch transport {
        case .ports(let number, _, _), .icmp(let number, _, _, _), .other(let number): number
        }
    }

    /// The other direction, if nothing is translated.
    package var inverted: ConntrackTuple {
        let ends: Addresses =
            switch addresses {
            case .ipv4(let source, let destination): .ipv4(source: destination, destination: source)
            case .ipv6(let source, let destination): .ipv6(source: destination, destination: source)
            }
        let back: Transport =
            switch transport {
            case .ports(let number, let source, let destination): .ports(protocol: number, source: destination, destination: source)
            case .icmp(let number, let id, let type, let code):
                .icmp(protocol: number, id: id, type: Self.answer(to: type, number), code: code)
            case .other: transport
            }
        return ConntrackTuple(ends, back)
    }

    /// The packets of this direction as the network sees them on their way into the function.
    package var flow: FlowKey {
        switch addresses {
        case .ipv4(let source, let destination):
            FlowKey(network: .ipv4(source: source, destination: destination, transportOfFlow))
        case .ipv6(let source, let destination):
            FlowKey(network: .ipv6(source: source, destination: destination, transportOfFlow))
        }
    }

    /// The direction to which packets of `flow` belong; nil where a flow does not name one, as of ICMP, whose identifier is no part of it.
    package init?(_ flow: FlowKey) {
        switch flow.network {
        case .ipv4(let source, let destination, let transport):
            guard let ports = Transport(transport) else { return nil }
            self.init(.ipv4(source: source, destination: destination), ports)
        case .ipv6(let source, let destination, let transport):
            guard let ports = Transport(transport) else { return nil }
            self.init(.ipv6(source: source, destination: destination), ports)
        case .ethernet: return nil
        }
    }

    private var transportOfFlow: FlowKey.Transport {
        switch transport {
        case .ports(IPProtocol.tcp, let source, let destination): .tcp(source: source, destination: destination)
        case .ports(IPProtocol.udp, let source, let destination): .udp(source: source, destination: destination)
        case .ports(IPProtocol.sctp, let source, let destination): .sctp(source: source, destination: destination)
        case .icmp(_, _, let type, let code): .icmp(type: type, code: code)
        case .ports(let number, _, _), .other(let number): .other(protocol: number)
        }
    }

    /// The type that answers one of ICMP's questions, and the other way round (nf_conntrack_proto_icmp.c, nf_conntrack_proto_icmpv6.c).
    private static func answer(to type: UInt8, _ number: UInt8) -> UInt8 {
        let pairs: [(UInt8, UInt8)] = number == IPProtocol.icmp ? [(8, 0), (13, 14), (15, 16), (17, 18)] : [(128, 129), (139, 140)]
        for (question, answer) in pairs {
            if type == question { return answer }
            if type == answer { return question }
        }
        return type
    }
}

extension ConntrackTuple.Transport {
    fileprivate init?(_ transport: FlowKey.Transport) {
        switch transport {
        case .tcp(let source, let destination): self = .ports(protocol: IPProtocol.tcp, source: source, destination: destination)
        case .udp(let source, let destination): self = .ports(protocol: IPProtocol.udp, source: source, destination: destination)
        case .sctp(let source, let destination): self = .ports(protocol: IPProtocol.sctp, source: source, destination: destination)
        case .icmp, .other: return nil
        }
    }
}
