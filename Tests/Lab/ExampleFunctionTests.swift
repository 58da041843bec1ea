import ExampleVNFKit
import Frames
import JSONLines
import Testing
import TrafficKit

private let flow = FlowKey(
    network: .ipv4(
        source: IPv4Address(bits: 0x0A00_0001), destination: IPv4Address(bits: 0x0A00_0002), .udp(source: 5000, destination: 7000)))

private func frame(_ payload: [UInt8], trailing: Int = 0) -> [UInt8] { udpFrame(of: flow, payload, trailing: trailing) }

@Suite("The example function")
struct ExampleFunctionTests {
    @Test func stateMovesToTheDestinationAndGoesOnThere() throws {
        var source = ExampleFunction()
        var destination = ExampleFunction()
        for byte: UInt8 in 0..<10 { source.process(frame([byte])) }

        let peer = ControlEvent.Peer(vnf: 1, address: "10.9.0.1:7000")
        #expect(
            source.handle(ControlEvent(.start, handover: 7, role: .source, subject: .flow(flow)))
                == .answer(ControlReply(.ready, handover: 7)))
        #expect(
            destination.handle(ControlEvent(.start, handover: 7, role: .destination, subject: .flow(flow), peer: peer))
                == .answer(ControlReply(.ready, handover: 7)))
        #expect(destination.handle(ControlEvent(.transfer, handover: 7)) == .fetch(handover: 7, from: "10.9.0.1:7000"))
        let reply = source.fetched(handover: 7)
        #expect(destination.install(reply) == .answerLater(ControlReply(.stateReady, handover: 7)))
        for byte: UInt8 in 10..<20 { destination.process(frame([byte])) }
        #expect(source.handle(ControlEvent(.end, handover: 7, outcome: "completed")) == nil)

        var expected = SequenceDigest()
        for byte: UInt8 in 0..<20 { [byte].withUnsafeBytes { expected.append($0.bytes) } }
        let owned = try #require(destination.dumpFlows().first { $0.flow == "\(flow)" })
        #expect(owned.state == expected)
        #expect(owned.phase == "owned")
        #expect(source.dumpFlows().isEmpty)
        #expect(source.violations + destination.violations == 0)
    }

    @Test func aFrameOfAFrozenFlowOrBeforeTheStateIsInPlaceIsAViolation() {
        for role in [ControlEvent.Role.source, .destination] {
            var function = ExampleFunction()
            function.process(frame([1]))
            _ = function.handle(ControlEvent(.start, handover: 1, role: role, subject: .flow(flow)))
            function.process(frame([2]))
            #expect(function.violations == 1)
        }
    }

    @Test func aRepeatedStartChangesNothing() {
        var destination = ExampleFunction()
        let start = ControlEvent(.start, handover: 1, role: .destination, subject: .flow(flow))
        _ = destination.handle(start)
        _ = destination.install(.state(handover: 1, flows: [flow: SequenceDigest()]))
        #expect(destination.handle(start) == .answer(ControlReply(.ready, handover: 1)))
        destination.process(frame([1]))
        #expect(destination.violations == 0)
    }

    @Test func anAbortedHandoverThawsTheFlowAtItsSource() {
        var source = ExampleFunction()
        source.process(frame([1]))
        _ = source.handle(ControlEvent(.start, handover: 1, role: .source, subject: .flow(flow)))
        _ = source.handle(ControlEvent(.end, handover: 1, outcome: "aborted"))
        source.process(frame([2]))
        #expect(source.violations == 0)
        #expect(source.dumpFlows().first?.state.packets == 2)
    }

    @Test func stateThatIsNotFrozenIsNotGivenAway() {
        var source = ExampleFunction()
        source.process(frame([1]))
        guard case .refused = source.fetched(handover: 1) else {
            Issue.record("state was given away while packets could still change it")
            return
        }
    }

    @Test func aHandoverThatNobodyStartedIsAnsweredWithItsReason() {
        var function = ExampleFunction()
        guard case .answer(let reply)? = function.handle(ControlEvent(.transfer, handover: 3)) else {
            Issue.record("no answer")
            return
        }
        #expect(reply.event == .stateFailed)
        #expect(reply.reason != nil)
    }

    @Test func aOneWayHandoverLeavesTheMirrorAlone() {
        var source = ExampleFunction()
        _ = source.handle(ControlEvent(.start, handover: 1, role: .source, subject: .flow(flow.mirrored, bidirectional: false)))
        source.process(frame([1]))
        #expect(source.violations == 0)
    }

    @Test func paddingIsNoPayload() {
        frame([1, 2], trailing: 16).withUnsafeBytes { bytes in
            #expect([UInt8](copying: bytes.bytes.transportPayload()) == [1, 2])
        }
    }

    @Test func aFrameCutAnywhereIsPassedOverWithoutHarm() {
        let whole = frame([1, 2, 3])
        var function = ExampleFunction()
        for length in 0...whole.count { function.process(Array(whole.prefix(length))) }
        #expect(function.unreadable > 0)
    }

    @Test func theControlChannelsJSONIsWhatTheDesignSays() throws {
        let line = """
            {"event":"start","handover":7,"role":"source","flow":{"eth_type":2048,"ip_proto":17,"ipv4_src":"10.0.0.1",\
            "ipv4_dst":"10.0.0.2","udp_src":5000,"udp_dst":7000},"peer":{"vnf":2,"address":"10.9.0.2:7000"},"news":1}
            """
        let event = try ControlEvent(line: Array(line.utf8).span)
        #expect(event.subject == .flow(flow))
        #expect(event.role == .source)
        #expect(event.peer?.address == "10.9.0.2:7000")
    }

    @Test func whatIsNeitherAFlowNorAMatchIsRefused() throws {
        let line = #"{"event":"start","handover":7,"role":"source","flow":{"eth_type":2048,"ip_proto":17,"ipv4_src":"10.0.0.0/24"}}"#
        let event = try ControlEvent(line: Array(line.utf8).span)
        #expect(event.subject == nil)
        var function = ExampleFunction()
        guard case .answer(let reply)? = function.handle(event) else {
            Issue.record("no answer")
            return
        }
        #expect(reply.event == .stateFailed)
    }

    @Test func bothCopiesOfTheStateAreKeptUntilTheHandoverEnds() {
        for outcome in ["completed", "aborted"] {
            var (source, destination) = (ExampleFunction(), ExampleFunction())
            source.process(frame([1]))
            _ = source.handle(ControlEvent(.start, handover: 1, role: .source, subject: .flow(flow)))
            _ = destination.handle(ControlEvent(.start, handover: 1, role: .destination, subject: .flow(flow)))
            _ = destination.install(source.fetched(handover: 1))
            for function in [source, destination] { #expect(function.dumpFlows().first?.state.packets == 1) }
            _ = source.handle(ControlEvent(.end, handover: 1, outcome: outcome))
            _ = destination.handle(ControlEvent(.end, handover: 1, outcome: outcome))
            #expect(source.dumpFlows().isEmpty == (outcome == "completed"))
            #expect(destination.dumpFlows().isEmpty == (outcome == "aborted"))
        }
    }

    @Test func aFrameThatOvertakesTheWordOfAnAbortIsNoViolation() {
        var source = ExampleFunction()
        source.process(frame([1]))
        _ = source.handle(ControlEvent(.start, handover: 1, role: .source, subject: .flow(flow)))
        source.process(frame([2]))
        _ = source.handle(ControlEvent(.end, handover: 1, outcome: "aborted"))
        #expect(source.violations == 0)
        #expect(source.dumpFlows().first?.state.packets == 2)
    }

    @Test func whatFunctionsSayToEachOtherComesBackAndCutLinesAreRefused() throws {
        let requests = [PeerRequest.fetch(handover: 65_535), .fetch(handover: 0), .dump]
        let states = [flow: SequenceDigest(packets: .max, value: .max), flow.mirrored: SequenceDigest(packets: 0, value: 0)]
        let replies = [PeerReply.state(handover: 7, flows: states), .refused(handover: 7, reason: "\"no\"")]
        for request in requests {
            var line = JSONWriter()
            request.write(to: &line)
            #expect(try PeerRequest(line: line.bytes.span) == request)
            for length in 0..<line.bytes.count - 1 {
                #expect(throws: JSONError.self) { try PeerRequest(line: Array(line.bytes[..<length]).span) }
            }
        }
        for reply in replies {
            var line = JSONWriter()
            reply.write(to: &line)
            #expect(try PeerReply(line: line.bytes.span) == reply)
            for length in 0..<line.bytes.count - 1 {
                #expect(throws: JSONError.self) { try PeerReply(line: Array(line.bytes[..<length]).span) }
            }
        }
    }
}
