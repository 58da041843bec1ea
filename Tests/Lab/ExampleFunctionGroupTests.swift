import ExampleVNFKit
import Frames
import Testing
import TrafficKit

/// All flows of a match, which the example function moves together.
@Suite("The example function's groups")
struct ExampleFunctionGroupTests {
    private static let flows = (0..<5 as Range<UInt16>).map { number in
        FlowKey(
            network: .ipv4(
                source: IPv4Address(bits: 0x0A00_0001), destination: IPv4Address(bits: 0x0A00_0002),
                .udp(source: 5000 + number, destination: 7000 + number)))
    }

    private static func match() throws -> FlowMatch {
        var fields = FlowMatch.Fields()
        fields.ipProtocol = IPProtocol.udp
        fields.ipv4Source = Masked(IPv4Address(bits: 0x0A00_0001))
        fields.etherType = EtherType.ipv4
        return try FlowMatch(fields)
    }

    private static func start(_ role: ControlEvent.Role, bidirectional: Bool = true) throws -> ControlEvent {
        ControlEvent(.start, handover: 7, role: role, subject: .match(try match(), bidirectional: bidirectional))
    }

    private let ready = ExampleFunction.Action.answer(ControlReply(.ready, handover: 7))

    @Test func allFlowsOfAMatchMoveWithOneFetchInBothDirections() throws {
        var (source, destination) = (ExampleFunction(), ExampleFunction())
        for flow in Self.flows { for key in [flow, flow.mirrored] { source.process(udpFrame(of: key, [1])) } }
        #expect(source.handle(try Self.start(.source)) == ready)
        #expect(destination.handle(try Self.start(.destination)) == ready)
        let reply = source.fetched(handover: 7)
        guard case .state(7, let states) = reply else {
            Issue.record("the state is refused")
            return
        }
        #expect(states.count == 10)
        #expect(destination.install(reply) == .answerLater(ControlReply(.stateReady, handover: 7)))
        let end = ControlEvent(.end, handover: 7, outcome: "completed")
        _ = source.handle(end)
        _ = destination.handle(end)
        #expect(source.dumpFlows().isEmpty)
        #expect(destination.dumpFlows().map(\.state.packets) == Array(repeating: 1, count: 10))
        #expect(destination.dumpFlows().allSatisfy { $0.phase == "owned" })
    }

    @Test func flowsThatAMatchDoesNotCoverStay() throws {
        var source = ExampleFunction()
        let other = FlowKey(
            network: .ipv4(
                source: IPv4Address(bits: 0x0A00_0003), destination: IPv4Address(bits: 0x0A00_0004), .udp(source: 5000, destination: 7000)))
        source.process(udpFrame(of: other, [1]))
        _ = source.handle(try Self.start(.source))
        #expect(source.fetched(handover: 7) == .state(handover: 7, flows: [:]))
        source.process(udpFrame(of: other, [2]))
        #expect(source.violations == 0)
    }

    @Test func aMatchOfOneDirectionLeavesTheMirrorAlone() throws {
        var source = ExampleFunction()
        for key in [Self.flows[0], Self.flows[0].mirrored] { source.process(udpFrame(of: key, [1])) }
        _ = source.handle(try Self.start(.source, bidirectional: false))
        guard case .state(7, let states) = source.fetched(handover: 7) else {
            Issue.record("the state is refused")
            return
        }
        #expect(Array(states.keys) == [Self.flows[0]])
        source.process(udpFrame(of: Self.flows[0].mirrored, [2]))
        #expect(source.violations == 0)
    }

    @Test func aFlowThatBeginsTooEarlyIsAViolationAndOneThatBeginsLaterIsOwned() throws {
        var (source, destination) = (ExampleFunction(), ExampleFunction())
        _ = source.handle(try Self.start(.source))
        _ = destination.handle(try Self.start(.destination))
        source.process(udpFrame(of: Self.flows[0], [1]))
        destination.process(udpFrame(of: Self.flows[1], [1]))
        #expect(source.violations == 1)
        #expect(destination.violations == 1)
        _ = destination.install(source.fetched(handover: 7))
        destination.process(udpFrame(of: Self.flows[2], [1]))
        #expect(destination.violations == 1)
    }

