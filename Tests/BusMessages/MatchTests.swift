import BusMessages
import Frames
import Testing

private func match(_ json: String) throws(FieldError) -> FlowMatch {
    try MessageCodec.decode(MatchDTO.self, from: Array(json.utf8)).flowMatch
}

private func written(_ match: FlowMatch) throws -> String {
    String(decoding: try MessageCodec.encode(MatchDTO(match)), as: UTF8.self)
}

@Suite struct MatchTests {
    @Test func eachFieldIsReadByItsOXMName() throws {
        let fields = try match(
            """
            {"eth_src":"02:00:00:00:00:01","eth_dst":"02:00:00:00:00:00/ff:ff:00:00:00:00","eth_type":2048,"vlan_vid":7,"ip_dscp":46,
             "ip_proto":17,"ipv4_src":"10.0.0.0/24","ipv4_dst":"10.0.0.1/255.0.0.255","udp_src":1,"udp_dst":65535}
            """
        ).fields
        #expect(fields.ethSource == Masked(MACAddress(bits: 0x0200_0000_0001)))
        #expect(fields.ethDestination == Masked(MACAddress(bits: 0x0200_0000_0000), mask: MACAddress(bits: 0xFFFF_0000_0000)))
        #expect(fields.etherType == EtherType.ipv4)
        #expect(fields.vlan == .tag(7))
        #expect(fields.dscp == 46)
        #expect(fields.ipProtocol == IPProtocol.udp)
        #expect(fields.ipv4Source == Masked(IPv4Address(bits: 0x0A00_0000), mask: IPv4Address(bits: 0xFFFF_FF00)))
        #expect(fields.ipv4Destination == Masked(IPv4Address(bits: 0x0A00_0001), mask: IPv4Address(bits: 0xFF00_00FF)))
        #expect(fields.udpSource == 1)
        #expect(fields.udpDestination == 65_535)
    }

