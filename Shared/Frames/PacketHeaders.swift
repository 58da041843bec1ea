import Wire

/// Why the headers of a frame could not be read.
public enum FrameError: Error, Hashable, Sendable {
    /// The frame ends within a header.
    case truncated
    /// An IP header names another version than its EtherType.
    case ipVersion(UInt8)
    /// An IPv4 header claims fewer than its five fixed words.
    case ipv4HeaderLength(words: UInt8)
    /// More VLAN tags or IPv6 extension headers than any real packet carries.
    case tooManyHeaders
}

/// The addresses of an Ethernet frame.
public struct EthernetHeader: Hashable, Sendable {
    /// Where the frame goes.
    public let destination: MACAddress
    /// Where it comes from.
    public let source: MACAddress

    /// Reads the addresses of a frame (no preamble, no checksum).
    public init(_ frame: RawSpan) throws(FrameError) {
        var reader = HeaderReader(frame)
        let ethernet = try reader.ethernet()
        (destination, source) = (ethernet.destination, ethernet.source)
    }
}

/// The header fields of a frame that flows are selected by.
public struct PacketHeaders: Hashable, Sendable {
    /// Ethernet source.
    public let ethSource: MACAddress
    /// Ethernet destination.
    public let ethDestination: MACAddress
    /// The outer VLAN identifier, if the frame is tagged.
    public let vlan: UInt16?
    /// The EtherType behind the VLAN tags.
    public let etherType: UInt16
    /// The six DSCP bits of an IP packet.
    public let dscp: UInt8?
    /// The two ends of the flow.
    public let network: FlowKey.Network

    /// The flow that the frame belongs to.
    public var flow: FlowKey { FlowKey(vlan: vlan, network: network) }

    /// Reads the headers of an Ethernet frame (no preamble, no checksum).
    public init(_ frame: RawSpan) throws(FrameError) {
        var reader = HeaderReader(frame)
        let ethernet = try reader.ethernet()
        ethSource = ethernet.source
        ethDestination = ethernet.destination
        vlan = ethernet.vlan
        etherType = ethernet.type
        switch ethernet.type {
        case EtherType.ipv4: (network, dscp) = try reader.ipv4()
        case EtherType.ipv6: (network, dscp) = try reader.ipv6()
        default:
            network = .ethernet(source: ethernet.source, destination: ethernet.destination, etherType: ethernet.type)
            dscp = nil
        }
    }
}

/// Reads one header after the other, the outermost first.
private struct HeaderReader: ~Escapable {
    private var reader: ByteReader

    @_lifetime(copy frame)
    init(_ frame: RawSpan) {
        reader = ByteReader(frame)
    }

    mutating func ethernet() throws(FrameError) -> (source: MACAddress, destination: MACAddress, vlan: UInt16?, type: UInt16) {
        let destination = MACAddress(bits: UInt64(try next(UInt32.self)) << 16 | UInt64(try next(UInt16.self)))
        let source = MACAddress(bits: UInt64(try next(UInt32.self)) << 16 | UInt64(try next(UInt16.self)))
        var type: UInt16 = try next()
        var vlan: UInt16?
        var tags = 0
        while type == EtherType.vlan || type == EtherType.serviceVLAN {
            tags += 1
            guard tags <= 2 else { throw .tooManyHeaders }
            let control: UInt16 = try next()
            vlan = vlan ?? control & 0x0FFF
            type = try next()
        }
        return (source, destination, vlan, type)
    }

    mutating func ipv4() throws(FrameError) -> (FlowKey.Network, dscp: UInt8) {
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
        return (
            .ipv4(source: source, destination: destination, try transport(number, icmp: IPProtocol.icmp, isFragment: isFragment)),
            trafficClass >> 2
        )
    }

    mutating func ipv6() throws(FrameError) -> (FlowKey.Network, dscp: UInt8) {
        let first: UInt32 = try next()
        guard first >> 28 == 6 else { throw .ipVersion(UInt8(first >> 28)) }
        try skip(2)
        var number: UInt8 = try next()
        try skip(1)
        let source = IPv6Address(high: try next(), low: try next())
        let destination = IPv6Address(high: try next(), low: try next())
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
                isFragment = isFragment || offsetAndMore & 0xFFF9 != 0
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
        let network = FlowKey.Network.ipv6(
            source: source, destination: destination, try transport(number, icmp: IPProtocol.icmpv6, isFragment: isFragment))
        return (network, UInt8(first >> 22 & 0x3F))
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

    private mutating func next<T: FixedWidthInteger & BitwiseCopyable>(_: T.Type = T.self) throws(FrameError) -> T {
        do { return try reader.read() } catch { throw .truncated }
    }

    private mutating func skip(_ count: Int) throws(FrameError) {
        do { try reader.skip(count) } catch { throw .truncated }
    }
}