    @Test func aGroupThatComesLeavesFlowsThatWereThere() throws {
        var destination = ExampleFunction()
        destination.process(udpFrame(of: Self.flows[0], [1]))
        _ = destination.handle(try Self.start(.destination))
        destination.process(udpFrame(of: Self.flows[0], [2]))
        _ = destination.handle(ControlEvent(.end, handover: 7, outcome: "aborted"))
        #expect(destination.violations == 0)
        #expect(destination.dumpFlows().map(\.state.packets) == [2])
    }

    @Test func anAbortedGroupIsForgottenByTheDestinationAndThawsAtTheSource() throws {
        var (source, destination) = (ExampleFunction(), ExampleFunction())
        for flow in Self.flows { source.process(udpFrame(of: flow, [1])) }
        _ = source.handle(try Self.start(.source))
        _ = destination.handle(try Self.start(.destination))
        _ = destination.install(source.fetched(handover: 7))
        for flow in Self.flows { source.process(udpFrame(of: flow, [2])) }
        let end = ControlEvent(.end, handover: 7, outcome: "aborted")
        _ = source.handle(end)
        _ = destination.handle(end)
        #expect(destination.dumpFlows().isEmpty)
        #expect(source.dumpFlows().map(\.state.packets) == Array(repeating: 2, count: 5))
        #expect(source.violations == 0)
    }

    @Test func stateThatComesTwiceDoesNotReplaceWhatCameBetween() throws {
        var (source, destination) = (ExampleFunction(), ExampleFunction())
        source.process(udpFrame(of: Self.flows[0], [1]))
        _ = source.handle(try Self.start(.source))
        _ = destination.handle(try Self.start(.destination))
        let reply = source.fetched(handover: 7)
        _ = destination.install(reply)
        destination.process(udpFrame(of: Self.flows[0], [2]))
        #expect(destination.install(reply) == .answerLater(ControlReply(.stateReady, handover: 7)))
        #expect(destination.dumpFlows().map(\.state.packets) == [2])
    }

    @Test func stateThatDoesNotMoveIsNotTaken() throws {
        var destination = ExampleFunction()
        _ = destination.handle(try Self.start(.destination, bidirectional: false))
        guard case .answer(let reply) = destination.install(.state(handover: 7, flows: [Self.flows[0].mirrored: SequenceDigest()])) else {
            Issue.record("it was taken")
            return
        }
        #expect(reply.event == .stateFailed)
    }

    @Test func aFunctionIsWrongInTheWayItIsTold() throws {
        var failing = ExampleFunction(fault: .stateFailed)
        var silent = ExampleFunction(fault: .neverReady)
        var dying = ExampleFunction(fault: .dies)
        let transfer = ControlEvent(.transfer, handover: 7, peer: ControlEvent.Peer(vnf: 1, address: "10.9.0.1:7000"))
        #expect(failing.handle(try Self.start(.destination)) == ready)
        #expect(failing.handle(transfer) == .answer(ControlReply(.stateFailed, handover: 7, reason: "told to fail")))
        #expect(silent.handle(try Self.start(.destination)) == nil)
        #expect(dying.handle(try Self.start(.destination)) == ready)
        #expect(dying.handle(transfer) == .die)
    }

    @Test func aMatchIsReadAsTheAgentWritesIt() throws {
        let line = """
            {"event":"start","handover":7,"role":"source","match":{"eth_type":2048,"ip_proto":17,"ipv4_src":"10.0.0.1"},\
            "peer":{"vnf":2,"address":"10.9.0.2:7000"}}
            """
        #expect(try ControlEvent(line: Array(line.utf8).span).subject == .match(try Self.match()))
    }
}
