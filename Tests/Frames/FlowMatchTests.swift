import Frames
import Testing

/// The match of the fields that `set` sets.
func match(_ set: (inout FlowMatch.Fields) -> Void) throws(FlowMatch.Problem) -> FlowMatch {
    var fields = FlowMatch.Fields()
    set(&fields)
    return try FlowMatch(fields)
}

@Suite struct FlowMatchTests {
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

    @Test func theMatchOfAFlowCoversItsFramesAndNoOthers() throws {
        let all = try Universe.frames.map { frame in (frame.flow, try headers(frame.bytes)) }
        for flow in Universe.flows {
            let match = FlowMatch(exactly: flow)
            let wrong = all.filter { other, headers in match.matches(headers) != (other == flow) }
            #expect(wrong.isEmpty, "\(flow)")
        }
    }

    @Test func theMatchOfATaggedFlowCoversNoOtherTag() throws {
        for frame in Universe.frames where frame.flow.vlan == 1 {
            let match = FlowMatch(exactly: FlowKey(vlan: 2, network: frame.flow.network))
            #expect(!match.matches(try headers(frame.bytes)))
        }
    }

    @Test func theMatchOfASpanningTreeFlowCoversIt() throws {
        let headers = try headers(Sample.spanningTree)
        #expect(FlowMatch(exactly: headers.flow).matches(headers))
        #expect(FlowMatch(exactly: headers.flow).fields.etherType == 0x05FF)
    }

    @Test func tagsAreToldApartByMaskAndByTheirPresence() throws {
        let packet = Sample.ipv4(17, Sample.udp)
        let untagged = try headers(Sample.addresses + packet)
        let tagged = try headers(Sample.addresses + [0x81, 0, 0x61, 0x05] + packet)
        let priority = try headers(Sample.addresses + [0x81, 0, 0x60, 0] + packet)
        func covered(_ set: (inout FlowMatch.Fields) -> Void) throws -> [Bool] {
            let match = try match(set)
            return [untagged, tagged, priority].map(match.matches)
        }
        #expect(try covered { _ in } == [true, true, true])
        #expect(try covered { $0.vlan = .untagged } == [true, false, false])
        #expect(try covered { $0.vlan = .anyTag } == [false, true, true])
        #expect(try covered { $0.vlan = .tag(0x105) } == [false, true, false])
        #expect(try covered { $0.vlan = .tag(0) } == [false, false, true])
        let masked = Masked(VLANIdentifier(bits: 0x100), mask: VLANIdentifier(bits: 0xF00))
        #expect(try covered { $0.vlan = .tagged(masked) } == [false, true, false])
        #expect(try covered { $0.vlanPriority = 3 } == [false, true, true])
        #expect(try covered { $0.vlanPriority = 2 } == [false, false, false])
    }

    @Test(
        "A fragment, the first included, is covered by ports zero and no others, as in Open vSwitch",
        arguments: [[0x20, 0x00], [0x20, 0x09], [0x00, 0x09]] as [[UInt8]])
    func fragments(field: [UInt8]) throws {
        let fragment = try headers(Sample.addresses + Sample.ipv4(17, fragment: field, Sample.udp))
        #expect(try !match { $0.udpDestination = 7 }.matches(fragment))
        #expect(try !match { $0.udpSource = 5_000 }.matches(fragment))
        #expect(try match { ($0.udpSource, $0.udpDestination) = (0, 0) }.matches(fragment))
        #expect(try match { $0.ipProtocol = IPProtocol.udp }.matches(fragment))
        #expect(FlowMatch(exactly: fragment.flow).fields.udpSource == 0)
        let echo = try headers(Sample.addresses + Sample.ipv4(1, fragment: field, [8, 0]))
        #expect(try !match { $0.icmpv4Type = 8 }.matches(echo))
        #expect(try match { ($0.icmpv4Type, $0.icmpv4Code) = (0, 0) }.matches(echo))
    }

    @Test func laterFragmentsOfIPv6AreOfProtocol44() throws {
        let first = try headers(Sample.addresses + Sample.ipv6(44, Sample.fragment(next: 17, offset: 0, more: true) + Sample.udp))
        let later = try headers(Sample.addresses + Sample.ipv6(44, Sample.fragment(next: 17, offset: 3, more: false) + Sample.udp))
        let udp = try match { ($0.etherType, $0.ipProtocol) = (EtherType.ipv6, IPProtocol.udp) }
        let fragment = try match { ($0.etherType, $0.ipProtocol) = (EtherType.ipv6, IPProtocol.ipv6Fragment) }
        #expect([first, later].map(udp.matches) == [true, false])
        #expect([first, later].map(fragment.matches) == [false, true])
    }

    @Test func theMirrorExchangesAskingAndAnswering() throws {
        func mirror(_ set: (inout FlowMatch.Fields) -> Void) throws -> FlowMatch.Fields { try match(set).mirrored.fields }
        #expect(try mirror { $0.icmpv4Type = 8 }.icmpv4Type == 0)
        #expect(try mirror { $0.icmpv4Type = 128 }.icmpv4Type == 128)
        #expect(try mirror { $0.icmpv6Type = 129 }.icmpv6Type == 128)
        #expect(try mirror { $0.icmpv6Type = 135 }.icmpv6Type == 135)
        #expect(try mirror { $0.arpOperation = 1 }.arpOperation == 2)
        #expect(try mirror { $0.arpOperation = 3 }.arpOperation == 3)
        let host = Masked(IPv4Address(bits: 0x0A00_0001))
        #expect(try mirror { $0.arpSenderIP = host }.arpTargetIP == host)
    }

    @Test func theMatchWithoutFieldsCoversEveryFrame() throws {
        for frame in Sample.all + Sample.lenient { #expect(FlowMatch.any.matches(try headers(frame))) }
    }
}
