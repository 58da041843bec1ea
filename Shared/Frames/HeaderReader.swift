import Wire

/// Reads one header after the other, the outermost first.
struct HeaderReader: ~Escapable {
    private var reader: ByteReader

    @_lifetime(copy frame)
    init(_ frame: RawSpan) {
        reader = ByteReader(frame)
    }

    mutating func ethernet() throws(FrameError) -> (source: MACAddress, destination: MACAddress, tag: UInt16?, type: UInt16) {
        let destination = try mac()
        let source = try mac()
        var type: UInt16 = try next()
        var tag: UInt16?
        if type == EtherType.vlan || type == EtherType.serviceVLAN {
            tag = try next(UInt16.self)
            type = try next()
        }
        if type < EtherType.least { type = typeBehindLength() }
        return (source, destination, tag, type)
    }

    /// The EtherType of an IEEE 802.3 frame: the one that its SNAP header names, or none.
    private mutating func typeBehindLength() -> UInt16 {
        var ahead = reader
        // Both service access points 0xaa, unnumbered information, and no organisation: an EtherType follows.
        guard let snap = try? ahead.read(UInt32.self), snap == 0xAAAA_0300, let organisation = try? ahead.read(UInt16.self),
            organisation == 0, let type = try? ahead.read(UInt16.self)
        else { return EtherType.none }
        reader = ahead
        return type < EtherType.least ? EtherType.none : type
    }

    /// The ARP message behind the Ethernet header; zeros where it is none for IPv4 over Ethernet.
    mutating func arp() -> AddressResolution.ARP {
        do {
            let (hardware, network, sizes): (UInt16, UInt16, UInt16) = (try next(), try next(), try next())
            guard hardware == 1, network == EtherType.ipv4, sizes == 0x0604 else { return AddressResolution.ARP() }
            var arp = AddressResolution.ARP()
            arp.operation = UInt8(exactly: try next(UInt16.self)) ?? 0
            arp.senderMAC = try mac()
            arp.senderIP = IPv4Address(bits: try next())
            arp.targetMAC = try mac()
            arp.targetIP = IPv4Address(bits: try next())
            return arp
        } catch {
            return AddressResolution.ARP()
        }
    }

    mutating func ipv4() throws(FrameError) -> (network: FlowKey.Network, trafficClass: UInt8) {
        let versionAndLength: UInt8 = try next()
        guard versionAndLength >> 4 == 4 else { throw .ipVersion(versionAndLength >> 4) }
        let words = versionAndLength & 0x0F
        guard words >= 5 else { throw .ipv4HeaderLength(words: words) }
        let trafficClass: UInt8 = try next()
        try skip(4)
        let fragment: UInt16 = try next()
        try skip(1)
        let number: UInt8 = try next()
        try skip(2)
        let source = IPv4Address(bits: try next())
        let destination = IPv4Address(bits: try next())
        try skip(Int(words) * 4 - 20)
        let isFragment = fragment & 0x3FFF != 0
        let transport = try transport(number, icmp: IPProtocol.icmp, isFragment: isFragment)
        return (.ipv4(source: source, destination: destination, transport), trafficClass)
    }

