import BusMessages
import HTTPTypes
import Hummingbird

/// `/v1/switches`, `/v1/groups` and `/v1/vnfs`: what there is.
struct RegistrationRoutes: Sendable {
    let controller: Controller

    var resources: [Resource] {
        [
            Resource("/v1/switches", [.get: listSwitches, .post: putSwitch]),
            Resource("/v1/switches/{id}", [.get: getSwitch]),
            Resource("/v1/groups", [.get: listGroups, .post: putGroup]),
            Resource("/v1/groups/{id}", [.get: getGroup]),
            Resource("/v1/vnfs", [.get: listVNFs, .post: putVNF]),
            Resource("/v1/vnfs/{id}", [.get: getVNF]),
        ]
    }

    private struct Switches: Encodable { let switches: [SwitchDTO] }
    private struct Groups: Encodable { let groups: [GroupDTO] }
    private struct VNFs: Encodable { let vnfs: [VNFDTO] }

    @Sendable private func listSwitches(_ request: Request, _: BasicRequestContext) async throws -> Response {
        _ = try request.query(known: [])
        return Response(
            json: try await controller.ask(.listSwitches) { reply in
                if case .switches(let all) = reply { Switches(switches: all) } else { nil }
            })
    }

    @Sendable private func putSwitch(_ request: Request, _: BasicRequestContext) async throws -> Response {
        let stored = try await askForSwitch(.putSwitch(try await request.message()))
        return Response(json: stored, createdAt: "/v1/switches/\(stored.id)")
    }

    @Sendable private func getSwitch(_: Request, _ context: BasicRequestContext) async throws -> Response {
        Response(json: try await askForSwitch(.getSwitch(id: try context.id())))
    }

    private func askForSwitch(_ request: ControllerRequest) async throws -> SwitchDTO {
        try await controller.ask(request) { reply in
            if case .switch(let one) = reply { one } else { nil }
        }
    }

    @Sendable private func listGroups(_ request: Request, _: BasicRequestContext) async throws -> Response {
        _ = try request.query(known: [])
        return Response(
            json: try await controller.ask(.listGroups) { reply in
                if case .groups(let all) = reply { Groups(groups: all) } else { nil }
            })
    }

    @Sendable private func putGroup(_ request: Request, _: BasicRequestContext) async throws -> Response {
        let stored = try await askForGroup(.putGroup(try await request.message()))
        return Response(json: stored, createdAt: "/v1/groups/\(stored.id)")
    }

    @Sendable private func getGroup(_: Request, _ context: BasicRequestContext) async throws -> Response {
        Response(json: try await askForGroup(.getGroup(id: try context.id())))
    }

    private func askForGroup(_ request: ControllerRequest) async throws -> GroupDTO {
        try await controller.ask(request) { reply in
            if case .group(let one) = reply { one } else { nil }
        }
    }

    @Sendable private func listVNFs(_ request: Request, _: BasicRequestContext) async throws -> Response {
        _ = try request.query(known: [])
        return Response(
            json: try await controller.ask(.listVNFs) { reply in
                if case .vnfs(let all) = reply { VNFs(vnfs: all) } else { nil }
            })
    }

    @Sendable private func putVNF(_ request: Request, _: BasicRequestContext) async throws -> Response {
        let stored = try await askForVNF(.putVNF(try await request.message()))
        return Response(json: stored, createdAt: "/v1/vnfs/\(stored.id)")
    }

    @Sendable private func getVNF(_: Request, _ context: BasicRequestContext) async throws -> Response {
        Response(json: try await askForVNF(.getVNF(id: try context.vnf())))
    }

    private func askForVNF(_ request: ControllerRequest) async throws -> VNFDTO {
        try await controller.ask(request) { reply in
            if case .vnf(let one) = reply { one } else { nil }
        }
    }
}

extension Response {
    /// The response to a registration.
    fileprivate init(json value: some Encodable, createdAt location: String) {
        self.init(json: value, status: .created)
        headers[.location] = location
    }
}
