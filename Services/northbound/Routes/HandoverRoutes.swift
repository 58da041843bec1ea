import BusMessages
import HTTPTypes
import Hummingbird

/// `/v1/handovers`: the records.
struct HandoverRoutes: Sendable {
    let controller: Controller

    var resources: [Resource] {
        [
            Resource("/v1/handovers", [.get: list]),
            Resource("/v1/handovers/{id}", [.get: get]),
        ]
    }

    @Sendable private func list(_ request: Request, _: BasicRequestContext) async throws -> Response {
        let query = try request.query(known: ["rule", "limit", "after"])
        if let rule = query["rule"], !Identifier.isValid(rule) {
            throw Problem(.badRequest, "must be a rule's identifier", field: "rule")
        }
        let limit = try query["limit"].map { text throws(Problem) in
            guard let limit = UInt16(text), (1...HandoverPage.limit).contains(limit) else {
                throw Problem(.badRequest, "must be 1…\(HandoverPage.limit)", field: "limit")
            }
            return limit
        }
        let after = try query["after"].map { text throws(Problem) in
            guard let after = UInt64(text), after <= HandoverDTO.greatestID else {
                throw Problem(.badRequest, "must be a handover's number", field: "after")
            }
            return after
        }
        return Response(
            json: try await controller.ask(.listHandovers(rule: query["rule"], limit: limit ?? 100, after: after)) { reply in
                if case .handovers(let page) = reply { page } else { nil }
            })
    }

    @Sendable private func get(_: Request, _ context: BasicRequestContext) async throws -> Response {
        let text = try context.id()
        guard let id = UInt64(text), id <= HandoverDTO.greatestID else {
            throw Problem(.notFound, "there is no handover \(text): handovers are numbered")
        }
        return Response(
            json: try await controller.ask(.getHandover(id: id)) { reply in
                if case .handover(let record) = reply { record } else { nil }
            })
    }
}
