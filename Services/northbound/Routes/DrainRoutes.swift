import BusMessages
import HTTPTypes
import Hummingbird

/// `/v1/vnfs/{id}/drain`: taking an instance out of service, and putting it back.
struct DrainRoutes: Sendable {
    let controller: Controller

    var resources: [Resource] { [Resource("/v1/vnfs/{id}/drain", [.get: get, .post: begin, .delete: end])] }

    @Sendable private func begin(_ request: Request, _ context: BasicRequestContext) async throws -> Response {
        let id = try context.vnf()
        let hasBody = request.headers[.contentType] != nil
        let specification = hasBody ? try await request.message(DrainSpecification.self) : DrainSpecification()
        return Response(accepted: try await ask(.drainVNF(id: id, specification)))
    }

    @Sendable private func get(_: Request, _ context: BasicRequestContext) async throws -> Response {
        Response(json: try await ask(.getDrain(id: try context.vnf())))
    }

    @Sendable private func end(_: Request, _ context: BasicRequestContext) async throws -> Response {
        Response(accepted: try await ask(.endDrain(id: try context.vnf())))
    }

    private func ask(_ request: ControllerRequest) async throws -> DrainDTO {
        try await controller.ask(request) { reply in
            if case .drain(let one) = reply { one } else { nil }
        }
    }
}

extension BasicRequestContext {
    /// The VNF in the path.
    func vnf() throws(Problem) -> UInt16 {
        let text = try id()
        guard let id = UInt16(text), id > 0 else { throw Problem(.notFound, "there is no VNF \(text): VNFs are numbered 1…65535") }
        return id
    }
}

extension Response {
    /// The response to what goes on in the background: its progress is read at `Location`.
    fileprivate init(accepted drain: DrainDTO) {
        self.init(json: drain, status: .accepted)
        headers[.location] = "/v1/vnfs/\(drain.vnf)/drain"
    }
}