    mutating func ipv6() throws(FrameError) -> IPv6Packet {
        let first: UInt32 = try next()
        guard first >> 28 == 6 else { throw .ipVersion(UInt8(first >> 28)) }
        let payloadLength: UInt16 = try next()
        var number: UInt8 = try next()
        try skip(1)
        let source = IPv6Address(high: try next(), low: try next())
        let destination = IPv6Address(high: try next(), low: try next())
        let end = reader.offset + Int(payloadLength)
        var isFragment = false
        var extensions = 0
        extensionHeaders: while true {
            switch number {
            case 0, 43, 60:
                number = try next()
                let length: UInt8 = try next()
                try skip(Int(length) * 8 + 6)
            case 51:
                number = try next()
                let length: UInt8 = try next()
                try skip(Int(length) * 4 + 6)
            case IPProtocol.ipv6Fragment:
                number = try next()
                try skip(1)
                let offsetAndMore: UInt16 = try next()
                try skip(4)
                isFragment = isFragment || offsetAndMore != 0
                // Open vSwitch's tables know no protocol of a later fragment but this header's own.
                if offsetAndMore >> 3 != 0 {
                    number = IPProtocol.ipv6Fragment
                    break extensionHeaders
                }
            default:
                break extensionHeaders
            }
            extensions += 1
            guard extensions <= 8 else { throw .tooManyHeaders }
        }
        let transport = try transport(number, icmp: IPProtocol.icmpv6, isFragment: isFragment)
        return IPv6Packet(
            network: .ipv6(source: source, destination: destination, transport),
            trafficClass: UInt8(truncatingIfNeeded: first >> 20), flowLabel: FlowLabel(bits: first),
            discovery: discovery(transport, end: end))
    }

    struct IPv6Packet {
        let network: FlowKey.Network
        let trafficClass: UInt8
        let flowLabel: FlowLabel
        let discovery: AddressResolution.NeighbourDiscovery?
    }

    /// The message of neighbour discovery behind ICMPv6's type and code, if it is one; padding behind `end` is none of it.
    private mutating func discovery(_ transport: FlowKey.Transport, end: Int) -> AddressResolution.NeighbourDiscovery? {
        switch transport {
        case .icmp(ICMPv6Type.neighbourSolicitation, 0), .icmp(ICMPv6Type.neighbourAdvertisement, 0):
            (try? neighbourDiscovery(end: end)) ?? AddressResolution.NeighbourDiscovery()
        default: nil
        }
    }

    private mutating func neighbourDiscovery(end: Int) throws(FrameError) -> AddressResolution.NeighbourDiscovery {
        guard reader.offset + 22 <= end else { throw .truncated }
        try skip(6)
        var message = AddressResolution.NeighbourDiscovery()
        message.target = IPv6Address(high: try next(), low: try next())
        while min(end - reader.offset, reader.remaining) >= 8 {
            let option: UInt16 = try next()
            let rest = Int(option & 0xFF) * 8 - 2
            guard rest > 0, rest <= min(end - reader.offset, reader.remaining) else { break }
            // One option twice makes the whole message unreadable to Open vSwitch.
            switch option {
            case 0x0101:
                guard message.sourceMAC == .zero else { throw .truncated }
                message.sourceMAC = try mac()
            case 0x0201:
                guard message.targetMAC == .zero else { throw .truncated }
                message.targetMAC = try mac()
            default: try skip(rest)
            }
        }
        return message
    }

    private mutating func transport(_ number: UInt8, icmp: UInt8, isFragment: Bool) throws(FrameError) -> FlowKey.Transport {
        switch number {
        case IPProtocol.tcp:
            let (source, destination) = try ports(isFragment)
            return .tcp(source: source, destination: destination)
        case IPProtocol.udp:
            let (source, destination) = try ports(isFragment)
            return .udp(source: source, destination: destination)
        case IPProtocol.sctp:
            let (source, destination) = try ports(isFragment)
            return .sctp(source: source, destination: destination)
        case icmp:
            return isFragment ? .icmp(type: 0, code: 0) : .icmp(type: try next(), code: try next())
        default:
            return .other(protocol: number)
        }
    }

    private mutating func ports(_ isFragment: Bool) throws(FrameError) -> (UInt16, UInt16) {
        isFragment ? (0, 0) : (try next(), try next())
    }

    private mutating func mac() throws(FrameError) -> MACAddress {
        do { return try reader.readMAC() } catch { throw .truncated }
    }

    private mutating func next<T: FixedWidthInteger & BitwiseCopyable>(_: T.Type = T.self) throws(FrameError) -> T {
        do { return try reader.read() } catch { throw .truncated }
    }

    private mutating func skip(_ count: Int) throws(FrameError) {
        do { try reader.skip(count) } catch { throw .truncated }
    }
}
