import BusMessages
import HTTPTypes
import HummingbirdTesting
import NorthboundAPI
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1))) struct IdempotencyTests {
    private static let header = "Idempotency-Key"
    private static let otherRuleJSON = #"{"match":{},"destination":{"vnf":3}}"#

    @Test func askingAgainWithTheSameKeyGivesTheFirstAnswerAndCreatesNothing() async throws {
        let controller = FakeController.content()
        try await Harness.run(controller) { api in
            let first = try await api.send(.post, "/v1/rules", One.ruleJSON, header: Self.header, "k1")
            let second = try await api.send(.post, "/v1/rules", One.ruleJSON, header: Self.header, "k1")
            #expect(first.status == .accepted)
            #expect(second.status == .accepted)
            #expect(second.text == first.text)
            #expect(second.headers[.location] == first.headers[.location])
        }
        #expect(controller.requests.count == 1)
    }

    @Test func withoutAKeyEachRequestIsARuleOfItsOwn() async throws {
        try await Harness.run(.content()) { api in
            let first = try await api.send(.post, "/v1/rules", One.ruleJSON)
            let second = try await api.send(.post, "/v1/rules", One.ruleJSON)
            #expect(second.headers[.location] != first.headers[.location])
        }
    }

    @Test func aKeyUsedForAnotherRuleIsRefused() async throws {
        let controller = FakeController.content()
        try await Harness.run(controller) { api in
            _ = try await api.send(.post, "/v1/rules", One.ruleJSON, header: Self.header, "k1")
            let response = try await api.send(.post, "/v1/rules", Self.otherRuleJSON, header: Self.header, "k1")
            #expect(response.status == .unprocessableContent)
            #expect(try response.problem().field == Self.header)
        }
        #expect(controller.requests.count == 1)
    }

    @Test func afterNoAnswerTheSameKeyAsksForTheSameRuleAgain() async throws {
        let isDown = Mutex(true)
        let controller = FakeController { request throws(ControllerClientError) in
            guard case .createRule(let id, let rule) = request, !isDown.withLock({ $0 }) else { throw .silent }
            return .rule(One.rule(id, rule, .pending))
        }
        try await Harness.run(controller) { api in
            let first = try await api.send(.post, "/v1/rules", One.ruleJSON, header: Self.header, "k1")
            #expect(first.status == .serviceUnavailable)
            isDown.withLock { $0 = false }
            let second = try await api.send(.post, "/v1/rules", One.ruleJSON, header: Self.header, "k1")
            #expect(second.status == .accepted)
        }
        #expect(controller.requests.count == 2)
        #expect(Set(controller.requests).count == 1)
    }

    @Test func afterARefusalTheKeyMayBeUsedAgain() async throws {
        try await Harness.run(.refusing(Refusal(.notFound, "there is no VNF 2"))) { api in
            _ = try await api.send(.post, "/v1/rules", One.ruleJSON, header: Self.header, "k1")
            let response = try await api.send(.post, "/v1/rules", Self.otherRuleJSON, header: Self.header, "k1")
            #expect(response.status == .notFound)
        }
    }

    @Test func aKeyWhoseRequestIsUnderWayIsAConflict() async throws {
        let (isAsked, asked) = AsyncStream.makeStream(of: Void.self)
        let (mayAnswer, answer) = AsyncStream.makeStream(of: Void.self)
        let controller = FakeController { request in
            asked.finish()
            for await _ in mayAnswer {}
            guard case .createRule(let id, let rule) = request else { return .alive }
            return .rule(One.rule(id, rule, .pending))
        }
        try await Harness.run(controller) { api in
            async let first = api.send(.post, "/v1/rules", One.ruleJSON, header: Self.header, "k1")
            for await _ in isAsked {}
            let second = try await api.send(.post, "/v1/rules", One.ruleJSON, header: Self.header, "k1")
            #expect(second.status == .conflict)
            #expect(second.headers[.retryAfter] != nil)
            answer.finish()
            #expect(try await first.status == .accepted)
        }
    }

    @Test(arguments: ["", String(repeating: "k", count: 256)]) func aKeyOfAnotherLengthIsRefused(key: String) async throws {
        try await Harness.run(.content()) { api in
            let response = try await api.send(.post, "/v1/rules", One.ruleJSON, header: Self.header, key)
            #expect(response.status == .badRequest)
            #expect(try response.problem().field == Self.header)
        }
    }
}
