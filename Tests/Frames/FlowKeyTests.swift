import Frames
import Testing

@Suite struct FlowKeyTests {
    private func ipv4(_ transport: FlowKey.Transport, vlan: UInt16? = nil) -> FlowKey {
        FlowKey(vlan: vlan, network: .ipv4(source: IPv4Address(bits: 1), destination: IPv4Address(bits: 2), transport))
    }

    private func ipv6(_ transport: FlowKey.Transport) -> FlowKey {
        FlowKey(network: .ipv6(source: IPv6Address(high: 0, low: 1), destination: IPv6Address(high: 0, low: 2), transport))
    }

    private func transport(_ flow: FlowKey) -> FlowKey.Transport? {
        switch flow.network {
        case .ipv4(_, _, let transport), .ipv6(_, _, let transport): transport
        case .ethernet: nil
        }
    }

    @Test func theMirrorExchangesAddressesAndPortsAndKeepsTheVLAN() {
        let mirror = ipv4(.tcp(source: 5, destination: 6), vlan: 9).mirrored
        let network = FlowKey.Network.ipv4(
            source: IPv4Address(bits: 2), destination: IPv4Address(bits: 1), .tcp(source: 6, destination: 5))
        #expect(mirror == FlowKey(vlan: 9, network: network))
    }

    @Test func theMirrorOfTheMirrorIsTheFlow() {
        for flow in Universe.flows { #expect(flow.mirrored.mirrored == flow) }
        for type in 0...255 as ClosedRange<UInt8> {
            for flow in [ipv4(.icmp(type: type, code: 1)), ipv6(.icmp(type: type, code: 1))] { #expect(flow.mirrored.mirrored == flow) }
        }
    }

    @Test func theMirrorOfAnEchoRequestIsItsReply() {
        #expect(transport(ipv4(.icmp(type: 8, code: 0)).mirrored) == .icmp(type: 0, code: 0))
        #expect(transport(ipv4(.icmp(type: 0, code: 0)).mirrored) == .icmp(type: 8, code: 0))
        #expect(transport(ipv6(.icmp(type: 128, code: 0)).mirrored) == .icmp(type: 129, code: 0))
        #expect(transport(ipv6(.icmp(type: 129, code: 0)).mirrored) == .icmp(type: 128, code: 0))
    }

    @Test func theEchoTypesOfOneICMPMeanNothingInTheOther() {
        #expect(transport(ipv4(.icmp(type: 128, code: 0)).mirrored) == .icmp(type: 128, code: 0))
        #expect(transport(ipv6(.icmp(type: 8, code: 0)).mirrored) == .icmp(type: 8, code: 0))
        #expect(transport(ipv4(.icmp(type: 3, code: 1)).mirrored) == .icmp(type: 3, code: 1))
    }

    @Test func aFlowIsPrintedForPeople() {
        #expect(ipv4(.sctp(source: 5, destination: 6), vlan: 9).description == "vlan 9 sctp 0.0.0.1:5 > 0.0.0.2:6")
        #expect(ipv6(.udp(source: 5, destination: 6)).description == "udp [::1]:5 > [::2]:6")
        #expect(ipv4(.icmp(type: 8, code: 0)).description == "icmp 8/0 0.0.0.1 > 0.0.0.2")
        #expect(ipv4(.other(protocol: 47)).description == "ip 47 0.0.0.1 > 0.0.0.2")
        let arp = FlowKey.Network.ethernet(source: MACAddress(bits: 1), destination: .broadcast, etherType: 0x0806)
        #expect(FlowKey(network: arp).description == "0x806 00:00:00:00:00:01 > ff:ff:ff:ff:ff:ff")
    }

    @Test func aFlowToOrFromAGroupHasNoMirror() {
        let host = (MACAddress(bits: 0x0200_0000_0001), IPv4Address(bits: 0x0A00_0001), IPv6Address(high: 0xFE80 << 48, low: 1))
        let groups = [0xE000_0001, 0xEFFF_FFFF, 0xFFFF_FFFF].map { IPv4Address(bits: $0) }
        let networks: [FlowKey.Network] =
            groups.map { .ipv4(source: host.1, destination: $0, .udp(source: 1, destination: 2)) } + [
                .ethernet(source: host.0, destination: .broadcast, etherType: EtherType.arp),
                .ethernet(source: host.0, destination: MACAddress(bits: 0x0180_C200_0000), etherType: EtherType.none),
                .ipv6(source: host.2, destination: IPv6Address(high: 0xFF02 << 48, low: 1), .icmp(type: 135, code: 0)),
            ]
        for flow in networks.map({ FlowKey(network: $0) }) {
            #expect(!flow.hasMirror && !flow.mirrored.hasMirror, "\(flow)")
        }
    }

    @Test func aFlowBetweenHostsHasAMirror() {
        for flow in Universe.flows { #expect(flow.hasMirror) }
        for address in [0xDFFF_FFFF, 0xF000_0000, 0xFFFF_FFFE] as [UInt32] {
            let network = FlowKey.Network.ipv4(source: IPv4Address(bits: address), destination: IPv4Address(bits: 1), .other(protocol: 47))
            #expect(FlowKey(network: network).hasMirror)
        }
    }
}
