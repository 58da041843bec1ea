import Frames
import Testing

@Suite struct PacketHeadersTests {
    private let ipv4 = (source: IPv4Address(bits: 0x0A00_0001), destination: IPv4Address(bits: 0x0A00_0002))
    private let ipv6 = (source: IPv6Address(high: 0xFD00 << 48, low: 1), destination: IPv6Address(high: 0xFD00 << 48, low: 2))

    /// What is told apart behind the sample's IPv4 addresses.
    private func transport4(_ payload: [UInt8]) throws -> FlowKey.Transport {
        let network = try headers(Sample.addresses + payload).network
        guard case .ipv4(ipv4.source, ipv4.destination, let transport) = network else {
            throw Mismatch(network: network)
        }
        return transport
    }

    /// What is told apart behind the sample's IPv6 addresses.
    private func transport6(_ payload: [UInt8]) throws -> FlowKey.Transport {
        let network = try headers(Sample.addresses + payload).network
        guard case .ipv6(ipv6.source, ipv6.destination, let transport) = network else {
            throw Mismatch(network: network)
        }
        return transport
    }

    private struct Mismatch: Error {
        let network: FlowKey.Network
    }

    @Test func theFieldsOfAUDPFrameAreRead() throws {
        let headers = try headers(Sample.addresses + Sample.ipv4(17, Sample.udp))
        #expect(headers.ethSource == MACAddress(bits: 0x0200_0000_0001))
        #expect(headers.ethDestination == MACAddress(bits: 0x0200_0000_0002))
        #expect(headers.vlan == nil)
        #expect(headers.etherType == 0x0800)
        #expect(headers.dscp == 46 && headers.ecn == 1 && headers.flowLabel == nil)
        #expect(headers.flow.description == "udp 10.0.0.1:5000 > 10.0.0.2:7")
    }

    @Test func everyTransportOverIPv4IsToldApart() throws {
        #expect(try transport4(Sample.ipv4(6, Sample.udp)) == .tcp(source: 5000, destination: 7))
        #expect(try transport4(Sample.ipv4(17, Sample.udp)) == .udp(source: 5000, destination: 7))
        #expect(try transport4(Sample.ipv4(132, Sample.udp)) == .sctp(source: 5000, destination: 7))
        #expect(try transport4(Sample.ipv4(1, [3, 4])) == .icmp(type: 3, code: 4))
        #expect(try transport4(Sample.ipv4(47, [])) == .other(protocol: 47))
        #expect(try transport4(Sample.ipv4(58, [128, 0])) == .other(protocol: 58))
    }

    @Test func everyTransportOverIPv6IsToldApart() throws {
        #expect(try transport6(Sample.ipv6(6, Sample.udp)) == .tcp(source: 5000, destination: 7))
        #expect(try transport6(Sample.ipv6(17, Sample.udp)) == .udp(source: 5000, destination: 7))
        #expect(try transport6(Sample.ipv6(132, Sample.udp)) == .sctp(source: 5000, destination: 7))
        #expect(try transport6(Sample.ipv6(58, [128, 3])) == .icmp(type: 128, code: 3))
        #expect(try transport6(Sample.ipv6(59, [])) == .other(protocol: 59))
        #expect(try transport6(Sample.ipv6(1, [8, 0])) == .other(protocol: 1))
        let headers = try headers(Sample.addresses + Sample.ipv6(59, []))
        #expect(headers.dscp == 46 && headers.ecn == 1 && headers.flowLabel == FlowLabel(bits: 1))
    }

    @Test func optionsBehindAnIPv4HeaderArePassedOver() throws {
        let options = [UInt8](repeating: 1, count: 40)
        #expect(try transport4(Sample.ipv4(17, options: options, Sample.udp)) == .udp(source: 5000, destination: 7))
    }

