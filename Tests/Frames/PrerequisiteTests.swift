import Frames
import Testing

private func problem(_ set: (inout FlowMatch.Fields) -> Void) -> FlowMatch.Problem? {
    do {
        _ = try match(set)
        return nil
    } catch {
        return error
    }
}

@Suite struct PrerequisiteTests {
    private let ipv4 = Masked(IPv4Address(bits: 1))
    private let ipv6 = Masked(IPv6Address(high: 0, low: 1))

    @Test func nothingIsFilledInWhereNothingIsNeeded() throws {
        #expect(try FlowMatch(FlowMatch.Fields()) == .any)
        #expect(try match { $0.vlan = .tag(5) }.fields.etherType == nil)
    }

    @Test func anAddressSaysWhichIPItIs() throws {
        #expect(try match { $0.ipv4Source = ipv4 }.fields.etherType == EtherType.ipv4)
        #expect(try match { $0.ipv4Destination = ipv4 }.fields.etherType == EtherType.ipv4)
        #expect(try match { $0.ipv6Source = ipv6 }.fields.etherType == EtherType.ipv6)
        #expect(try match { $0.ipv6Destination = ipv6 }.fields.etherType == EtherType.ipv6)
        #expect(try match { $0.flowLabel = Masked(FlowLabel(bits: 1)) }.fields.etherType == EtherType.ipv6)
    }

    @Test(arguments: [IPProtocol.tcp, IPProtocol.udp, IPProtocol.sctp]) func aPortSaysWhichProtocolItIs(number: UInt8) throws {
        let ways: [(inout FlowMatch.Fields) -> Void] =
            switch number {
            case IPProtocol.tcp: [{ $0.tcpSource = 1 }, { $0.tcpDestination = 1 }]
            case IPProtocol.udp: [{ $0.udpSource = 1 }, { $0.udpDestination = 1 }]
            default: [{ $0.sctpSource = 1 }, { $0.sctpDestination = 1 }]
            }
        for way in ways {
            let fields = try match(way).fields
            #expect(fields.ipProtocol == number && fields.etherType == EtherType.ipv4)
            let over6 = try match {
                way(&$0)
                $0.etherType = EtherType.ipv6
            }
            #expect(over6.fields.ipProtocol == number && over6.fields.etherType == EtherType.ipv6)
        }
    }

    @Test func anICMPTypeOrCodeSaysWhichICMPItIs() throws {
        for way in [{ $0.icmpv4Type = 8 }, { $0.icmpv4Code = 0 }] as [(inout FlowMatch.Fields) -> Void] {
            let fields = try match(way).fields
            #expect(fields.ipProtocol == IPProtocol.icmp && fields.etherType == EtherType.ipv4)
        }
        for way in [{ $0.icmpv6Type = 128 }, { $0.icmpv6Code = 0 }] as [(inout FlowMatch.Fields) -> Void] {
            let fields = try match(way).fields
            #expect(fields.ipProtocol == IPProtocol.icmpv6 && fields.etherType == EtherType.ipv6)
        }
    }

    @Test func whereNothingTellsWhichIPItIsVersion4ButForICMPv6() throws {
        #expect(try match { $0.ipProtocol = 6 }.fields.etherType == EtherType.ipv4)
        #expect(try match { $0.dscp = 6 }.fields.etherType == EtherType.ipv4)
        #expect(try match { $0.ecn = 1 }.fields.etherType == EtherType.ipv4)
        #expect(try match { $0.ipProtocol = IPProtocol.icmpv6 }.fields.etherType == EtherType.ipv6)
        #expect(try match { ($0.dscp, $0.ipv6Source) = (6, ipv6) }.fields.etherType == EtherType.ipv6)
    }

