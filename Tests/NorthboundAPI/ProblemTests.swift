import BusMessages
import HTTPTypes
import HummingbirdTesting
import NorthboundAPI
import Testing

@Suite struct ProblemTests {
    @Test(arguments: [
        ("/v1/switches", #"{"id":"s1","datapathId":"xyz"}"#, "datapathId"),
        ("/v1/groups", #"{"id":"g1","ingress":{"switch":"s1","hostPorts":[{}]},"egress":{}}"#, "ingress.hostPorts[0]"),
        ("/v1/vnfs", #"{"id":70000}"#, "id"),
        ("/v1/rules", #"{"match":{"ipv4_src":"10.0.0.300"},"destination":{"vnf":2}}"#, "match.ipv4_src"),
        ("/v1/rules", #"{"match":{"ip_proto":6,"udp_dst":1},"destination":{"vnf":2}}"#, "match.udp_dst"),
        ("/v1/rules", #"{"match":{},"destination":{"vnf":"two"}}"#, "destination.vnf"),
        ("/v1/rules", #"{"match":{},"destination":{"vnf":2},"prio":1}"#, "prio"),
    ])
    func aMalformedBodyIsABadRequestThatNamesTheField(path: String, body: String, field: String) async throws {
        let controller = FakeController.content()
        try await Harness.run(controller) { api in
            let response = try await api.send(.post, path, body)
            #expect(response.status == .badRequest)
            #expect(try response.problem().field == field)
        }
        #expect(controller.requests.isEmpty)
    }

    @Test(arguments: ["", "{", "[]x", "\u{1}"]) func whatIsNoJSONIsABadRequest(body: String) async throws {
        try await Harness.run(.content()) { api in
            let response = try await api.send(.post, "/v1/rules", body)
            #expect(response.status == .badRequest)
            #expect(try response.problem().field == nil)
        }
    }

    @Test(arguments: [nil, "text/plain", "application/x-www-form-urlencoded", "application/jsonx"])
    func anotherContentTypeIsUnsupported(type: String?) async throws {
        try await Harness.run(.content()) { api in
            let response = try await api.send(.post, "/v1/rules", One.ruleJSON, contentType: type)
            #expect(response.status == .unsupportedMediaType)
            #expect(try response.problem().field == "Content-Type")
        }
    }

    @Test func aCharsetBesideTheContentTypeIsFine() async throws {
        try await Harness.run(.content()) { api in
            let response = try await api.send(.post, "/v1/rules", One.ruleJSON, contentType: "Application/JSON; charset=utf-8")
            #expect(response.status == .accepted)
        }
    }

    @Test func aBodyThatIsTooLargeIsRefused() async throws {
        try await Harness.run(.content()) { api in
            let response = try await api.send(.post, "/v1/rules", String(repeating: " ", count: 64 * 1024) + One.ruleJSON)
            #expect(response.status == .contentTooLarge)
            _ = try response.problem()
        }
    }

    @Test(arguments: [
        (Refusal(.badRequest, field: "destination.vnf", "VNF 2 is not in the group"), 400),
        (Refusal(.notFound, field: "destination.vnf", "there is no VNF 2"), 404),
        (Refusal(.conflict, field: "priority", "rule r1 has this match and priority"), 409),
        (Refusal(.unavailable, field: nil, "switch s1 is not connected"), 503),
    ])
    func whatTheControllerRefusesIsToldWithItsReason(refusal: Refusal, status: Int) async throws {
        try await Harness.run(.refusing(refusal)) { api in
            let response = try await api.send(.post, "/v1/rules", One.ruleJSON)
            let problem = try response.problem()
            #expect(problem.status == status)
            #expect(problem.detail == refusal.message)
            #expect(problem.field == refusal.field)
            #expect((response.headers[.retryAfter] != nil) == (status == 503))
        }
    }

    @Test func aControllerThatDoesNotAnswerMakesTheServiceUnavailable() async throws {
        for error in [ControllerClientError.silent, .overloaded] {
            try await Harness.run(FakeController { _ throws(ControllerClientError) in throw error }) { api in
                let response = try await api.send(.get, "/v1/rules")
                #expect(response.status == .serviceUnavailable)
                #expect(response.headers[.retryAfter] != nil)
                _ = try response.problem()
            }
        }
    }

    @Test func anAnswerThatCannotBeReadIsABadGateway() async throws {
        let replies: [FakeController] = [
            FakeController { _ throws(ControllerClientError) in throw .unreadable("no JSON") }, FakeController { _ in .alive },
        ]
        for controller in replies {
            try await Harness.run(controller) { api in
                let response = try await api.send(.get, "/v1/rules")
                #expect(response.status == .badGateway)
                _ = try response.problem()
            }
        }
    }

    @Test(arguments: [
        "/v2/rules", "/v1", "/v1/rules/r1/flows", "/v1/vnfs/two", "/v1/vnfs/70000", "/v1/handovers/x", "/v1/rules/%20", "/favicon.ico",
    ])
    func whatDoesNotExistIsNotFound(path: String) async throws {
        try await Harness.run(.content()) { api in
            let response = try await api.send(.get, path)
            #expect(response.status == .notFound)
            _ = try response.problem()
        }
    }

    @Test(arguments: [
        ("/v1/rules", "PUT", "GET, HEAD, POST"), ("/v1/rules/r1", "POST", "GET, HEAD, DELETE"), ("/v1/events", "DELETE", "GET, HEAD"),
        ("/healthz", "POST", "GET, HEAD"), ("/v1/switches/s1", "PATCH", "GET, HEAD"),
    ])
    func anotherMethodIsToldWhichArePossible(path: String, method: String, allow: String) async throws {
        try await Harness.run(.content()) { api in
            let response = try await api.send(try #require(HTTPRequest.Method(method)), path)
            #expect(response.status == .methodNotAllowed)
            #expect(response.headers[.allow] == allow)
            _ = try response.problem()
        }
    }

    @Test(arguments: [
        ("limit=0", "limit"), ("limit=1001", "limit"), ("limit=x", "limit"), ("after=-1", "after"), ("rule=a%20b", "rule"),
        ("offset=1", "offset"), ("limit=1&limit=2", "limit"),
    ])
    func aQueryParameterAtFaultIsNamed(query: String, field: String) async throws {
        try await Harness.run(.content()) { api in
            let response = try await api.send(.get, "/v1/handovers?\(query)")
            #expect(response.status == .badRequest)
            #expect(try response.problem().field == field)
        }
    }
}