    @Test func theOuterTagIsTheFlowsVLAN() throws {
        let packet = Sample.ipv4(17, Sample.udp)
        let tagged = try headers(Sample.addresses + [0x81, 0, 0xE0, 5] + packet)
        #expect(tagged.vlan == 5 && tagged.vlanPriority == 7 && tagged.etherType == 0x0800 && tagged.flow.vlan == 5)
        let priority = try headers(Sample.addresses + [0x81, 0, 0x60, 0] + packet)
        #expect(priority.vlan == 0 && priority.vlanPriority == 3)
        #expect(try headers(Sample.addresses + packet).vlanPriority == nil)
    }

    @Test("A second tag is payload, as by default in Open vSwitch", arguments: [[0x81, 0], [0x88, 0xA8]] as [[UInt8]])
    func stackedTags(inner: [UInt8]) throws {
        let stacked = try headers(Sample.addresses + [0x88, 0xA8, 0, 6] + inner + [0x0F, 0xFF] + Sample.ipv4(17, Sample.udp))
        let type = UInt16(inner[0]) << 8 | UInt16(inner[1])
        let network = FlowKey.Network.ethernet(source: stacked.ethSource, destination: stacked.ethDestination, etherType: type)
        #expect(stacked.flow == FlowKey(vlan: 6, network: network))
        #expect(stacked.dscp == nil)
    }

    @Test func aFrameWithALengthHasNoEtherType() throws {
        for rest in [[0, 3, 0x42, 0x42, 3], [0x05, 0xFF], [0, 0], Array(Sample.spanningTree.dropFirst(12))] as [[UInt8]] {
            let headers = try headers(Sample.addresses + rest)
            #expect(headers.etherType == EtherType.none)
            let network = FlowKey.Network.ethernet(
                source: headers.ethSource, destination: headers.ethDestination, etherType: EtherType.none)
            #expect(headers.flow == FlowKey(network: network))
        }
        #expect(try headers(Sample.addresses + [0x81, 0, 0, 9] + Sample.spanningTree.dropFirst(12)).flow.vlan == 9)
    }

    @Test func theEtherTypeInASNAPHeaderIsTheFrames() throws {
        #expect(try headers(Sample.snap(Sample.ipv4(17, Sample.udp))).flow.description == "udp 10.0.0.1:5000 > 10.0.0.2:7")
        #expect(try headers(Sample.snap([0x20, 0, 1, 2], organisation: [0, 0, 0x0C])).etherType == EtherType.none)
        #expect(try headers(Sample.snap([0x05, 0xFF, 1, 2])).etherType == EtherType.none)
    }

    @Test func whatResolvesAddressesIsRead() throws {
        var arp = AddressResolution.ARP()
        arp.operation = 1
        (arp.senderMAC, arp.senderIP, arp.targetIP) = (MACAddress(bits: 0x0200_0000_0001), ipv4.source, ipv4.destination)
        #expect(try headers(Sample.arpRequest).resolution == .arp(arp))
        var message = AddressResolution.NeighbourDiscovery()
        message.target = ipv6.destination
        message.sourceMAC = MACAddress(bits: 0x0200_0000_0001)
        #expect(try headers(Sample.discovery(135, options: Sample.linkAddress(1))).resolution == .neighbourDiscovery(message))
        (message.sourceMAC, message.targetMAC) = (.zero, message.sourceMAC)
        #expect(try headers(Sample.discovery(136, options: Sample.linkAddress(2))).resolution == .neighbourDiscovery(message))
        #expect(try headers(Sample.discovery(136, code: 1, options: Sample.linkAddress(2))).resolution == nil)
        #expect(try headers(Sample.discovery(134, options: [])).resolution == nil)
    }

    @Test func arpForAnythingButIPv4OverEthernetIsNotRead() throws {
        for (index, value) in [(14, 1), (17, 1), (18, 7), (19, 5)] as [(Int, UInt8)] {
            var frame = Sample.arpRequest
            frame[index] = value
            #expect(try headers(frame).resolution == .arp(AddressResolution.ARP()))
        }
        var frame = Sample.arpRequest
        frame[20] = 1
        guard case .arp(let arp) = try headers(frame).resolution else { throw FrameError.truncated }
        #expect(arp.operation == 0 && arp.senderIP == ipv4.source)
    }

