import ControlChannel
import Frames
import SystemTestSupport
import Testing

@Suite struct MessageCodecTests {
    private static let (host1, host2) = (IPv4Address(bits: 0x0A00_0001), IPv4Address(bits: 0x0A00_0002))
    private static let (host3, host4) = (IPv6Address(high: 1, low: 2), IPv6Address(high: .max, low: 0))

    static let flows: [FlowKey] = [
        FlowKey(network: .ipv4(source: host1, destination: host2, .udp(source: 5_000, destination: 7))),
        FlowKey(vlan: 4_095, network: .ipv4(source: host1, destination: host2, .tcp(source: 0, destination: 65_535))),
        FlowKey(network: .ipv6(source: host3, destination: host4, .sctp(source: 1, destination: 2))),
        FlowKey(network: .ipv4(source: host1, destination: host2, .icmp(type: 8, code: 0))),
        FlowKey(network: .ipv6(source: host3, destination: host4, .icmp(type: 128, code: 1))),
        FlowKey(vlan: 0, network: .ipv4(source: host1, destination: host2, .other(protocol: 47))),
        FlowKey(network: .ethernet(source: MACAddress(bits: 0x0200_0000_0001), destination: .broadcast, etherType: EtherType.arp)),
    ]

    /// A match of many fields for each kind of packet, and the one without any.
    static let matches: [FlowMatch] = {
        var ipv4 = FlowMatch.Fields()
        ipv4.vlan = .untagged
        ipv4.ipv4Source = Masked(host1, mask: IPv4Address(bits: 0xFFFF_FF00))
        ipv4.ipv4Destination = Masked(host2, mask: IPv4Address(bits: 0xFF00_00FF))
        (ipv4.dscp, ipv4.ecn, ipv4.udpDestination, ipv4.udpSource) = (46, 3, 7, 0)
        var ipv6 = FlowMatch.Fields()
        ipv6.vlan = .anyTag
        ipv6.ipv6Source = Masked(host3, mask: host4)
        ipv6.ipv6Destination = Masked(host4)
        ipv6.flowLabel = Masked(FlowLabel(bits: 0x12000), mask: FlowLabel(bits: 0xFF000))
        (ipv6.icmpv6Type, ipv6.icmpv6Code) = (135, 0)
        ipv6.ndTarget = host3
        var arp = FlowMatch.Fields()
        arp.vlan = .tagged(Masked(VLANIdentifier(bits: 0x100), mask: VLANIdentifier(bits: 0xF00)))
        arp.ethSource = Masked(MACAddress(bits: 0x0200_0000_0000), mask: MACAddress(bits: 0xFF00_0000_0000))
        (arp.arpOperation, arp.arpTargetIP) = (1, Masked(host2))
        var tagged = FlowMatch.Fields()
        (tagged.vlan, tagged.vlanPriority, tagged.flowLabel) = (.tag(4_095), 7, Masked(FlowLabel(bits: 7)))
        return [.any] + [ipv4, ipv6, arp, tagged].compactMap { try? FlowMatch($0) } + flows.map(FlowMatch.init(exactly:))
    }()

    static let agentMessages: [AgentMessage] =
        flows.flatMap { flow -> [AgentMessage] in
            [
                .start(
                    handover: 7, role: .source, subject: .flow(flow), isBidirectional: true, peer: .init(vnf: 2, address: "10.9.0.2:7000")),
                .start(
                    handover: 65_535, role: .destination, subject: .flow(flow), isBidirectional: false,
                    peer: .init(vnf: 65_535, address: nil)),
                .transfer(handover: 0, subject: .flow(flow), peer: .init(vnf: 1, address: "\"quoted\"\n\\ and Ω")),
            ]
        }
        + matches.flatMap { match -> [AgentMessage] in
            [
                .start(handover: 7, role: .source, subject: .match(match), isBidirectional: true, peer: .init(vnf: 2, address: nil)),
                .start(handover: 7, role: .source, subject: .match(match), isBidirectional: false, peer: .init(vnf: 2, address: nil)),
                .transfer(handover: 7, subject: .match(match), peer: .init(vnf: 1, address: nil)),
            ]
        } + [.mirrored(handover: 7), .end(handover: 7, outcome: "completed"), .error(message: "unknown event 'x'")]

    static let functionMessages: [FunctionMessage] =
        [
            .ready(handover: 0), .ready(handover: 65_535), .stateReady(handover: 7), .stateFailed(handover: 7, reason: "peer is gone"),
        ] + flows.map { .mirror(handover: 7, flow: $0) }

