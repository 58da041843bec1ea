import Bus
import Testing
import Timing

struct SecurityTests {
    private let server = Result { try CurveKeyPair.generate() }
    private let own = Result { try CurveKeyPair.generate() }

    /// Whether a client with these keys gets an answer from a server that lets in `allowed`.
    private func isAnswered(serverKey: CurveKey, keys: CurveKeyPair, allowed: Set<CurveKey>?) async throws -> Bool {
        var options = SocketOptions()
        options.security = .server(try server.get())
        let controller = try BusThread(service: "controller", allowing: allowed)
        let requestServer = try controller.requestServer(.bind("tcp://127.0.0.1:*"), options: options) { $0.reply($0.body) }
        let northbound = try BusThread(service: "northbound")
        options.security = .client(server: serverKey, own: keys)
        let client = try northbound.requestClient(requestServer.endpoints[0], options: options)
        let isExpected = try serverKey == server.get().publicKey && allowed?.contains(keys.publicKey) != false
        let answer = try? await client.request(bytes("x"), timeout: isExpected ? .seconds(10) : .milliseconds(300))
        await northbound.shutdown()
        await controller.shutdown()
        return answer == bytes("x")
    }

    @Test func aClientWithTheRightKeysIsAnswered() async throws {
        let keys = try own.get()
        #expect(try await isAnswered(serverKey: server.get().publicKey, keys: keys, allowed: nil))
        #expect(try await isAnswered(serverKey: server.get().publicKey, keys: keys, allowed: [keys.publicKey]))
    }

    @Test func aClientThatExpectsAnotherServerGetsNoAnswer() async throws {
        let other = try CurveKeyPair.generate()
        #expect(try await !isAnswered(serverKey: other.publicKey, keys: own.get(), allowed: nil))
    }

    @Test func aClientThatIsNotOnTheListGetsNoAnswer() async throws {
        let other = try CurveKeyPair.generate()
        #expect(try await !isAnswered(serverKey: server.get().publicKey, keys: own.get(), allowed: [other.publicKey]))
    }
}
