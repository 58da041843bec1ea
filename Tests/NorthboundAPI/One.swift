import BusMessages
import Frames

/// One of each thing that the fake controller knows, and what is posted to make it.
enum One {
    static let `switch` = SwitchDTO(SwitchSpecification(id: "s1", datapathId: DatapathID(bits: 1)), connected: true)
    static let group = GroupDTO(
        id: "g1", ingress: GroupDTO.Side(switch: "s1", hostPorts: [.name("s1-h1")]),
        egress: GroupDTO.Side(switch: "s2", hostPorts: [.name("s2-h2")]))
    static let vnf = VNFDTO(
        id: 1, group: "g1", ingress: VNFDTO.Interface(port: .name("s1-v1"), mac: MACAddress(bits: 0x0200_0000_0101)),
        egress: VNFDTO.Interface(port: .name("s2-v1"), mac: MACAddress(bits: 0x0200_0000_0102)))
    static let specification = RuleSpecification(match: MatchDTO(.any), destination: .vnf(2))
    static let handover = HandoverDTO(
        id: 7, rule: "r1", flow: "udp 10.0.0.1:5000 > 10.0.0.2:7", source: 1, destination: 2, mode: .direct, outcome: .completed,
        startedAtMs: 1, durationMs: 2.5)

    static func drain(_ specification: DrainSpecification, _ state: DrainDTO.State) -> DrainDTO {
        var destination: UInt16 = 2
        if case .vnf(let named)? = specification.destination { destination = named }
        return DrainDTO(vnf: 1, destination: destination, state: state, rules: ["drain-1-9"])
    }

    static func rule(_ id: String, _ specification: RuleSpecification, _ state: RuleDTO.State) -> RuleDTO {
        RuleDTO(id: id, group: "g1", specification: specification, state: state)
    }

    static let switchJSON = #"{"id":"s1","datapathId":"0000000000000001"}"#
    static let groupJSON =
        #"{"id":"g1","ingress":{"switch":"s1","hostPorts":["s1-h1"]},"egress":{"switch":"s2","hostPorts":["s2-h2"]},"default":1}"#
    static let vnfJSON = """
        {"id":1,"group":"g1","ingress":{"port":"s1-v1","mac":"02:00:00:00:01:01"},"egress":{"port":"s2-v1","mac":"02:00:00:00:01:02"},
         "address":"10.9.0.1:7000"}
        """
    static let ruleJSON = """
        {"match":{"eth_type":2048,"ip_proto":17,"ipv4_src":"10.0.0.0/24","udp_dst":5000},"priority":10,"destination":{"vnf":2},
         "bidirectional":true,"start":"perFlow","maximumSilenceMs":1000,"maximumDetectionMs":30000,"mode":"sharp"}
        """
}