    @Test func aMatchIsSaidInTheWordsOfTheNorthboundAPI() throws {
        try #require(Self.matches.count == 5 + Self.flows.count)
        let transfer = AgentMessage.transfer(handover: 7, subject: .match(Self.matches[1]), peer: .init(vnf: 1, address: nil))
        #expect(
            String(decoding: transfer.encoded(), as: UTF8.self) == #"""
                {"event":"transfer","match":{"eth_type":2048,"vlan_vid":"none","ip_dscp":46,"ip_ecn":3,"ip_proto":17,"ipv4_src":"10.0.0.0/24",\#
                "ipv4_dst":"10.0.0.2/255.0.0.255","udp_src":0,"udp_dst":7},"handover":7,"peer":{"vnf":1}}

                """#)
    }

    @Test(
        "A match that is none is refused",
        arguments: [
            #"{"tcp_dst":7,"udp_dst":7}"#, #"{"ipv4_src":"10.0.0.1/24"}"#, #"{"in_port":1}"#, #"{"vlan_vid":"some"}"#, #"{"udp_dst":"7"}"#,
            #"{"ipv4_src":7}"#, #"{"ipv6_nd_target":"x"}"#, "[]",
        ])
    func refusedMatch(match: String) {
        let line = #"{"event":"transfer","handover":1,"peer":{"vnf":1},"match":\#(match)}"#
        #expect(throws: MessageError.malformed) { try AgentMessage(line: line.utf8) }
    }

    @Test(arguments: agentMessages)
    func anAgentsMessageIsOneLineAndComesBack(message: AgentMessage) throws {
        let line = message.encoded()
        #expect(line.last == 0x0A && line.dropLast().allSatisfy { $0 != 0x0A })
        #expect(try AgentMessage(line: line) == message)
    }

    @Test(arguments: functionMessages)
    func aFunctionsMessageIsOneLineAndComesBack(message: FunctionMessage) throws {
        let line = message.encoded()
        #expect(line.last == 0x0A && line.dropLast().allSatisfy { $0 != 0x0A })
        #expect(try FunctionMessage(line: line) == message)
    }

    @Test func theWordsAreThoseOfTheDesign() throws {
        let start = AgentMessage.start(
            handover: 7, role: .source, subject: .flow(Self.flows[0]), isBidirectional: true, peer: .init(vnf: 2, address: "10.9.0.2:7000"))
        #expect(
            String(decoding: start.encoded(), as: UTF8.self) == """
                {"event":"start","flow":{"eth_type":2048,"ip_proto":17,"ipv4_dst":"10.0.0.2","ipv4_src":"10.0.0.1","udp_dst":7,"udp_src":5000},\
                "handover":7,"peer":{"address":"10.9.0.2:7000","vnf":2},"role":"source"}

                """)
        #expect(try FunctionMessage(line: #"{"event":"ready","handover":7}"#.utf8) == .ready(handover: 7))
        #expect(try FunctionMessage(line: #"{"event":"ready","handover":7,"more":[1]}"#.utf8) == .ready(handover: 7))
    }

    @Test(arguments: agentMessages)
    func aTruncatedLineIsRefused(message: AgentMessage) {
        let line = message.encoded()
        for length in 0..<line.count - 1 {
            #expect(throws: MessageError.self) { try AgentMessage(line: line[..<length]) }
        }
    }

    @Test(
        "A line that is no message is refused with the reason",
        arguments: [
            (#"{"event":"mumble"}"#, MessageError.unknownEvent("mumble")), (#"{"event":"ready"}"#, .missing(field: "handover")),
            (#"{"event":"stateFailed","handover":1}"#, .missing(field: "reason")), (#"{"event":"ready","handover":65536}"#, .malformed),
            (#"{"event":"ready","handover":-1}"#, .malformed), (#"{"event":"ready","handover":"7"}"#, .malformed), ("[]", .malformed),
            ("{}", .malformed), (#"{"event":"ready","handover":7,"x":[[[[[[[[1]]]]]]]]}"#, .tooDeep),
            (String(repeating: "[", count: 60_000), .tooDeep), (String(repeating: " ", count: 65_537), .tooLong),
        ])
    func refused(line: String, error: MessageError) {
        #expect(throws: error) { try FunctionMessage(line: line.utf8) }
    }

    @Test func bracketsWithinStringsAreNoDepth() throws {
        let message = FunctionMessage.stateFailed(handover: 1, reason: #"[[[[[[[[[[[[{{{{{{{{{\"\"#)
        #expect(try FunctionMessage(line: message.encoded()) == message)
    }

    @Test func aFlowThatLacksAFieldIsRefusedByName() {
        let flow = #"{"eth_type":2048,"ip_proto":17,"ipv4_src":"10.0.0.1","ipv4_dst":"10.0.0.2","udp_src":1}"#
        let line = #"{"event":"transfer","handover":1,"peer":{"vnf":1},"flow":\#(flow)}"#
        #expect(throws: MessageError.missing(field: "udp_dst")) { try AgentMessage(line: line.utf8) }
    }

    @Test func noBytesMakeTheCodecTrap() {
        var random = SeededGenerator(seed: 7)
        let lines = Self.agentMessages.map { $0.encoded() } + Self.functionMessages.map { $0.encoded() }
        for round in 0..<20_000 {
            var line = lines[round % lines.count]
            for _ in 0...Int.random(in: 0...3, using: &random) {
                line[Int.random(in: line.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            // Either a message that has a line of its own, or a typed error.
            if let message = try? AgentMessage(line: line) { #expect((try? AgentMessage(line: message.encoded())) == message) }
            if let message = try? FunctionMessage(line: line) { #expect((try? FunctionMessage(line: message.encoded())) == message) }
        }
    }
}
