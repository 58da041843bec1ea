import Bus
import Testing
import Timing

struct RequestTests {
    private let folder: TemporaryFolder
    private let client: BusThread
    private let long = TimeSpan.seconds(10)
    private let short = TimeSpan.milliseconds(50)

    init() throws {
        folder = try TemporaryFolder()
        client = try BusThread(service: "northbound")
    }

    /// A server that answers each request with its body turned round.
    private func mirror(_ endpoint: String) throws -> (bus: BusThread, server: RequestServer) {
        let bus = try BusThread(service: "controller")
        return (bus, try bus.requestServer(.bind(endpoint)) { $0.reply($0.body.reversed()) })
    }

    @Test func everyRequestGetsItsOwnAnswer() async throws {
        let (bus, server) = try mirror("tcp://127.0.0.1:*")
        let requests = try client.requestClient(server.endpoints[0])
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<200 {
                group.addTask {
                    let answer = try await requests.request(bytes("<\(number)>"), timeout: .seconds(10))
                    #expect(answer == bytes("<\(number)>").reversed())
                }
            }
            try await group.waitForAll()
        }
        #expect(server.statistics.received == 200)
        #expect(await eventually { server.statistics.answered == 200 })
        await client.shutdown()
        await bus.shutdown()
    }

    @Test func withoutAServerARequestTimesOut() async throws {
        let endpoint = folder.endpoint("requests")
        let requests = try client.requestClient(endpoint)
        await #expect(throws: RequestError.timedOut(after: short, endpoint: endpoint)) {
            try await requests.request([], timeout: short)
        }
        await client.shutdown()
    }

    @Test func aRequestThatTimedOutIsNotCarriedOutLater() async throws {
        let endpoint = folder.endpoint("requests")
        let requests = try client.requestClient(endpoint)
        await #expect(throws: RequestError.self) { try await requests.request(bytes("old"), timeout: short) }
        let seen = Gathered<[UInt8]>()
        let bus = try BusThread(service: "controller")
        _ = try bus.requestServer(.bind(endpoint)) {
            seen.add($0.body)
            $0.reply([])
        }
        _ = try await requests.request(bytes("new"), timeout: long)
        #expect(seen.all == [bytes("new")])
        await client.shutdown()
        await bus.shutdown()
    }

    @Test func requestsGoOnAfterTheServerRestarted() async throws {
        let endpoint = folder.endpoint("requests")
        let requests = try client.requestClient(endpoint)
        let first = try mirror(endpoint)
        #expect(try await requests.request(bytes("ab"), timeout: long) == bytes("ba"))
        await first.bus.shutdown()
        // Asked while nobody is there, answered by the next server.
        async let waiting = requests.request(bytes("cd"), timeout: long)
        let second = try mirror(endpoint)
        #expect(try await waiting == bytes("dc"))
        #expect(try await requests.request(bytes("ef"), timeout: long) == bytes("fe"))
        await client.shutdown()
        await second.bus.shutdown()
    }

    @Test func aRequestThatWentDownWithItsServerTimesOut() async throws {
        let endpoint = folder.endpoint("requests")
        let requests = try client.requestClient(endpoint)
        let received = Gathered<IncomingRequest>()
        let silent = try BusThread(service: "controller")
        _ = try silent.requestServer(.bind(endpoint)) { received.add($0) }
        let lost = Task { try await requests.request(bytes("lost"), timeout: .milliseconds(500)) }
        #expect(await eventually { !received.all.isEmpty })
        await silent.shutdown()
        let next = try mirror(endpoint)
        await #expect(throws: RequestError.self) { try await lost.value }
        #expect(try await requests.request(bytes("ab"), timeout: long) == bytes("ba"))
        #expect(next.server.statistics.received == 1)
        await client.shutdown()
        await next.bus.shutdown()
    }

    @Test func aRefusalIsAnErrorWithItsReason() async throws {
        let bus = try BusThread(service: "controller")
        let server = try bus.requestServer(.bind("tcp://127.0.0.1:*")) { $0.refuse("not now") }
        let requests = try client.requestClient(server.endpoints[0])
        await #expect(throws: RequestError.refused("not now")) { try await requests.request([], timeout: long) }
        await client.shutdown()
        await bus.shutdown()
    }

    @Test func aCancelledTaskStopsWaiting() async throws {
        let requests = try client.requestClient(folder.endpoint("requests"))
        let task = Task { try await requests.request([], timeout: .seconds(3_600)) }
        task.cancel()
        await #expect(throws: RequestError.cancelled) { try await task.value }
        await client.shutdown()
    }

    @Test func tooManyRequestsAreRefusedAtOnce() async throws {
        let requests = try client.requestClient(folder.endpoint("requests"), limit: 1)
        await withTaskGroup(of: RequestError?.self) { group in
            for _ in 0..<2 {
                group.addTask {
                    do throws(RequestError) {
                        _ = try await requests.request([], timeout: .seconds(3_600))
                        return nil
                    } catch {
                        return error
                    }
                }
            }
            #expect(await group.next() == .tooManyWaiting(limit: 1))
            group.cancelAll()
        }
        await client.shutdown()
    }

    @Test func shutdownAnswersEverybodyWhoWaits() async throws {
        let requests = try client.requestClient(folder.endpoint("requests"))
        let task = Task { try await requests.request([], timeout: .seconds(3_600)) }
        await client.shutdown()
        await #expect(throws: RequestError.closed) { try await task.value }
        await #expect(throws: RequestError.closed) { try await requests.request([], timeout: long) }
        #expect(throws: BusError.terminated) { try client.requestClient(folder.endpoint("requests")) }
        await client.shutdown()
    }

    @Test func aMalformedRequestIsRefusedAndTheServerLivesOn() async throws {
        let (bus, server) = try mirror("tcp://127.0.0.1:*")
        var options = SocketOptions()
        options.receiveTimeout = .seconds(10)
        var stranger = try BusSocket(.dealer, in: BusContext(), options: options)
        try stranger.connect(server.endpoints[0])
        let correlation: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 7]
        #expect(try stranger.send(Multipart([bytes("no request")])) == .sent)
        #expect(try stranger.send(Multipart([correlation, bytes(#"{"version":2}"#), []])) == .sent)
        let refusal = try RequestEnvelope(decoding: stranger.receive())
        #expect(refusal.correlation == 7)
        #expect(refusal.header.error?.contains("version 2") == true)
        #expect(server.statistics.malformed == 1)
        #expect(server.statistics.otherVersion == 1)
        let requests = try client.requestClient(server.endpoints[0])
        #expect(try await requests.request(bytes("ab"), timeout: long) == bytes("ba"))
        await client.shutdown()
        await bus.shutdown()
    }
}
