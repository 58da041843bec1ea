extension FlowMatch {
    /// The fields as a requester names them; nil covers every value. Each is one OXM field of OpenFlow 1.3.
    ///
    /// Left out are those that say where a packet is and not what it carries (in_port, in_phy_port, metadata, tunnel_id), those that
    /// Open vSwitch does not know (pbb_isid, ipv6_exthdr), and MPLS's, for frames of one EtherType between two stations are one flow.
    public struct Fields: Hashable, Sendable {
        /// Ethernet source (OXM eth_src).
        public var ethSource: Masked<MACAddress>?
        /// Ethernet destination (OXM eth_dst).
        public var ethDestination: Masked<MACAddress>?
        /// EtherType behind the outer VLAN tag (OXM eth_type).
        public var etherType: UInt16?
        /// The outer VLAN tag, or that there is none (OXM vlan_vid).
        public var vlan: VLANMatch?
        /// Priority in the outer VLAN tag, 0…7 (OXM vlan_pcp).
        public var vlanPriority: UInt8?
        /// DSCP bits, 0…63 (OXM ip_dscp).
        public var dscp: UInt8?
        /// ECN bits, 0…3 (OXM ip_ecn).
        public var ecn: UInt8?
        /// IP protocol number (OXM ip_proto).
        public var ipProtocol: UInt8?
        /// IPv4 source (OXM ipv4_src).
        public var ipv4Source: Masked<IPv4Address>?
        /// IPv4 destination (OXM ipv4_dst).
        public var ipv4Destination: Masked<IPv4Address>?
        /// TCP source port (OXM tcp_src).
        public var tcpSource: UInt16?
        /// TCP destination port (OXM tcp_dst).
        public var tcpDestination: UInt16?
        /// UDP source port (OXM udp_src).
        public var udpSource: UInt16?
        /// UDP destination port (OXM udp_dst).
        public var udpDestination: UInt16?
        /// SCTP source port (OXM sctp_src).
        public var sctpSource: UInt16?
        /// SCTP destination port (OXM sctp_dst).
        public var sctpDestination: UInt16?
        /// ICMP type (OXM icmpv4_type).
        public var icmpv4Type: UInt8?
        /// ICMP code (OXM icmpv4_code).
        public var icmpv4Code: UInt8?
        /// What an ARP message means, 0…255: 1 asks, 2 answers (OXM arp_op).
        public var arpOperation: UInt16?
        /// The IPv4 address of an ARP message's sender (OXM arp_spa).
        public var arpSenderIP: Masked<IPv4Address>?
        /// The IPv4 address that an ARP message is about (OXM arp_tpa).
        public var arpTargetIP: Masked<IPv4Address>?
        /// The Ethernet address of an ARP message's sender (OXM arp_sha).
        public var arpSenderMAC: Masked<MACAddress>?
        /// The Ethernet address that an ARP message is about (OXM arp_tha).
        public var arpTargetMAC: Masked<MACAddress>?
        /// IPv6 source (OXM ipv6_src).
        public var ipv6Source: Masked<IPv6Address>?
        /// IPv6 destination (OXM ipv6_dst).
        public var ipv6Destination: Masked<IPv6Address>?
        /// IPv6 flow label (OXM ipv6_flabel).
        public var flowLabel: Masked<FlowLabel>?
        /// ICMPv6 type (OXM icmpv6_type).
        public var icmpv6Type: UInt8?
        /// ICMPv6 code (OXM icmpv6_code).
        public var icmpv6Code: UInt8?
        /// The address that a neighbour solicitation or advertisement is about (OXM ipv6_nd_target).
        public var ndTarget: IPv6Address?
        /// The Ethernet address that a neighbour solicitation gives as its sender's (OXM ipv6_nd_sll).
        public var ndSourceMAC: MACAddress?
        /// The Ethernet address that a neighbour advertisement gives as its target's (OXM ipv6_nd_tll).
        public var ndTargetMAC: MACAddress?

        /// No field at all.
        public init() {}
    }

    /// Why fields do not make a match: the OXM name of the field at fault, and what it contradicts.
    public enum Problem: Error, Hashable, Sendable {
        /// The field needs another value in `prerequisite` than the one given, or implied by a third field.
        case contradiction(field: String, prerequisite: String)
        /// The field's value lies outside its range.
        case outOfRange(field: String, greatest: UInt16)
        /// The field needs `prerequisite`, for which more than one value would do.
        case missing(field: String, prerequisite: String)
    }
}
