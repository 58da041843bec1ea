import ConntrackKit
import Frames
import JSONLines
import Testing

@Suite struct ControlLineTests {
    private func event(_ text: String) throws -> ControlEvent { try ControlEvent(line: Array(text.utf8).span) }

    private let flow =
        #""flow":{"eth_type":2048,"ip_proto":6,"ipv4_src":"10.1.0.2","ipv4_dst":"10.2.0.2","tcp_src":40414,"tcp_dst":80}"#

    @Test func theAgentsWordsAreUnderstood() throws {
        let subject = Subject.flow(Sample.web().original.flow)
        #expect(
            try event(#"{"event":"start","handover":7,"role":"source",\#(flow),"peer":{"vnf":2,"address":"10.9.0.2:7000"}}"#)
                == .start(handover: 7, role: .source, subject))
        #expect(
            try event(#"{"event":"transfer","handover":7,\#(flow),"peer":{"vnf":1,"address":"10.9.0.1:7000"}}"#)
                == .transfer(handover: 7, subject, peerAddress: "10.9.0.1:7000"))
        #expect(try event(#"{"event":"end","handover":7,"outcome":"completed"}"#) == .end(handover: 7, isCompleted: true))
        #expect(try event(#"{"event":"end","handover":7,"outcome":"aborted"}"#) == .end(handover: 7, isCompleted: false))
        #expect(try event(#"{"event":"error","message":"no"}"#) == .error("no"))
        #expect(try event(#"{"event":"mirrored","handover":7}"#) == .other)
    }

    @Test func aMatchNamesManyFlows() throws {
        let start = try event(
            #"{"event":"start","handover":7,"role":"source","match":{"ip_proto":6,"ipv4_src":"10.1.0.0/24"},"peer":{"vnf":2}}"#)
        guard case .start(7, .source, let subject) = start else {
            Issue.record("\(start)")
            return
        }
        #expect(subject.covers(Sample.web()))
        #expect(subject.covers(Sample.forwarded))
        #expect(!subject.covers(Sample.plain))
        #expect(!subject.covers(Sample.ipv6))
    }

    @Test(arguments: [
        "{}", "7", #"{"event":"start","handover":7,"role":"source"}"#, #"{"event":"start","handover":7,"role":"both","match":{}}"#,
        #"{"event":"end"}"#, #"{"event":"start","handover":7,"role":"source","match":{"ipv4_src":"nowhere"}}"#,
    ])
    func whatNobodyCanObeyIsRefused(_ text: String) {
        #expect(throws: JSONError.malformed) { try event(text) }
    }

    @Test func repliesAreLinesOfTheControlChannel() {
        func text(_ reply: ControlReply) -> String {
            var writer = JSONWriter()
            reply.write(to: &writer)
            return String(decoding: writer.bytes, as: UTF8.self)
        }
        #expect(text(.ready(handover: 7)) == "{\"event\":\"ready\",\"handover\":7}\n")
        #expect(text(.stateReady(handover: 7)) == "{\"event\":\"stateReady\",\"handover\":7}\n")
        #expect(text(.stateFailed(handover: 7, reason: "x")) == "{\"event\":\"stateFailed\",\"handover\":7,\"reason\":\"x\"}\n")
        #expect(text(.mirror(handover: 7, Sample.web().reply.flow)).contains(#""event":"mirror","flow":{"eth_type":2048"#))
    }
}
