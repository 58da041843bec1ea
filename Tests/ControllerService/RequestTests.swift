import BusMessages
import ControllerService
import Frames
import HandoverEngine
import Logging
import NIOEmbedded
import Testing

/// A controller without switches and without a bus.
private struct Controller {
    let handler: RequestHandler

    init() {
        let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let host = EngineHost(engine: Engine(), eventLoop: EmbeddedEventLoop(), logger: quiet) { _, _ in }
        handler = RequestHandler(host: host, translation: Translation(unixOrigin: 0))
    }

    /// The answer to a request in JSON.
    func answer(_ json: String) throws -> ControllerReply {
        handler.answer(try MessageCodec.decode(from: Array(json.utf8)))
    }

    func refusal(_ json: String) throws -> BusMessages.Refusal {
        guard case .refused(let refusal) = try answer(json) else { throw NotRefused() }
        return refusal
    }

    func register() throws {
        for (id, datapath) in [("s1", "1"), ("s2", "2")] {
            _ = try answer(#"{"version":1,"request":"putSwitch","switch":{"id":"\#(id)","datapathId":"\#(datapath)"}}"#)
        }
        _ = try answer(
            """
            {"version":1,"request":"putGroup","group":{"id":"g","ingress":{"switch":"s1","hostPorts":[1]},
             "egress":{"switch":"s2","hostPorts":[1]}}}
            """)
        for vnf in 1...2 {
            _ = try answer(
                """
                {"version":1,"request":"putVNF","vnf":{"id":\(vnf),"group":"g","ingress":{"port":\(vnf + 1),"mac":"02:00:00:00:01:0\(vnf)"},
                 "egress":{"port":\(vnf + 1),"mac":"02:00:00:00:02:0\(vnf)"},"address":"10.9.0.\(vnf):7000"}}
                """)
        }
    }

    func rule(_ id: String, _ body: String) -> String { #"{"version":1,"request":"createRule","id":"\#(id)","rule":\#(body)}"# }
}

private struct NotRefused: Error {}

@Suite struct RequestTests {
    private let controller = Controller()

    @Test func whatWasRegisteredIsListed() throws {
        try controller.register()
        guard case .snapshot(let snapshot) = try controller.answer(#"{"version":1,"request":"snapshot"}"#) else {
            return #expect(Bool(false), "a snapshot is answered by one")
        }
        #expect(snapshot.switches.map(\.id) == ["s1", "s2"])
        #expect(snapshot.groups.map(\.id) == ["g"])
        #expect(snapshot.vnfs.map(\.address) == ["10.9.0.1:7000", "10.9.0.2:7000"])
    }

    @Test func aRuleIsAnsweredWithItsState() throws {
        try controller.register()
        let request = controller.rule("r1", #"{"match":{"udp_dst":7},"priority":10,"destination":{"vnf":2}}"#)
        guard case .rule(let rule) = try controller.answer(request) else { return #expect(Bool(false), "a rule is answered by itself") }
        #expect(rule.id == "r1")
        #expect(rule.state == .pending, "nobody has said yet what the instances can")
        #expect(try controller.answer(request) == .rule(rule))
    }

    @Test func aRuleSaysWhatModeItIsInAndWhy() throws {
        try controller.register()
        let request = controller.rule("r1", #"{"match":{"udp_dst":7},"priority":10,"destination":{"vnf":2},"mode":"sharp"}"#)
        guard case .rule(let rule) = try controller.answer(request) else { return #expect(Bool(false), "a rule is answered by itself") }
        #expect(rule.state == .detecting)
        #expect(rule.mode == .sharp && rule.specification.mode == .sharp)
        #expect(rule.modeReason == "as asked")
    }

    @Test func aDestinationMayBeNamedByItsAddress() throws {
        try controller.register()
        let request = controller.rule("r1", #"{"match":{},"priority":10,"destination":{"mac":"02:00:00:00:02:02"}}"#)
        guard case .rule(let rule) = try controller.answer(request) else { return #expect(Bool(false), "the address is known") }
        #expect(rule.specification.destination == .vnf(2))
    }

    @Test func whatIsNotKnownIsNamed() throws {
        try controller.register()
        let vnf = try controller.refusal(controller.rule("r1", #"{"match":{},"priority":10,"destination":{"vnf":9}}"#))
        #expect(vnf.status == .notFound)
        #expect(vnf.field == "destination.vnf")
        #expect(vnf.message == "VNF 9 is not known")
        let mac = try controller.refusal(controller.rule("r1", #"{"match":{},"priority":10,"destination":{"mac":"02:00:00:00:09:09"}}"#))
        #expect(mac.field == "destination.mac")
        #expect(try controller.refusal(#"{"version":1,"request":"getRule","id":"nope"}"#).status == .notFound)
        #expect(try controller.refusal(#"{"version":1,"request":"getHandover","id":5}"#).status == .notFound)
    }

    @Test func whatContradictsIsAConflict() throws {
        try controller.register()
        _ = try controller.answer(controller.rule("r1", #"{"match":{"udp_dst":7},"priority":10,"destination":{"vnf":2}}"#))
        let overlap = try controller.refusal(controller.rule("r2", #"{"match":{},"priority":10,"destination":{"vnf":1}}"#))
        #expect(overlap.status == .conflict)
        let reused = try controller.refusal(controller.rule("r1", #"{"match":{"udp_dst":8},"priority":10,"destination":{"vnf":2}}"#))
        #expect(reused.status == .conflict)
        let moved = try controller.refusal(#"{"version":1,"request":"putSwitch","switch":{"id":"s1","datapathId":"9"}}"#)
        #expect(moved.status == .conflict)
    }

    @Test func flowsMoveTogetherInDirectModeOnly() throws {
        try controller.register()
        let sharp = #"{"match":{},"priority":10,"destination":{"vnf":2},"start":"group","mode":"sharp"}"#
        #expect(throws: FieldError.self) { try controller.answer(controller.rule("r1", sharp)) }
        let request = controller.rule("r1", #"{"match":{},"priority":10,"destination":{"vnf":2},"start":"group"}"#)
        guard case .rule(let rule) = try controller.answer(request) else { return #expect(Bool(false), "a rule is answered by itself") }
        #expect(rule.specification.mode == .direct)
    }
}
