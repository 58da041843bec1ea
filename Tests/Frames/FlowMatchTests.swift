import Frames
import Testing

@Suite struct FlowMatchTests {
    private func match(_ set: (inout FlowMatch.Fields) -> Void) throws(FlowMatch.Problem) -> FlowMatch {
        var fields = FlowMatch.Fields()
        set(&fields)
        return try FlowMatch(fields)
    }

    private func problem(_ set: (inout FlowMatch.Fields) -> Void) -> FlowMatch.Problem? {
        do {
            _ = try match(set)
            return nil
        } catch {
            return error
        }
    }

    @Test func anAddressSaysWhichIPItIs() throws {
        #expect(try match { $0.ipv4Source = Masked(IPv4Address(bits: 1)) }.fields.etherType == EtherType.ipv4)
        #expect(try match { $0.ipv4Destination = Masked(IPv4Address(bits: 1)) }.fields.etherType == EtherType.ipv4)
        #expect(try match { $0.ipv6Source = Masked(IPv6Address(high: 0, low: 1)) }.fields.etherType == EtherType.ipv6)
        #expect(try match { $0.ipv6Destination = Masked(IPv6Address(high: 0, low: 1)) }.fields.etherType == EtherType.ipv6)
    }

    @Test func anICMPTypeFillsInWhatItsICMPNeeds() throws {
        let fields = try match { ($0.icmpType, $0.etherType) = (8, EtherType.ipv4) }.fields
        #expect(fields.ipProtocol == IPProtocol.icmp)
        let byProtocol = try match { ($0.icmpType, $0.ipProtocol) = (128, IPProtocol.icmpv6) }.fields
        #expect(byProtocol.etherType == EtherType.ipv6)
    }

    @Test func nothingIsFilledInWhereNothingIsNeeded() throws {
        #expect(try FlowMatch(FlowMatch.Fields()) == .any)
        #expect(try match { $0.vlan = 5 }.fields.etherType == nil)
    }

    @Test func valuesOutOfTheirRangeAreRefusedByName() {
        #expect(problem { $0.vlan = 4_096 } == .outOfRange(field: "vlan_vid"))
        #expect(problem { $0.vlan = 4_095 } == nil)
        #expect(problem { ($0.dscp, $0.etherType) = (64, EtherType.ipv4) } == .outOfRange(field: "ip_dscp"))
        #expect(problem { ($0.dscp, $0.etherType) = (63, EtherType.ipv4) } == nil)
    }

