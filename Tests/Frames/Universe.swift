import Frames

/// A world small enough to look at every frame in it: two values of almost everything, in every combination.
enum Universe {
    /// Every packet behind every Ethernet header.
    static let frames: [TestFrame] = {
        let tags: [(UInt16?, UInt8)] = [(nil, 0), (0, 0), (0, 1), (1, 0), (1, 1)]
        return tags.flatMap { vlan, priority in
            (0..<2 as Range<UInt64>).flatMap { sender in
                packets(sender: MACAddress(bits: sender)).map { packet in
                    var frame = packet
                    frame.flow = FlowKey(vlan: vlan, network: packet.flow.network)
                    (frame.source, frame.destination) = (MACAddress(bits: sender), MACAddress(bits: 2))
                    frame.vlanPriority = priority
                    return frame
                }
            }
        }
    }()

    /// The flows of all frames, each once.
    static let flows = Array(Set(frames.map(\.flow)))

    private static func packets(sender: MACAddress) -> [TestFrame] {
        let ends = { (type: UInt16) in
            FlowKey(network: .ethernet(source: sender, destination: MACAddress(bits: 2), etherType: type))
        }
        let arp = messages.map { TestFrame(flow: ends(EtherType.arp), resolution: .arp($0)) }
        let classes: [(UInt8, UInt8)] = [(0, 0), (0, 1), (1, 0), (1, 1)]
        let ip = classes.flatMap { dscp, ecn in (ipv4 + ipv6).map { $0.with(dscp: dscp, ecn: ecn) } }
        return [TestFrame(flow: ends(0x88CC)), TestFrame(flow: ends(EtherType.none))] + arp + ip
    }

    /// Each of its five fields in two values.
    private static let messages: [AddressResolution.ARP] = (0..<32 as Range<UInt64>).map { bits in
        var arp = AddressResolution.ARP()
        arp.operation = 1 + UInt8(bits & 1)
        (arp.senderIP, arp.targetIP) = (IPv4Address(bits: UInt32(bits >> 1 & 1)), IPv4Address(bits: UInt32(bits >> 2 & 1)))
        (arp.senderMAC, arp.targetMAC) = (MACAddress(bits: bits >> 3 & 1), MACAddress(bits: bits >> 4))
        return arp
    }

    private static let ipv4: [TestFrame] = {
        // Each IP carries the other's ICMP like any protocol it knows nothing of.
        let icmp: [FlowKey.Transport] = [0, 8].flatMap { type in [.icmp(type: type, code: 0), .icmp(type: type, code: 1)] }
        return (transports + icmp + [.other(protocol: IPProtocol.icmpv6)]).flatMap { transport in
            (0..<8 as Range<UInt32>).map { bits in
                let (source, destination) = (IPv4Address(bits: bits & 3), IPv4Address(bits: bits >> 2))
                return TestFrame(flow: FlowKey(network: .ipv4(source: source, destination: destination, transport)))
            }
        }
    }()

    private static let ipv6: [TestFrame] = {
        let icmp: [FlowKey.Transport] = [
            .icmp(type: 128, code: 0), .icmp(type: 128, code: 1), .icmp(type: 129, code: 0), .icmp(type: 129, code: 1),
            .icmp(type: 135, code: 1), .icmp(type: 136, code: 1),
        ]
        let plain = (transports + icmp + [.other(protocol: IPProtocol.icmp)]).map { ($0, AddressResolution?.none) }
        return (plain + discovery).flatMap { transport, resolution in
            (0..<8 as Range<UInt64>).map { bits in
                let (source, destination) = (IPv6Address(high: 0, low: bits & 1), IPv6Address(high: 0, low: bits >> 1 & 1))
                let flow = FlowKey(network: .ipv6(source: source, destination: destination, transport))
                return TestFrame(flow: flow, flowLabel: UInt32(bits >> 2), resolution: resolution)
            }
        }
    }()

    /// Solicitations and advertisements of two targets, with and without the address that goes with them.
    private static let discovery: [(FlowKey.Transport, AddressResolution?)] = (0..<8 as Range<UInt64>).map { bits in
        var message = AddressResolution.NeighbourDiscovery()
        message.target = IPv6Address(high: 0, low: bits & 1)
        let (isSolicitation, address) = (bits >> 1 & 1 == 0, MACAddress(bits: bits >> 2))
        if isSolicitation { message.sourceMAC = address } else { message.targetMAC = address }
        return (.icmp(type: isSolicitation ? 135 : 136, code: 0), .neighbourDiscovery(message))
    }

    private static let transports: [FlowKey.Transport] = {
        let pairs: [(UInt16, UInt16)] = [(1, 1), (1, 2), (2, 1), (2, 2)]
        let ports = pairs.flatMap { source, destination in
            [
                FlowKey.Transport.tcp(source: source, destination: destination), .udp(source: source, destination: destination),
                .sctp(source: source, destination: destination),
            ]
        }
        return ports + [.other(protocol: 50)]
    }()
}

extension TestFrame {
    fileprivate func with(dscp: UInt8, ecn: UInt8) -> TestFrame {
        var frame = self
        (frame.dscp, frame.ecn) = (dscp, ecn)
        return frame
    }
}
