import BusMessages
import HTTPTypes
import HummingbirdTesting
import NorthboundAPI
import Testing

@Suite struct RouteTests {
    @Test(arguments: [
        ("/v1/switches", One.switchJSON, "/v1/switches/s1"), ("/v1/groups", One.groupJSON, "/v1/groups/g1"),
        ("/v1/vnfs", One.vnfJSON, "/v1/vnfs/1"),
    ])
    func aRegistrationIsAnsweredWithItsLocation(path: String, body: String, location: String) async throws {
        try await Harness.run(.content()) { api in
            let response = try await api.send(.post, path, body)
            #expect(response.status == .created)
            #expect(response.headers[.location] == location)
            let answer = try await api.send(.get, location)
            #expect(answer.status == .ok)
        }
    }

    @Test func aRuleIsAcceptedAndItsProgressReadAtItsLocation() async throws {
        let controller = FakeController.content()
        try await Harness.run(controller) { api in
            let response = try await api.send(.post, "/v1/rules", One.ruleJSON)
            #expect(response.status == .accepted)
            let rule: RuleDTO = try response.json()
            #expect(rule.state == .pending)
            #expect(rule.specification.priority == 10)
            #expect(response.headers[.location] == "/v1/rules/\(rule.id)")
            guard case .createRule(rule.id, rule.specification) = controller.requests.first else {
                Issue.record("the controller was asked for something else")
                return
            }
        }
    }

    @Test func deletingARuleIsAccepted() async throws {
        try await Harness.run(.content()) { api in
            let response = try await api.send(.delete, "/v1/rules/r1")
            #expect(response.status == .accepted)
            #expect(try response.json(RuleDTO.self).state == .removing)
        }
    }

    @Test(arguments: ["switches", "groups", "vnfs", "rules", "handovers"])
    func aListIsAnObjectWithAnArrayOfThatName(name: String) async throws {
        try await Harness.run(.content()) { api in
            let response = try await api.send(.get, "/v1/\(name)")
            #expect(response.status == .ok)
            #expect(response.headers[.contentType] == "application/json")
            #expect(response.text.contains("\"\(name)\":[{"))
        }
    }

    @Test func handoversAreAskedForPageByPage() async throws {
        let controller = FakeController.content()
        try await Harness.run(controller) { api in
            _ = try await api.send(.get, "/v1/handovers")
            let page: HandoverPage = try await api.send(.get, "/v1/handovers?rule=r1&limit=5&after=6").json()
            #expect(page == HandoverPage(handovers: [One.handover], next: 7))
            #expect(try await api.send(.get, "/v1/handovers/7").json(HandoverDTO.self) == One.handover)
        }
        #expect(
            controller.requests == [
                .listHandovers(rule: nil, limit: 100, after: nil), .listHandovers(rule: "r1", limit: 5, after: 6), .getHandover(id: 7),
            ])
    }

    @Test func headIsAnsweredAsGetWithoutABody() async throws {
        try await Harness.run(.content()) { api in
            let response = try await api.send(.head, "/v1/rules")
            #expect(response.status == .ok)
            #expect(response.body.readableBytes == 0)
        }
    }

    @Test func thisServiceIsHealthyWithoutAController() async throws {
        try await Harness.run(.silent()) { api in
            let answer = try await api.send(.get, "/healthz")
            #expect(answer.status == .ok)
        }
    }

    @Test func thisServiceIsReadyWhenTheControllerAnswers() async throws {
        try await Harness.run(.content()) { api in
            let answer = try await api.send(.get, "/readyz")
            #expect(answer.status == .ok)
        }
        try await Harness.run(.silent()) { api in
            let response = try await api.send(.get, "/readyz")
            #expect(response.status == .serviceUnavailable)
            #expect(response.headers[.retryAfter] != nil)
        }
    }

    @Test func aRefusalIsAnAnswerToo() async throws {
        let controller = FakeController { request throws(ControllerClientError) in
            guard case .getRule = request else { throw .silent }
            return .refused(Refusal(.notFound, "there is no rule r9"))
        }
        try await Harness.run(controller) { api in
            _ = try await api.send(.get, "/v1/rules/r9")
            let answer = try await api.send(.get, "/readyz")
            #expect(answer.status == .ok)
        }
    }

    @Test func thePageIsHTML() async throws {
        try await Harness.run(.silent()) { api in
            let response = try await api.send(.get, "/")
            #expect(response.status == .ok)
            #expect(response.headers[.contentType] == "text/html; charset=utf-8")
        }
    }
}
