import BusMessages
import Testing

@Suite struct RoundTripTests {
    @Test(arguments: Samples.requests) func aRequestReadsAsItWasWritten(request: ControllerRequest) throws {
        #expect(try MessageCodec.decode(from: try MessageCodec.encode(request)) == request)
    }

    @Test(arguments: Samples.replies) func aReplyReadsAsItWasWritten(reply: ControllerReply) throws {
        #expect(try MessageCodec.decode(from: try MessageCodec.encode(reply)) == reply)
    }

    @Test(arguments: Samples.events) func anEventReadsAsItWasWritten(event: ControllerEvent) throws {
        #expect(try MessageCodec.decode(from: try MessageCodec.encode(event)) == event)
    }

    @Test func requestsLookAsDocumented() throws {
        let rule = RuleSpecification(match: MatchDTO(.any), priority: 10, destination: .vnf(2))
        let bytes = try MessageCodec.encode(ControllerRequest.createRule(id: "r1", rule))
        #expect(
            String(decoding: bytes, as: UTF8.self) == """
                {"id":"r1","request":"createRule","rule":{"bidirectional":true,"destination":{"vnf":2},"match":{},\
                "maximumDetectionMs":30000,"maximumSilenceMs":1000,"priority":10,"start":"perFlow"},"version":1}
                """)
    }

    @Test func aRuleIsWrittenWithItsSpecificationBesideItsState() throws {
        let rule = RuleDTO(
            id: "r1", group: "g1", specification: RuleSpecification(match: MatchDTO(.any), destination: .vnf(2)), state: .settled)
        #expect(
            String(decoding: try MessageCodec.encode(rule), as: UTF8.self) == """
                {"bidirectional":true,"destination":{"vnf":2},"group":"g1","handovers":{"aborted":0,"completed":0,"failed":0,"open":0},\
                "id":"r1","lostPackets":0,"match":{},"maximumDetectionMs":30000,"maximumSilenceMs":1000,"priority":100,"start":"perFlow",\
                "state":"settled"}
                """)
    }

    @Test func defaultsOfARuleAreFilledIn() throws {
        let json = #"{"match":{"udp_dst":5},"destination":{"vnf":2}}"#
        let rule = try MessageCodec.decode(RuleSpecification.self, from: Array(json.utf8))
        #expect(rule.priority == 100)
        #expect(rule.bidirectional)
        #expect(rule.start == .perFlow)
        #expect(rule.maximumSilenceMs == 1_000)
        #expect(rule.mode == nil)
    }

    @Test func aReverseMatchMakesTheRuleStartAsAGroup() throws {
        let json = #"{"match":{},"reverseMatch":{},"destination":{"vnf":2}}"#
        #expect(try MessageCodec.decode(RuleSpecification.self, from: Array(json.utf8)).start == .group)
    }

    @Test func numbersThatJSONCannotSayAreAnError() {
        let record = HandoverDTO(
            id: 1, rule: "r", flow: "f", source: 1, destination: 2, mode: .sharp, outcome: .completed, startedAtMs: 0, durationMs: .nan)
        #expect(throws: FieldError.self) { try MessageCodec.encode(record) }
    }

    @Test func aNewerControllerMaySayMoreInItsReplies() throws {
        let json = """
            {"version":1,"reply":"switch","new":1,"body":{"id":"s1","datapathId":"1","connected":true,"new":{"a":[1]}}}
            """
        let expected = SwitchDTO(SwitchSpecification(id: "s1", datapathId: DatapathID(bits: 1)), connected: true)
        #expect(try MessageCodec.decode(ControllerReply.self, from: Array(json.utf8)) == .switch(expected))
    }
}
