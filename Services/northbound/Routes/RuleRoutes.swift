import BusMessages
import HTTPTypes
import Hummingbird

/// `/v1/rules`: asking for handovers and following them.
struct RuleRoutes: Sendable {
    let controller: Controller
    let idempotency: IdempotencyStore

    var resources: [Resource] {
        [
            Resource("/v1/rules", [.get: list, .post: create]),
            Resource("/v1/rules/{id}", [.get: get, .delete: delete]),
        ]
    }

    private struct Rules: Encodable { let rules: [RuleDTO] }

    @Sendable private func list(_ request: Request, _: BasicRequestContext) async throws -> Response {
        _ = try request.query(known: [])
        return Response(
            json: try await controller.ask(.listRules) { reply in
                if case .rules(let all) = reply { Rules(rules: all) } else { nil }
            })
    }

    @Sendable private func get(_: Request, _ context: BasicRequestContext) async throws -> Response {
        Response(json: try await ask(.getRule(id: try context.id())))
    }

    @Sendable private func delete(_: Request, _ context: BasicRequestContext) async throws -> Response {
        Response(accepted: try await ask(.deleteRule(id: try context.id())))
    }

    @Sendable private func create(_ request: Request, _: BasicRequestContext) async throws -> Response {
        let specification: RuleSpecification = try await request.message()
        guard let name = HTTPField.Name("Idempotency-Key"), let key = request.headers[name] else {
            return Response(accepted: try await ask(.createRule(id: RuleIdentifier.random(), specification)))
        }
        guard (1...255).contains(key.utf8.count) else {
            throw Problem(.badRequest, "must have 1 to 255 characters", field: "Idempotency-Key")
        }
        return Response(accepted: try await create(specification, key: key))
    }

    private func create(_ specification: RuleSpecification, key: String) async throws -> RuleDTO {
        switch await idempotency.begin(key, specification) {
        case .answered(let rule): return rule
        case .ask(let id):
            do {
                let rule = try await ask(.createRule(id: id, specification))
                await idempotency.answered(key, with: rule)
                return rule
            } catch let problem as Problem where problem.status == .serviceUnavailable || problem.status == .badGateway {
                await idempotency.unanswered(key)
                throw problem
            } catch {
                await idempotency.forget(key)
                throw error
            }
        case .beingAsked:
            throw Problem(
                .conflict, "a request with this key is under way", field: "Idempotency-Key", headers: [.retryAfter: "1"])
        case .otherRule:
            throw Problem(.unprocessableContent, "the key was used for another rule", field: "Idempotency-Key")
        case .full:
            throw Problem(.serviceUnavailable, "too many requests are under way; try again later", headers: [.retryAfter: "1"])
        }
    }

    private func ask(_ request: ControllerRequest) async throws -> RuleDTO {
        try await controller.ask(request) { reply in
            if case .rule(let one) = reply { one } else { nil }
        }
    }
}

extension Response {
    /// The response to what goes on in the background: its progress is read at `Location`.
    fileprivate init(accepted rule: RuleDTO) {
        self.init(json: rule, status: .accepted)
        headers[.location] = "/v1/rules/\(rule.id)"
    }
}
