import BusMessages
import Testing

private func problem<Message: Decodable>(_: Message.Type, _ json: String) -> FieldError? {
    do {
        _ = try MessageCodec.decode(Message.self, from: Array(json.utf8))
        return nil
    } catch {
        return error
    }
}

@Suite struct BadInputTests {
    @Test(arguments: ["", "{", "nul", "[1", "{\"id\":}", "\u{0}", "{\"id\":\"\\ud800\"}"])
    func whatIsNoJSONHasNoField(json: String) {
        let problem = problem(SwitchSpecification.self, json)
        #expect(problem != nil)
        #expect(problem?.field == nil)
    }

    @Test(arguments: [
        (#"{"datapathId":"1"}"#, "id"), (#"{"id":"s1"}"#, "datapathId"), (#"{"id":1,"datapathId":"1"}"#, "id"),
        (#"{"id":"","datapathId":"1"}"#, "id"), (#"{"id":"a b","datapathId":"1"}"#, "id"), (#"{"id":"s1","datapathId":1}"#, "datapathId"),
        (#"{"id":"s1","datapathId":"xyz"}"#, "datapathId"), (#"{"id":"s1","datapathId":"00000000000000001"}"#, "datapathId"),
        (#"{"id":"s1","datapathId":"+1"}"#, "datapathId"), (#"{"id":"s1","datapathId":"1","connected":true}"#, "connected"),
        (#"{"id":null,"datapathId":"1"}"#, "id"),
    ])
    func aSwitchsFieldAtFaultIsNamed(json: String, field: String) {
        #expect(problem(SwitchSpecification.self, json)?.field == field)
    }

    @Test(arguments: [
        (#"{"id":"g","ingress":{"switch":"s1"},"egress":{"switch":"s2","hostPorts":[]}}"#, "ingress.hostPorts"),
        (#"{"id":"g","ingress":{"switch":"s1","hostPorts":[1,""]},"egress":{"switch":"s2","hostPorts":[]}}"#, "ingress.hostPorts[1]"),
        (#"{"id":"g","ingress":{"switch":"s1","hostPorts":[-1]},"egress":{"switch":"s2","hostPorts":[]}}"#, "ingress.hostPorts[0]"),
        (#"{"id":"g","ingress":{"switch":"s1","hostPorts":{}},"egress":{"switch":"s2","hostPorts":[]}}"#, "ingress.hostPorts"),
        (#"{"id":"g","ingress":{"switch":"s1","hostPorts":[],"x":1},"egress":{"switch":"s2","hostPorts":[]}}"#, "ingress.x"),
        (
            #"{"id":"g","ingress":{"switches":[{"switch":"s1"}],"group":"f"},"egress":{"switch":"s2","hostPorts":[]}}"#, "ingress.group"
        ), (#"{"id":"g","ingress":{"switches":[]},"egress":{"switch":"s2","hostPorts":[]}}"#, "ingress.switches"),
        (#"{"id":"g","ingress":{"trunks":[]},"egress":{"switch":"s2","hostPorts":[]}}"#, "ingress.switches"),
        (
            #"{"id":"g","ingress":{"switches":[{"switch":"s1"}],"trunks":[[]]},"egress":{"switch":"s2","hostPorts":[]}}"#,
            "ingress.trunks[0]"
        ),
        (
            #"{"id":"g","ingress":{"switches":[{"switch":"s1"}],"trunks":[[{"switch":"s1"},{}]]},"egress":{"switch":"s2","hostPorts":[]}}"#,
            "ingress.trunks[0][0].port"
        ),
        (#"{"id":"g","ingress":[],"egress":{"switch":"s2","hostPorts":[]}}"#, "ingress"),
        (#"{"id":"g","ingress":{"switch":"s1","hostPorts":[]},"egress":{"switch":"s2","hostPorts":[]},"default":0}"#, "default"),
    ])
    func aGroupsFieldAtFaultIsNamed(json: String, field: String) {
        #expect(problem(GroupDTO.self, json)?.field == field)
    }

    @Test(arguments: [
        (#""id":0"#, "id"), (#""id":65536"#, "id"), (#""id":"1""#, "id"), (#""id":1e99"#, "id"), (#""id":1,"address":"""#, "address"),
    ])
    func aVNFsFieldAtFaultIsNamed(start: String, field: String) {
        let rest = #","group":"g","ingress":{"port":1,"mac":"02:00:00:00:00:01"},"egress":{"port":2,"mac":"02:00:00:00:00:02"}}"#
        #expect(problem(VNFDTO.self, "{" + start + rest)?.field == field)
    }

    @Test(arguments: ["01:00:00:00:00:01", "00:00:00:00:00:00", "02:00:00:00:00", "02-00-00-00-00-01"])
    func aVNFsAddressMustBeThatOfOneInterface(mac: String) {
        let json =
            #"{"id":1,"group":"g","ingress":{"port":1,"mac":"\#(mac)"},"egress":{"port":2,"mac":"02:00:00:00:00:02"}}"#
        #expect(problem(VNFDTO.self, json)?.field == "ingress.mac")
    }

    @Test(arguments: [
        (#"{"destination":{"vnf":2}}"#, "match"), (#"{"match":{}}"#, "destination"), (#"{"match":{},"destination":{}}"#, "destination.vnf"),
        (#"{"match":{},"destination":{"vnf":0}}"#, "destination.vnf"),
        (#"{"match":{},"destination":{"vnf":1,"mac":"02:00:00:00:00:01"}}"#, "destination.vnf"),
        (#"{"match":{},"destination":{"port":1}}"#, "destination.switch"),
        (#"{"match":{"udp_dst":true},"destination":{"vnf":1}}"#, "match.udp_dst"),
        (#"{"match":[],"destination":{"vnf":1}}"#, "match"), (#"{"match":{},"destination":{"vnf":1},"priority":0}"#, "priority"),
        (#"{"match":{},"destination":{"vnf":1},"priority":30001}"#, "priority"),
        (#"{"match":{},"destination":{"vnf":1},"start":"now"}"#, "start"),
        (#"{"match":{},"destination":{"vnf":1},"mode":1}"#, "mode"),
        (#"{"match":{},"destination":{"vnf":1},"bidirectional":1}"#, "bidirectional"),
        (#"{"match":{},"destination":{"vnf":1},"maximumSilenceMs":0}"#, "maximumSilenceMs"),
        (#"{"match":{},"reverseMatch":{},"bidirectional":false,"destination":{"vnf":1}}"#, "reverseMatch"),
        (#"{"match":{},"reverseMatch":{},"start":"perFlow","destination":{"vnf":1}}"#, "reverseMatch"),
        (#"{"match":{},"destination":{"vnf":1},"prority":1}"#, "prority"),
    ])
    func aRulesFieldAtFaultIsNamed(json: String, field: String) {
        #expect(problem(RuleSpecification.self, json)?.field == field)
    }

    @Test(arguments: [
        (#"{"request":"ping"}"#, "version"), (#"{"version":2,"request":"ping"}"#, "version"), (#"{"version":1}"#, "request"),
        (#"{"version":1,"request":"reboot"}"#, "request"), (#"{"version":1,"request":"ping","id":1}"#, "id"),
        (#"{"version":1,"request":"createRule","id":"r","rule":{"match":{"ipv4_src":1},"destination":{"vnf":1}}}"#, "rule.match.ipv4_src"),
        (#"{"version":1,"request":"listHandovers","limit":0}"#, "limit"),
        (#"{"version":1,"request":"listHandovers","limit":1,"after":-1}"#, "after"),
    ])
    func aRequestsFieldAtFaultIsNamed(json: String, field: String) {
        #expect(problem(ControllerRequest.self, json)?.field == field)
    }

    @Test func anArrayOfTooManyElementsIsRefused() {
        let ports = Array(repeating: "1", count: 1_025).joined(separator: ",")
        let problem = problem(GroupDTO.Side.self, #"{"switch":"s1","hostPorts":[\#(ports)]}"#)
        #expect(problem == FieldError(field: "hostPorts", problem: "must have at most 1024 elements"))
    }

    @Test func deepNestingIsAnError() {
        let json = #"{"match":"# + String(repeating: "[", count: 100_000) + String(repeating: "]", count: 100_000) + "}"
        #expect(problem(RuleSpecification.self, json) != nil)
    }
}