    @Test(arguments: [[0x20, 0x00], [0x00, 0x09], [0x20, 0x09], [0x3F, 0xFF]] as [[UInt8]])
    func everyFragmentOfIPv4CountsAsPortsZero(fragment: [UInt8]) throws {
        #expect(try transport4(Sample.ipv4(17, fragment: fragment, Sample.udp)) == .udp(source: 0, destination: 0))
        #expect(try transport4(Sample.ipv4(6, fragment: fragment, [])) == .tcp(source: 0, destination: 0))
        #expect(try transport4(Sample.ipv4(1, fragment: fragment, [8, 0])) == .icmp(type: 0, code: 0))
    }

    @Test func aPacketThatMustNotBeFragmentedIsNoFragment() throws {
        #expect(try transport4(Sample.ipv4(17, fragment: [0x40, 0], Sample.udp)) == .udp(source: 5000, destination: 7))
    }

    @Test func theFirstFragmentOfIPv6CountsAsPortsZero() throws {
        let first = Sample.fragment(next: 17, offset: 0, more: true)
        #expect(try transport6(Sample.ipv6(44, first + Sample.udp)) == .udp(source: 0, destination: 0))
        let options = Sample.fragment(next: 60, offset: 0, more: true) + [17, 0, 0, 0, 0, 0, 0, 0]
        #expect(try transport6(Sample.ipv6(44, options + Sample.udp)) == .udp(source: 0, destination: 0))
    }

    @Test("A later fragment of IPv6 counts as protocol 44, as in Open vSwitch's tables", arguments: [6, 17, 58, 60] as [UInt8])
    func theLaterFragmentsOfIPv6(next: UInt8) throws {
        for more in [true, false] {
            let later = Sample.fragment(next: next, offset: 3, more: more)
            #expect(try transport6(Sample.ipv6(44, later)) == .other(protocol: 44))
        }
    }

    @Test func reservedBitsInAFragmentHeaderMakeAFragment() throws {
        #expect(try transport6(Sample.ipv6(44, [17, 0, 0, 2, 0, 0, 0, 9] + Sample.udp)) == .udp(source: 0, destination: 0))
    }

    @Test func aFragmentHeaderOnAWholePacketChangesNothing() throws {
        let whole = Sample.fragment(next: 17, offset: 0, more: false)
        #expect(try transport6(Sample.ipv6(44, whole + Sample.udp)) == .udp(source: 5000, destination: 7))
    }

    @Test func extensionHeadersOfIPv6ArePassedOver() throws {
        let zeros = [UInt8](repeating: 0, count: 14)
        let chain: [UInt8] = [43, 0, 0, 0, 0, 0, 0, 0] + [60, 1] + zeros + [51, 0, 0, 0, 0, 0, 0, 0] + [17, 1] + zeros.prefix(10)
        #expect(try transport6(Sample.ipv6(0, chain + Sample.udp)) == .udp(source: 5000, destination: 7))
    }

    @Test func framesThatAreNotIPAreToldApartByTheirEthernetAddresses() throws {
        let arp = try headers(Sample.arp)
        #expect(arp.network == .ethernet(source: arp.ethSource, destination: arp.ethDestination, etherType: 0x0806))
        #expect(arp.dscp == nil)
        let tagged = try headers(Sample.addresses + [0x81, 0, 0, 9, 0x88, 0xCC])
        #expect(tagged.etherType == 0x88CC && tagged.flow.vlan == 9)
    }

    @Test func whatATestFrameSaysIsReadBack() throws {
        for frame in Universe.frames {
            let headers = try headers(frame.bytes)
            #expect(headers.flow == frame.flow)
            #expect(headers.dscp ?? 0 == frame.dscp && headers.ecn ?? 0 == frame.ecn)
            #expect(headers.vlanPriority ?? 0 == frame.vlanPriority && headers.flowLabel?.bits ?? 0 == frame.flowLabel)
            #expect(headers.resolution == frame.resolution)
        }
    }
}
