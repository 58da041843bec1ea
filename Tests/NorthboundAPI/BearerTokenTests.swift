import HTTPTypes
import HummingbirdTesting
import NorthboundAPI
import Testing

@Suite struct BearerTokenTests {
    @Test func withoutATokenNothingUnderV1IsTold() async throws {
        let tokens = try #require(BearerTokens(lines: "first-token\n\n  second-token \n"))
        let controller = FakeController.content()
        try await Harness.run(controller, tokens: tokens) { api in
            for value in [nil, "", "Bearer", "Bearer ", "Bearer first-toke", "Bearer first-tokens", "Basic first-token"] {
                var headers = HTTPFields()
                headers[.authorization] = value
                for path in ["/v1/rules", "//v1//rules", "/v1/nothing", "/v1/events"] {
                    let response = try await api.send(.get, path, headers: headers)
                    #expect(response.status == .unauthorized, "\(value ?? "no header") at \(path)")
                    #expect(response.headers[.wwwAuthenticate]?.hasPrefix("Bearer") == true)
                    _ = try response.problem()
                }
            }
        }
        #expect(controller.requests.isEmpty)
    }

    @Test(arguments: ["Bearer first-token", "bearer second-token"]) func aTokenAdmits(value: String) async throws {
        let tokens = try #require(BearerTokens(lines: "first-token\nsecond-token"))
        try await Harness.run(.content(), tokens: tokens) { api in
            let answer = try await api.send(.get, "/v1/rules", headers: [.authorization: value])
            #expect(answer.status == .ok)
        }
    }

    @Test func healthAndTheDescriptionNeedNoToken() async throws {
        try await Harness.run(.content(), tokens: BearerTokens(lines: "a")) { api in
            for path in ["/healthz", "/readyz", "/openapi.json", "/"] {
                let answer = try await api.send(.get, path)
                #expect(answer.status == .ok)
            }
        }
    }

    @Test(arguments: ["", "\n \n", "one token", "t\u{e9}"]) func aFileWithoutProperTokensIsRefused(text: String) {
        #expect(BearerTokens(lines: text) == nil)
    }
}
