/// What a frame says that asks for or tells a neighbour's Ethernet address.
///
/// It is read as Open vSwitch reads it: a message that is cut, or of another kind than for Ethernet, counts as one of zeros.
public enum AddressResolution: Hashable, Sendable {
    /// A frame of EtherType 0x0806.
    case arp(ARP)
    /// An ICMPv6 message of type 135 or 136 and code 0.
    case neighbourDiscovery(NeighbourDiscovery)

    /// An ARP message for IPv4 over Ethernet (RFC 826).
    public struct ARP: Hashable, Sendable {
        /// What is meant: 1 asks, 2 answers; 0 for the unassigned numbers above 255.
        public var operation: UInt8 = 0
        /// The sender's Ethernet address (OXM arp_sha).
        public var senderMAC = MACAddress.zero
        /// The sender's IPv4 address (OXM arp_spa).
        public var senderIP = IPv4Address(bits: 0)
        /// The Ethernet address of whom the sender means, if known (OXM arp_tha).
        public var targetMAC = MACAddress.zero
        /// The IPv4 address of whom the sender means (OXM arp_tpa).
        public var targetIP = IPv4Address(bits: 0)

        /// A message of zeros.
        public init() {}
    }

    /// A neighbour solicitation or advertisement (RFC 4861, Sections 4.3 and 4.4).
    public struct NeighbourDiscovery: Hashable, Sendable {
        /// The address asked for or told about.
        public var target = IPv6Address(high: 0, low: 0)
        /// The source link-layer address option; zero where it is missing.
        public var sourceMAC = MACAddress.zero
        /// The target link-layer address option; zero where it is missing.
        public var targetMAC = MACAddress.zero

        /// A message of zeros.
        public init() {}
    }
}
