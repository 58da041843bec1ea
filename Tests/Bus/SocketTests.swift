import Bus
import Foundation
import Testing
import Timing

struct SocketTests {
    private let context: BusContext

    init() throws {
        context = try BusContext()
    }

    private func waiting(_ change: (inout SocketOptions) -> Void = { _ in }) -> SocketOptions {
        var options = SocketOptions()
        options.receiveTimeout = .seconds(10)
        change(&options)
        return options
    }

    @Test func aMessageArrivesWholeAndInOrder() throws {
        var reply = try BusSocket(.reply, in: context, options: waiting())
        let endpoint = try reply.bind("tcp://127.0.0.1:*")
        var request = try BusSocket(.request, in: context, options: waiting())
        try request.connect(endpoint)
        var isSent = SendResult.wouldBlock
        while isSent == .wouldBlock { isSent = try request.send(Multipart([bytes("a"), [], bytes("c")])) }
        #expect(try reply.receive().parts == [bytes("a"), [], bytes("c")])
        #expect(try reply.send(Multipart([bytes("d")])) == .sent)
        #expect(try request.receive().parts == [bytes("d")])
    }

    @Test func aPortInUseIsNamedWithTheWayOut() throws {
        var first = try BusSocket(.publish, in: context)
        let endpoint = try first.bind("tcp://127.0.0.1:*")
        var second = try BusSocket(.publish, in: context)
        #expect(throws: BusError.addressInUse(endpoint: endpoint)) { try second.bind(endpoint) }
        #expect(
            BusError.addressInUse(endpoint: endpoint).description
                == "\(endpoint): the address is in use: stop the other program or name another endpoint")
    }

    @Test func anIPCEndpointIsNotTakenFromALivingProgram() throws {
        let folder = try TemporaryFolder()
        var first = try BusSocket(.publish, in: context)
        try first.bind(folder.endpoint("events"))
        var second = try BusSocket(.publish, in: context)
        #expect(throws: BusError.addressInUse(endpoint: folder.endpoint("events"))) { try second.bind(folder.endpoint("events")) }
    }

    @Test func anIPCFileLeftBehindIsReplaced() throws {
        let folder = try TemporaryFolder()
        try Data().write(to: URL(fileURLWithPath: folder.path + "/events"))
        var socket = try BusSocket(.publish, in: context)
        #expect(try socket.bind(folder.endpoint("events")) == folder.endpoint("events"))
    }

    @Test(
        "what cannot be bound says why",
        arguments: [
            ("nonsense", BusError.malformedEndpoint(endpoint: "nonsense", reason: "not an endpoint")),
            ("carrier://pigeon", BusError.malformedEndpoint(endpoint: "carrier://pigeon", reason: "no such transport")),
            ("tcp://192.0.2.1:7", BusError.addressUnavailable(endpoint: "tcp://192.0.2.1:7")),
            ("ipc:///no/such/folder/x", BusError.folderMissing(endpoint: "ipc:///no/such/folder/x")),
        ])
    func whatCannotBeBoundSaysWhy(endpoint: String, error: BusError) throws {
        var socket = try BusSocket(.publish, in: context)
        #expect(throws: error) { try socket.bind(endpoint) }
        #expect(!error.description.contains("\n"))
    }

    @Test func aSocketThatNobodyConnectsToWouldBlock() throws {
        var dealer = try BusSocket(.dealer, in: context)
        try dealer.bind("tcp://127.0.0.1:*")
        #expect(try dealer.send(Multipart([bytes("x")])) == .wouldBlock)
    }

    @Test func aFullQueueRefusesInsteadOfWaiting() throws {
        let limits = waiting {
            $0.sendHighWaterMark = 5
            $0.receiveHighWaterMark = 5
        }
        var sink = try BusSocket(.dealer, in: context, options: limits)
        try sink.bind("inproc://full")
        var source = try BusSocket(.dealer, in: context, options: limits)
        try source.connect("inproc://full")
        var sent = 0
        while try source.send(Multipart([bytes("x")])) == .sent { sent += 1 }
        #expect(sent == 10)
    }

    @Test func aReceiveEndsWhenItsTimeIsUp() throws {
        var socket = try BusSocket(.subscribe, in: context, options: waiting { $0.receiveTimeout = .milliseconds(1) })
        #expect(throws: BusError.timedOut) { try socket.receive() }
        #expect(try socket.receiveIfReady() == nil)
    }

    @Test func messagesOverTheLimitsAreRefusedOnBothSides() throws {
        let strict = waiting {
            $0.maximumParts = 2
            $0.maximumPartSize = 10
        }
        var sink = try BusSocket(.dealer, in: context, options: strict)
        try sink.bind("inproc://limits")
        var generous = try BusSocket(.dealer, in: context)
        try generous.connect("inproc://limits")
        #expect(try generous.send(Multipart([[1], [2], [3]])) == .sent)
        #expect(try generous.send(Multipart([[UInt8](repeating: 0, count: 11), [2]])) == .sent)
        #expect(try generous.send(Multipart([[4]])) == .sent)
        #expect(throws: BusError.tooManyParts(limit: 2)) { try sink.receive() }
        #expect(throws: BusError.partTooLarge(limit: 10)) { try sink.receive() }
        #expect(try sink.receive().parts == [[4]])
        #expect(throws: BusError.tooManyParts(limit: 2)) { try sink.send(Multipart([[1], [2], [3]])) }
        #expect(throws: BusError.partTooLarge(limit: 10)) { try sink.send(Multipart([[UInt8](repeating: 0, count: 11)])) }
    }

    @Test func aRouterSaysWhenAPeerIsGone() throws {
        var router = try BusSocket(.router, in: context)
        try router.bind("inproc://router")
        #expect(throws: BusError.unroutable) { try router.send(Multipart([bytes("nobody"), bytes("x")])) }
    }

    @Test func aRouterKnowsAPeerByTheIdentityItChose() throws {
        var router = try BusSocket(.router, in: context, options: waiting())
        try router.bind("inproc://identity")
        var dealer = try BusSocket(.dealer, in: context, options: waiting { $0.identity = bytes("northbound") })
        try dealer.connect("inproc://identity")
        #expect(try dealer.send(Multipart([bytes("x")])) == .sent)
        #expect(try router.receive().parts == [bytes("northbound"), bytes("x")])
    }

    @Test func curveKeysAreReadAndTheSecretOneIsNotShown() throws {
        let keys = try CurveKeyPair.generate()
        #expect(try CurveKey(keys.publicKey.text) == keys.publicKey)
        #expect(!"\(keys)".contains(keys.secretKey.text))
        for text in ["", "short", String(repeating: "é", count: 20), String(repeating: "\u{7f}", count: 40)] {
            #expect(throws: BusError.malformedKey) { try CurveKey(text) }
        }
    }
}
