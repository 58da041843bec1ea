import HTTPTypes
import Hummingbird

/// What is not part of the interface proper: health, its description, and a page for people.
struct ServiceRoutes: Sendable {
    let controller: Controller

    var resources: [Resource] {
        [
            Resource("/healthz", [.get: health]),
            Resource("/readyz", [.get: readiness]),
            Resource("/openapi.json", [.get: description]),
            Resource("/", [.get: page]),
        ]
    }

    private struct Health: Encodable { let status = "ok" }

    @Sendable private func health(_: Request, _: BasicRequestContext) -> Response {
        Response(json: Health())
    }

    @Sendable private func readiness(_: Request, _: BasicRequestContext) async throws -> Response {
        guard await controller.isAlive(within: .seconds(2)) else {
            throw Problem(.serviceUnavailable, "the controller does not answer", headers: [.retryAfter: "2"])
        }
        return Response(json: Health())
    }

    @Sendable private func description(_: Request, _: BasicRequestContext) -> Response {
        Response(document: PackageResources.openapi_json, contentType: "application/json")
    }

    @Sendable private func page(_: Request, _: BasicRequestContext) -> Response {
        Response(document: PackageResources.index_html, contentType: "text/html; charset=utf-8")
    }
}

extension Response {
    fileprivate init(document: [UInt8], contentType: String) {
        self.init(
            status: .ok,
            headers: [
                .contentType: contentType, .contentLength: "\(document.count)",
                .contentSecurityPolicy: "default-src 'self' 'unsafe-inline'; frame-ancestors 'none'",
            ],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: document)))
    }
}
