/// EtherType values that the project treats by name.
public enum EtherType {
    /// The least number that is a type; below it the field is an IEEE 802.3 frame's length.
    public static let least: UInt16 = 0x0600
    /// A frame that has a length and no EtherType, as spanning tree's: what OpenFlow matches such frames by.
    public static let none: UInt16 = 0x05FF
    /// IPv4.
    public static let ipv4: UInt16 = 0x0800
    /// ARP.
    public static let arp: UInt16 = 0x0806
    /// A customer VLAN tag (802.1Q).
    public static let vlan: UInt16 = 0x8100
    /// A service VLAN tag (802.1ad).
    public static let serviceVLAN: UInt16 = 0x88A8
    /// IPv6.
    public static let ipv6: UInt16 = 0x86DD
    /// SHarP's control frames (paper, Section 3.4).
    public static let sharp: UInt16 = 0x821C
}

/// IP protocol numbers that the project treats by name.
public enum IPProtocol {
    /// ICMP for IPv4.
    public static let icmp: UInt8 = 1
    /// TCP.
    public static let tcp: UInt8 = 6
    /// UDP.
    public static let udp: UInt8 = 17
    /// The fragment header of IPv6.
    public static let ipv6Fragment: UInt8 = 44
    /// ICMP for IPv6.
    public static let icmpv6: UInt8 = 58
    /// SCTP.
    public static let sctp: UInt8 = 132
}

/// ICMPv6 types that the project treats by name.
public enum ICMPv6Type {
    /// Asks for a neighbour's Ethernet address.
    public static let neighbourSolicitation: UInt8 = 135
    /// Tells one's own.
    public static let neighbourAdvertisement: UInt8 = 136
}
