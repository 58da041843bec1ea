import BusMessages
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NorthboundAPI
import Testing

/// An HTTP exchange with the interface, without a socket where that will do.
struct Harness: Sendable {
    let client: any TestClientProtocol

    /// Runs `test` against the interface to `controller`.
    static func run(
        _ controller: FakeController, log: EventLog = EventLog(), tokens: BearerTokens? = nil, over setup: TestingSetup = .router,
        _ test: @Sendable (Harness) async throws -> Void
    ) async throws {
        let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let router = NorthboundAPI(client: controller, log: log, tokens: tokens).router()
        try await Application(router: router, logger: quiet).test(setup) { try await test(Harness(client: $0)) }
    }

    func send(
        _ method: HTTPRequest.Method, _ path: String, _ body: String? = nil, contentType: String? = "application/json",
        headers: HTTPFields = [:]
    ) async throws -> TestResponse {
        var headers = headers
        if body != nil { headers[.contentType] = contentType }
        return try await client.execute(uri: path, method: method, headers: headers, body: body.map(ByteBuffer.init(string:)))
    }

    func send(
        _ method: HTTPRequest.Method, _ path: String, _ body: String? = nil, header: String, _ value: String
    ) async throws -> TestResponse {
        let name = try #require(HTTPField.Name(header))
        return try await send(method, path, body, headers: [name: value])
    }
}

/// The members of a problem document.
struct ProblemBody: Decodable {
    let type: String
    let title: String
    let status: Int
    let detail: String
    let field: String?
}

extension TestResponse {
    /// The body as JSON of this kind.
    func json<Body: Decodable>(_: Body.Type = Body.self) throws -> Body {
        try MessageCodec.decode(Body.self, from: Array(body.readableBytesView))
    }

    var text: String { String(buffer: body) }

    /// The problem document, which must say the status and be declared as what it is.
    func problem() throws -> ProblemBody {
        #expect(headers[.contentType] == "application/problem+json")
        let problem: ProblemBody = try json()
        #expect(problem.status == status.code)
        return problem
    }
}
