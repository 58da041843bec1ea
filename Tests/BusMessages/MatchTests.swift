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
        #expect(fields.vlan == 7)
        #expect(fields.dscp == 46)
        #expect(fields.ipProtocol == IPProtocol.udp)
        #expect(fields.ipv4Source == Masked(IPv4Address(bits: 0x0A00_0000), mask: IPv4Address(bits: 0xFFFF_FF00)))
        #expect(fields.ipv4Destination == Masked(IPv4Address(bits: 0x0A00_0001), mask: IPv4Address(bits: 0xFF00_00FF)))
        #expect(fields.sourcePort == 1)
        #expect(fields.destinationPort == 65_535)
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
        (#"{"udp_dst":[1]}"#, "udp_dst"), (#"{"vlan_vid":4096}"#, "vlan_vid"), (#"{"ip_dscp":64}"#, "ip_dscp"),
        (#"{"ip_proto":256}"#, "ip_proto"), (#"{"ip_proto":6,"udp_dst":1}"#, "udp_dst"), (#"{"tcp_dst":1,"udp_src":1}"#, "udp_src"),
        (#"{"icmpv4_type":8,"udp_src":1}"#, "icmpv4_type"), (#"{"icmpv4_code":0}"#, "icmpv4_code"),
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
        let others: [FlowKey.Network] = [.ethernet(source: MACAddress(bits: 1), destination: MACAddress(bits: 2), etherType: 0x0806)]
        for network in networks + others {
            for vlan in [nil, UInt16(5)] {
                let flow = FlowKey(vlan: vlan, network: network)
                let bytes = try MessageCodec.encode(MatchDTO(exactly: flow))
                #expect(try MessageCodec.decode(MatchDTO.self, from: bytes).flowMatch == FlowMatch(exactly: flow), "\(flow)")
            }
        }
    }
}
