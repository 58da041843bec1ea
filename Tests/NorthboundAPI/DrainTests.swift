import BusMessages
import HTTPTypes
import HummingbirdTesting
import NorthboundAPI
import Testing

@Suite struct DrainTests {
    @Test(arguments: [(#"{"destination":{"vnf":3},"mode":"direct"}"#, 3), ("{}", 2)])
    func aDrainIsAcceptedAndItsProgressReadAtItsLocation(body: String, destination: UInt16) async throws {
        try await Harness.run(.content()) { api in
            let response = try await api.send(.post, "/v1/vnfs/1/drain", body)
            #expect(response.status == .accepted)
            #expect(response.headers[.location] == "/v1/vnfs/1/drain")
            let begun: DrainDTO = try response.json()
            #expect(begun.state == .draining && begun.destination == destination)
            let now: DrainDTO = try await api.send(.get, "/v1/vnfs/1/drain").json()
            #expect(now.state == .drained)
        }
    }

    @Test func aDrainNeedsNoBody() async throws {
        let controller = FakeController.content()
        try await Harness.run(controller) { api in
            let response = try await api.send(.post, "/v1/vnfs/1/drain")
            #expect(response.status == .accepted)
        }
        #expect(controller.requests == [.drainVNF(id: 1, DrainSpecification())])
    }

    @Test func puttingAnInstanceBackIsAccepted() async throws {
        try await Harness.run(.content()) { api in
            let response = try await api.send(.delete, "/v1/vnfs/1/drain")
            #expect(response.status == .accepted)
            #expect(try response.json(DrainDTO.self).state == .returning)
        }
    }

    @Test(arguments: ["0", "x", "65536"])
    func whatIsNoNumberOfAnInstanceIsNotFound(id: String) async throws {
        try await Harness.run(.content()) { api in
            let response = try await api.send(.get, "/v1/vnfs/\(id)/drain")
            #expect(response.status == .notFound)
        }
    }
}
