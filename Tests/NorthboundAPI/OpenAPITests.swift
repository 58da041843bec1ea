import HummingbirdTesting
import NorthboundAPI
import Testing

/// As much of an OpenAPI document as is compared with the routes.
private struct Document: Decodable {
    struct Operation: Decodable {
        let operationId: String
    }

    let openapi: String
    let paths: [String: [String: Operation]]
}

@Suite struct OpenAPITests {
    @Test func theDocumentDescribesEveryOperationAndNoOther() async throws {
        let controller = FakeController.content()
        let operations = NorthboundAPI(client: controller, log: EventLog()).operations
        try await Harness.run(controller) { api in
            let response = try await api.send(.get, "/openapi.json")
            #expect(response.headers[.contentType] == "application/json")
            let document: Document = try response.json()
            #expect(document.openapi.hasPrefix("3.1."))
            #expect(document.paths.mapValues { Set($0.keys) } == operations)
            let names = document.paths.values.flatMap { $0.values.map(\.operationId) }
            #expect(Set(names).count == names.count)
        }
    }
}