    @Test func theFieldsOfARPAndNeighbourDiscoveryAreRead() throws {
        let arp = try match(
            """
            {"arp_op":1,"arp_spa":"10.0.0.0/24","arp_tpa":"10.0.0.2","arp_sha":"02:00:00:00:00:01",
             "arp_tha":"00:00:00:00:00:00/ff:00:00:00:00:00","vlan_vid":"none"}
            """
        ).fields
        #expect(arp.etherType == EtherType.arp && arp.vlan == .untagged && arp.arpOperation == 1)
        #expect(arp.arpSenderIP == Masked(IPv4Address(bits: 0x0A00_0000), mask: IPv4Address(bits: 0xFFFF_FF00)))
        #expect(arp.arpTargetIP == Masked(IPv4Address(bits: 0x0A00_0002)))
        #expect(arp.arpSenderMAC == Masked(MACAddress(bits: 0x0200_0000_0001)))
        #expect(arp.arpTargetMAC == Masked(.zero, mask: MACAddress(bits: 0xFF00_0000_0000)))
        let discovery = try match(#"{"ipv6_nd_target":"fe80::2","ipv6_nd_sll":"02:00:00:00:00:01","ipv6_flabel":"0x12000/0xff000"}"#).fields
        #expect(discovery.ndTarget == IPv6Address(high: 0xFE80 << 48, low: 2))
        #expect(discovery.ndSourceMAC == MACAddress(bits: 0x0200_0000_0001) && discovery.icmpv6Type == 135)
        #expect(discovery.flowLabel == Masked(FlowLabel(bits: 0x12000), mask: FlowLabel(bits: 0xFF000)))
        #expect(try match(#"{"ipv6_nd_tll":"02:00:00:00:00:01"}"#).fields.ndTargetMAC == MACAddress(bits: 0x0200_0000_0001))
    }

    @Test(arguments: [
        (#"{"vlan_vid":0}"#, VLANMatch.tag(0)), (#"{"vlan_vid":4095}"#, .tag(4_095)), (#"{"vlan_vid":"0x064"}"#, .tag(100)),
        (#"{"vlan_vid":"any"}"#, .anyTag), (#"{"vlan_vid":"none"}"#, .untagged), (#"{"vlan_pcp":3}"#, .anyTag),
        (#"{"vlan_vid":"0x0100/0x0f00"}"#, .tagged(Masked(VLANIdentifier(bits: 0x100), mask: VLANIdentifier(bits: 0xF00)))),
    ])
    func aTagIsReadInEachOfItsForms(json: String, vlan: VLANMatch) throws {
        #expect(try match(json).fields.vlan == vlan)
    }

    @Test(arguments: [
        "in_port", "in_phy_port", "metadata", "tunnel_id", "mpls_label", "mpls_tc", "mpls_bos", "pbb_isid", "ipv6_exthdr",
    ])
    func aFieldThatSelectsNoFlowIsRefusedByNameWithTheReason(field: String) {
        #expect { try match(#"{"udp_dst":5,"\#(field)":1}"#) } throws: { error in
            guard let error = error as? FieldError, error.field == field else { return false }
            return error.problem.hasPrefix("is not supported: ")
        }
    }

    @Test(arguments: [
        (#"{"udp_dst":5}"#, EtherType.ipv4, IPProtocol.udp), (#"{"tcp_src":5}"#, EtherType.ipv4, IPProtocol.tcp),
        (#"{"sctp_dst":5,"eth_type":"0x86dd"}"#, EtherType.ipv6, IPProtocol.sctp),
        (#"{"udp_dst":5,"ipv6_src":"2001:db8::/32"}"#, EtherType.ipv6, IPProtocol.udp),
        (#"{"icmpv4_type":8}"#, EtherType.ipv4, IPProtocol.icmp), (#"{"icmpv6_type":128}"#, EtherType.ipv6, IPProtocol.icmpv6),
        (#"{"ip_proto":58}"#, EtherType.ipv6, IPProtocol.icmpv6), (#"{"ip_proto":"0x11"}"#, EtherType.ipv4, IPProtocol.udp),
    ])
    func whatAFieldPresupposesIsFilledIn(json: String, etherType: UInt16, ipProtocol: UInt8) throws {
        let fields = try match(json).fields
        #expect(fields.etherType == etherType)
        #expect(fields.ipProtocol == ipProtocol)
    }

    @Test func theEmptyMatchCoversEverything() throws {
        #expect(try match("{}") == .any)
    }

    @Test(arguments: [
        ("{}", "{}"),
        (#"{"udp_dst":5000}"#, #"{"eth_type":2048,"ip_proto":17,"udp_dst":5000}"#),
        (#"{"ipv4_src":"10.0.0.0/255.255.255.0"}"#, #"{"eth_type":2048,"ipv4_src":"10.0.0.0/24"}"#),
        (#"{"ipv4_src":"0.0.0.0/0"}"#, #"{"eth_type":2048,"ipv4_src":"0.0.0.0/0"}"#),
        (#"{"ipv4_src":"10.0.0.1/32"}"#, #"{"eth_type":2048,"ipv4_src":"10.0.0.1"}"#),
        (#"{"ipv4_dst":"10.0.0.1/255.0.0.255"}"#, #"{"eth_type":2048,"ipv4_dst":"10.0.0.1/255.0.0.255"}"#),
        (#"{"ipv6_src":"2001:db8::/32"}"#, #"{"eth_type":34525,"ipv6_src":"2001:db8::/32"}"#),
        (#"{"ipv6_dst":"2001:db8::/96"}"#, #"{"eth_type":34525,"ipv6_dst":"2001:db8::/96"}"#),
        (#"{"ipv6_dst":"::1/0:ffff::1"}"#, #"{"eth_type":34525,"ipv6_dst":"::1/0:ffff::1"}"#),
        (#"{"icmpv6_type":128,"icmpv6_code":0}"#, #"{"eth_type":34525,"icmpv6_code":0,"icmpv6_type":128,"ip_proto":58}"#),
        (#"{"sctp_src":1,"ip_dscp":"0x2e"}"#, #"{"eth_type":2048,"ip_dscp":46,"ip_proto":132,"sctp_src":1}"#),
        (#"{"vlan_vid":"0x0fff/0x0fff","vlan_pcp":"0x7"}"#, #"{"vlan_pcp":7,"vlan_vid":4095}"#),
        (#"{"vlan_pcp":7}"#, #"{"vlan_pcp":7,"vlan_vid":"any"}"#), (#"{"vlan_vid":"0x0/0x0"}"#, #"{"vlan_vid":"any"}"#),
        (#"{"vlan_vid":"none"}"#, #"{"vlan_vid":"none"}"#), (#"{"vlan_vid":"0x100/0xf00"}"#, #"{"vlan_vid":"0x0100/0x0f00"}"#),
        (#"{"ip_ecn":1}"#, #"{"eth_type":2048,"ip_ecn":1}"#), (#"{"icmpv4_code":1}"#, #"{"eth_type":2048,"icmpv4_code":1,"ip_proto":1}"#),
        (#"{"ipv6_flabel":5}"#, #"{"eth_type":34525,"ipv6_flabel":5}"#),
        (#"{"ipv6_flabel":"0x0/0xf"}"#, #"{"eth_type":34525,"ipv6_flabel":"0x00000/0x0000f"}"#),
        (#"{"arp_op":2,"arp_tpa":"10.0.0.0/8"}"#, #"{"arp_op":2,"arp_tpa":"10.0.0.0/8","eth_type":2054}"#),
        (
            #"{"ipv6_nd_tll":"2:0:0:0:0:1"}"#,
            #"{"eth_type":34525,"icmpv6_code":0,"icmpv6_type":136,"ip_proto":58,"ipv6_nd_tll":"02:00:00:00:00:01"}"#
        ),
        (#"{"eth_src":"2:0:0:0:0:1"}"#, #"{"eth_src":"02:00:00:00:00:01"}"#),
    ])
    func aMatchIsWrittenWithAllThatItImpliesAndReadsTheSame(json: String, expected: String) throws {
        let first = try match(json)
        #expect(try written(first) == expected)
        #expect(try match(expected) == first)
    }

    @Test(arguments: [
        (#"{"ipv4source":"10.0.0.1"}"#, "ipv4source"), (#"{"udp_dst":70000}"#, "udp_dst"), (#"{"udp_dst":-1}"#, "udp_dst"),
        (#"{"udp_dst":1.5}"#, "udp_dst"), (#"{"udp_dst":"5000"}"#, "udp_dst"), (#"{"udp_dst":"0x"}"#, "udp_dst"),
        (#"{"udp_dst":"0x10000"}"#, "udp_dst"), (#"{"udp_dst":"0x-1"}"#, "udp_dst"), (#"{"udp_dst":true}"#, "udp_dst"),
        (#"{"udp_dst":[1]}"#, "udp_dst"), (#"{"vlan_vid":4096}"#, "vlan_vid"),
        (#"{"vlan_vid":"0x1005"}"#, "vlan_vid"), (#"{"vlan_vid":"some"}"#, "vlan_vid"), (#"{"vlan_vid":"0x0100/0x00ff"}"#, "vlan_vid"),
        (#"{"vlan_vid":"0x0100/12"}"#, "vlan_vid"), (#"{"vlan_vid":"/"}"#, "vlan_vid"), (#"{"vlan_vid":[]}"#, "vlan_vid"),
        (#"{"vlan_vid":"0x1000/0x1000"}"#, "vlan_vid"), (#"{"vlan_vid":"none","vlan_pcp":1}"#, "vlan_pcp"),
        (#"{"vlan_pcp":8}"#, "vlan_pcp"),
        (#"{"ip_ecn":4}"#, "ip_ecn"), (#"{"ip_ecn":1,"arp_op":1}"#, "ip_ecn"), (#"{"arp_op":256}"#, "arp_op"),
        (#"{"arp_spa":"10.0.0.1/8"}"#, "arp_spa"), (#"{"arp_spa":"10.0.0.1","ipv4_src":"10.0.0.1"}"#, "arp_spa"),
        (#"{"arp_sha":"10.0.0.1"}"#, "arp_sha"), (#"{"ipv6_flabel":1048576}"#, "ipv6_flabel"), (#"{"ipv6_flabel":"1/1"}"#, "ipv6_flabel"),
        (#"{"ipv6_flabel":1,"eth_type":2048}"#, "ipv6_flabel"), (#"{"ipv6_nd_target":"fe80::1"}"#, "ipv6_nd_target"),
        (#"{"ipv6_nd_target":"fe80::/10","icmpv6_type":135}"#, "ipv6_nd_target"), (#"{"ipv6_nd_sll":1}"#, "ipv6_nd_sll"),
        (#"{"ipv6_nd_sll":"02:00:00:00:00:01","icmpv6_type":136}"#, "ipv6_nd_sll"),
        (#"{"ipv6_nd_tll":"02:00:00:00:00:01","icmpv6_code":1}"#, "ipv6_nd_tll"), (#"{"sctp_dst":1,"tcp_dst":1}"#, "sctp_dst"),
        (#"{"ip_dscp":64}"#, "ip_dscp"),
        (#"{"ip_proto":256}"#, "ip_proto"), (#"{"ip_proto":6,"udp_dst":1}"#, "udp_dst"), (#"{"tcp_dst":1,"udp_src":1}"#, "udp_src"),
        (#"{"icmpv4_type":8,"udp_src":1}"#, "icmpv4_type"),
        (#"{"icmpv4_type":8,"eth_type":"0x86dd"}"#, "icmpv4_type"), (#"{"icmpv6_type":128,"icmpv4_type":8}"#, "icmpv6_type"),
        (#"{"icmpv6_type":128,"ipv4_src":"10.0.0.1"}"#, "ipv4_src"), (#"{"ipv4_src":"10.0.0.1","ipv6_dst":"::1"}"#, "ipv6_dst"),
        (#"{"ipv4_src":"10.0.0.1","eth_type":2054}"#, "ipv4_src"), (#"{"ip_proto":17,"eth_type":2054}"#, "ip_proto"),
        (#"{"ipv4_src":"10.0.0.256"}"#, "ipv4_src"), (#"{"ipv4_src":"10.0.0.0/33"}"#, "ipv4_src"),
        (#"{"ipv4_src":"10.0.0.0/"}"#, "ipv4_src"),
        (#"{"ipv4_src":"10.0.0.0/-1"}"#, "ipv4_src"), (#"{"ipv4_src":"10.0.0.1/24"}"#, "ipv4_src"), (#"{"ipv4_src":""}"#, "ipv4_src"),
        (#"{"ipv4_src":1}"#, "ipv4_src"), (#"{"ipv6_src":"::/129"}"#, "ipv6_src"), (#"{"ipv6_src":"1::2::3"}"#, "ipv6_src"),
        (#"{"ipv4_src":"10.0.0.0/99999999999999999999"}"#, "ipv4_src"), (#"{"eth_src":"02:00:00:00:00:01/24"}"#, "eth_src"),
    ])
    func aFieldAtFaultIsNamed(json: String, field: String) {
        #expect { try match(json) } throws: { ($0 as? FieldError)?.field == field }
    }

    @Test func bitsOutsideAMaskAreToldWithTheMatchThatWasMeant() {
        let expected = FieldError(field: "ipv4_src", problem: "has bits set outside its mask; 10.0.0.0/24 would have none")
        #expect(throws: expected) { try match(#"{"ipv4_src":"10.0.0.1/24"}"#) }
    }

    @Test func theMatchOfOneFlowReadsTheSame() throws {
        let ends = (IPv4Address(bits: 0x0A00_0001), IPv4Address(bits: 0x0A00_0002))
        let ends6 = (IPv6Address(high: 1, low: 2), IPv6Address(high: 3, low: 4))
        let transports: [FlowKey.Transport] = [
            .tcp(source: 1, destination: 2), .udp(source: 0, destination: .max), .sctp(source: 5, destination: 6), .icmp(type: 8, code: 0),
            .other(protocol: 89),
        ]
        let networks = transports.flatMap { transport -> [FlowKey.Network] in
            [.ipv4(source: ends.0, destination: ends.1, transport), .ipv6(source: ends6.0, destination: ends6.1, transport)]
        }
        let others: [FlowKey.Network] = [
            .ethernet(source: MACAddress(bits: 1), destination: MACAddress(bits: 2), etherType: EtherType.arp),
            .ethernet(source: MACAddress(bits: 1), destination: MACAddress(bits: 2), etherType: EtherType.none),
        ]
        for network in networks + others {
            for vlan in [nil, UInt16(5)] {
                let flow = FlowKey(vlan: vlan, network: network)
                let bytes = try MessageCodec.encode(MatchDTO(exactly: flow))
                #expect(try MessageCodec.decode(MatchDTO.self, from: bytes).flowMatch == FlowMatch(exactly: flow), "\(flow)")
            }
        }
    }
}