    @Test func anARPFieldIsOfAnARPFrame() throws {
        let mac = Masked(MACAddress(bits: 1))
        let ways: [(inout FlowMatch.Fields) -> Void] = [
            { $0.arpOperation = 1 }, { $0.arpSenderIP = ipv4 }, { $0.arpTargetIP = ipv4 }, { $0.arpSenderMAC = mac },
            { $0.arpTargetMAC = mac },
        ]
        for way in ways { #expect(try match(way).fields.etherType == EtherType.arp) }
    }

    @Test func aNeighboursEthernetAddressSaysWhichMessageItIsIn() throws {
        let solicitation = try match { $0.ndSourceMAC = MACAddress(bits: 1) }.fields
        #expect(solicitation.icmpv6Type == 135 && solicitation.icmpv6Code == 0)
        #expect(solicitation.ipProtocol == IPProtocol.icmpv6 && solicitation.etherType == EtherType.ipv6)
        #expect(try match { $0.ndTargetMAC = MACAddress(bits: 1) }.fields.icmpv6Type == 136)
        let target = IPv6Address(high: 0, low: 1)
        #expect(try match { ($0.ndTarget, $0.ndTargetMAC) = (target, .zero) }.fields.icmpv6Type == 136)
        #expect(try match { ($0.ndTarget, $0.icmpv6Type) = (target, 135) }.fields.icmpv6Code == 0)
    }

    @Test func aPriorityIsOfATaggedFrame() throws {
        #expect(try match { $0.vlanPriority = 3 }.fields.vlan == .anyTag)
        #expect(try match { ($0.vlanPriority, $0.vlan) = (3, .tag(5)) }.fields.vlan == .tag(5))
    }

    @Test func valuesOutOfTheirRangeAreRefusedByName() {
        #expect(problem { $0.vlanPriority = 8 } == .outOfRange(field: "vlan_pcp", greatest: 7))
        #expect(problem { $0.vlanPriority = 7 } == nil)
        #expect(problem { $0.dscp = 64 } == .outOfRange(field: "ip_dscp", greatest: 63))
        #expect(problem { $0.dscp = 63 } == nil)
        #expect(problem { $0.ecn = 4 } == .outOfRange(field: "ip_ecn", greatest: 3))
        #expect(problem { $0.ecn = 3 } == nil)
        #expect(problem { $0.arpOperation = 256 } == .outOfRange(field: "arp_op", greatest: 255))
        #expect(problem { $0.arpOperation = 255 } == nil)
    }

    @Test func contradictionsOfTheEtherTypeAreRefusedByName() {
        func expect(_ field: String, _ set: (inout FlowMatch.Fields) -> Void, _ location: SourceLocation = #_sourceLocation) {
            #expect(problem(set) == .contradiction(field: field, prerequisite: "eth_type"), sourceLocation: location)
        }
        expect("ipv4_src", { ($0.ipv4Source, $0.etherType) = (ipv4, EtherType.ipv6) })
        expect("ipv4_dst", { ($0.ipv4Destination, $0.etherType) = (ipv4, EtherType.arp) })
        expect("ipv6_src", { ($0.ipv6Source, $0.etherType) = (ipv6, EtherType.ipv4) })
        expect("ipv6_dst", { ($0.ipv6Destination, $0.ipv4Source) = (ipv6, ipv4) })
        expect("ipv6_flabel", { ($0.flowLabel, $0.ipv4Source) = (Masked(FlowLabel(bits: 1)), ipv4) })
        expect("ip_proto", { ($0.ipProtocol, $0.etherType) = (6, EtherType.arp) })
        expect("ip_proto", { ($0.tcpSource, $0.arpOperation) = (6, 1) })
        expect("ip_dscp", { ($0.dscp, $0.etherType) = (6, EtherType.arp) })
        expect("ip_ecn", { ($0.ecn, $0.arpOperation) = (1, 1) })
        expect("arp_spa", { ($0.arpSenderIP, $0.ipv4Source) = (ipv4, ipv4) })
        expect("icmpv4_type", { ($0.icmpv4Type, $0.etherType) = (8, EtherType.ipv6) })
        expect("icmpv6_code", { ($0.icmpv6Code, $0.etherType) = (0, EtherType.ipv4) })
        expect("ipv4_src", { ($0.icmpv6Type, $0.ipv4Source) = (8, ipv4) })
    }

    @Test func contradictionsOfTheProtocolAreRefusedByName() {
        func expect(_ field: String, _ set: (inout FlowMatch.Fields) -> Void, _ location: SourceLocation = #_sourceLocation) {
            #expect(problem(set) == .contradiction(field: field, prerequisite: "ip_proto"), sourceLocation: location)
        }
        expect("tcp_src", { ($0.tcpSource, $0.ipProtocol) = (1, 1) })
        expect("udp_dst", { ($0.udpDestination, $0.ipProtocol) = (1, 50) })
        expect("udp_src", { ($0.udpSource, $0.tcpDestination) = (1, 1) })
        expect("sctp_dst", { ($0.sctpDestination, $0.udpSource) = (1, 1) })
        expect("icmpv4_type", { ($0.icmpv4Type, $0.ipProtocol) = (8, 6) })
        expect("icmpv4_code", { ($0.icmpv4Code, $0.udpSource) = (8, 6) })
        expect("icmpv6_type", { ($0.icmpv6Type, $0.icmpv4Type) = (128, 8) })
    }

    @Test func contradictionsOfNeighbourDiscoveryAndTagsAreRefusedByName() {
        let (mac, target) = (MACAddress(bits: 1), IPv6Address(high: 0, low: 1))
        func contradiction(_ field: String, _ other: String) -> FlowMatch.Problem { .contradiction(field: field, prerequisite: other) }
        #expect(problem { ($0.ndSourceMAC, $0.icmpv6Type) = (mac, 136) } == contradiction("ipv6_nd_sll", "icmpv6_type"))
        #expect(problem { ($0.ndTargetMAC, $0.ndSourceMAC) = (mac, mac) } == contradiction("ipv6_nd_tll", "icmpv6_type"))
        #expect(problem { ($0.ndTarget, $0.icmpv6Type) = (target, 128) } == contradiction("ipv6_nd_target", "icmpv6_type"))
        #expect(problem { ($0.ndSourceMAC, $0.icmpv6Code) = (mac, 1) } == contradiction("ipv6_nd_sll", "icmpv6_code"))
        #expect(problem { $0.ndTarget = target } == .missing(field: "ipv6_nd_target", prerequisite: "icmpv6_type"))
        #expect(problem { ($0.vlanPriority, $0.vlan) = (1, .untagged) } == contradiction("vlan_pcp", "vlan_vid"))
    }
}