    @Test func contradictionsAreRefusedByName() {
        let (ipv4, ipv6) = (Masked(IPv4Address(bits: 1)), Masked(IPv6Address(high: 0, low: 1)))
        func contradiction(_ field: String, _ other: String) -> FlowMatch.Problem { .contradiction(field: field, prerequisite: other) }
        #expect(problem { ($0.ipv4Source, $0.etherType) = (ipv4, EtherType.ipv6) } == contradiction("ipv4_src", "eth_type"))
        #expect(problem { ($0.ipv4Destination, $0.etherType) = (ipv4, EtherType.arp) } == contradiction("ipv4_dst", "eth_type"))
        #expect(problem { ($0.ipv6Source, $0.etherType) = (ipv6, EtherType.ipv4) } == contradiction("ipv6_src", "eth_type"))
        #expect(problem { ($0.ipv6Destination, $0.ipv4Source) = (ipv6, ipv4) } == contradiction("ipv6_dst", "eth_type"))
        #expect(problem { ($0.ipProtocol, $0.etherType) = (6, EtherType.arp) } == contradiction("ip_proto", "eth_type"))
        #expect(problem { ($0.dscp, $0.etherType) = (6, EtherType.arp) } == contradiction("ip_dscp", "eth_type"))
        #expect(problem { ($0.sourcePort, $0.ipProtocol, $0.etherType) = (1, 1, EtherType.ipv4) } == contradiction("src_port", "ip_proto"))
        #expect(
            problem { ($0.destinationPort, $0.ipProtocol, $0.etherType) = (1, 50, EtherType.ipv4) } == contradiction("dst_port", "ip_proto")
        )
        #expect(problem { ($0.icmpType, $0.ipProtocol) = (8, 6) } == contradiction("icmp_type", "ip_proto"))
        #expect(problem { ($0.icmpType, $0.ipProtocol, $0.etherType) = (8, 1, EtherType.ipv6) } == contradiction("icmp_type", "eth_type"))
        #expect(problem { ($0.icmpType, $0.ipProtocol, $0.ipv4Source) = (8, 58, ipv4) } == contradiction("icmp_type", "eth_type"))
    }

    @Test func fieldsWithoutTheirProtocolAreRefusedByName() {
        func missing(_ field: String, _ other: String) -> FlowMatch.Problem { .missing(field: field, prerequisite: other) }
        #expect(problem { $0.ipProtocol = 6 } == missing("ip_proto", "eth_type"))
        #expect(problem { $0.dscp = 6 } == missing("ip_dscp", "eth_type"))
        #expect(problem { $0.sourcePort = 6 } == missing("src_port", "ip_proto"))
        #expect(problem { ($0.destinationPort, $0.etherType) = (6, EtherType.ipv4) } == missing("dst_port", "ip_proto"))
        #expect(problem { ($0.sourcePort, $0.ipProtocol) = (6, 6) } == missing("ip_proto", "eth_type"))
        #expect(problem { $0.icmpType = 8 } == missing("icmp_type", "ip_proto"))
        #expect(problem { ($0.icmpCode, $0.ipProtocol) = (8, 1) } == missing("icmp_code", "icmp_type"))
    }

    @Test func aCheckedMatchPassesTheCheckUnchanged() throws {
        var generator = SeededGenerator(seed: 13)
        for match in Universe.matches(500, using: &generator) {
            #expect(try FlowMatch(match.fields) == match)
            #expect(try FlowMatch(match.mirrored.fields) == match.mirrored)
        }
        for flow in Universe.flows {
            let match = FlowMatch(exactly: flow)
            #expect(try FlowMatch(match.fields) == match)
        }
    }

    @Test(arguments: [nil, 1] as [UInt16?])
    func theMatchOfAFlowCoversItsFramesAndNoOthers(vlan: UInt16?) throws {
        let frames = Universe.frames.filter { $0.flow.vlan == vlan }
        let all = try frames.map { frame in (frame.flow, try headers(frame.bytes)) }
        for flow in Universe.flows where flow.vlan == vlan {
            let match = FlowMatch(exactly: flow)
            let wrong = all.filter { other, headers in match.matches(headers) != (other == flow) }
            #expect(wrong.isEmpty, "\(flow)")
        }
    }

    @Test func theMatchOfATaggedFlowCoversNoOtherTagAndNoUntaggedFrame() throws {
        for frame in Universe.frames where frame.flow.vlan == 1 {
            let match = FlowMatch(exactly: FlowKey(vlan: 2, network: frame.flow.network))
            let untagged = TestFrame(flow: FlowKey(network: frame.flow.network), dscp: frame.dscp)
            #expect(!match.matches(try headers(frame.bytes)))
            #expect(!match.matches(try headers(untagged.bytes)))
        }
    }

    @Test func aFragmentIsMatchedByPortsZero() throws {
        let fragment = try headers(Sample.addresses + Sample.ipv4(17, fragment: [0x20, 0], Sample.udp))
        func udp(_ port: UInt16) throws -> FlowMatch {
            try match { ($0.etherType, $0.ipProtocol, $0.sourcePort, $0.destinationPort) = (EtherType.ipv4, 17, port, 0) }
        }
        #expect(try udp(0).matches(fragment))
        #expect(try !udp(5_000).matches(fragment))
        #expect(FlowMatch(exactly: fragment.flow).fields.sourcePort == 0)
    }

    @Test func theMatchWithoutFieldsCoversEveryFrame() throws {
        for frame in Sample.all { #expect(FlowMatch.any.matches(try headers(frame))) }
    }
}
