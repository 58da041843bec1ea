/// Why the headers of a frame could not be read.
public enum FrameError: Error, Hashable, Sendable {
    /// The frame ends within a header.
    case truncated
    /// An IP header names another version than its EtherType.
    case ipVersion(UInt8)
    /// An IPv4 header claims fewer than its five fixed words.
    case ipv4HeaderLength(words: UInt8)
    /// More IPv6 extension headers than any real packet carries.
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

/// The header fields of a frame that flows are selected by, as Open vSwitch's tables see them.
///
/// Whatever every frame is asked for comes from words that have to be read anyway; only frames that resolve addresses are read further.
public struct PacketHeaders: Hashable, Sendable {
    /// Ethernet source.
    public let ethSource: MACAddress
    /// Ethernet destination.
    public let ethDestination: MACAddress
    /// The VLAN identifier of the outer tag, 0…4095, if the frame is tagged.
    public let vlan: UInt16?
    /// The three priority bits of the outer tag.
    public let vlanPriority: UInt8?
    /// The EtherType behind the outer tag; ``EtherType/none`` for a frame that has a length instead.
    ///
    /// A second tag is payload, as by default in Open vSwitch (ovs-vswitchd.conf.db(5), vlan-limit): its own 0x8100 or 0x88a8 stands here.
    public let etherType: UInt16
    /// The six DSCP bits of an IP packet.
    public let dscp: UInt8?
    /// The two ECN bits of an IP packet.
    public let ecn: UInt8?
    /// The flow label of an IPv6 packet.
    public let flowLabel: FlowLabel?
    /// The two ends of the flow.
    public let network: FlowKey.Network
    /// What a frame of ARP or neighbour discovery says.
    public let resolution: AddressResolution?

    /// The flow that the frame belongs to.
    public var flow: FlowKey { FlowKey(vlan: vlan, network: network) }

    /// Reads the headers of an Ethernet frame (no preamble, no checksum).
    public init(_ frame: RawSpan) throws(FrameError) {
        var reader = HeaderReader(frame)
        let ethernet = try reader.ethernet()
        ethSource = ethernet.source
        ethDestination = ethernet.destination
        vlan = ethernet.tag.map { $0 & 0x0FFF }
        vlanPriority = ethernet.tag.map { UInt8($0 >> 13) }
        etherType = ethernet.type
        switch ethernet.type {
        case EtherType.ipv4:
            let packet = try reader.ipv4()
            network = packet.network
            (dscp, ecn) = (packet.trafficClass >> 2, packet.trafficClass & 3)
            (flowLabel, resolution) = (nil, nil)
        case EtherType.ipv6:
            let packet = try reader.ipv6()
            network = packet.network
            (dscp, ecn) = (packet.trafficClass >> 2, packet.trafficClass & 3)
            flowLabel = packet.flowLabel
            resolution = packet.discovery.map { .neighbourDiscovery($0) }
        default:
            network = .ethernet(source: ethernet.source, destination: ethernet.destination, etherType: ethernet.type)
            (dscp, ecn, flowLabel) = (nil, nil, nil)
            resolution = ethernet.type == EtherType.arp ? .arp(reader.arp()) : nil
        }
    }
}
