import BusMessages
import HTTPTypes
import Hummingbird

/// An error as clients get it: `application/problem+json` (RFC 9457) with the member `field` where one is at fault.
struct Problem: Error, Hashable, Sendable {
    /// The HTTP status.
    let status: HTTPResponse.Status
    /// What went wrong, for people.
    let detail: String
    /// The field, query parameter or header at fault.
    let field: String?
    /// Headers that go with the status.
    let headers: HTTPFields

    init(_ status: HTTPResponse.Status, _ detail: String, field: String? = nil, headers: HTTPFields = [:]) {
        self.status = status
        self.detail = detail
        self.field = field
        self.headers = headers
    }

    /// A body that cannot be read.
    init(_ error: FieldError) {
        self.init(.badRequest, "\(error)", field: error.field)
    }

    /// A request that the controller does not carry out.
    init(_ refusal: Refusal) {
        switch refusal.status {
        case .badRequest: self.init(.badRequest, refusal.message, field: refusal.field)
        case .notFound: self.init(.notFound, refusal.message, field: refusal.field)
        case .conflict: self.init(.conflict, refusal.message, field: refusal.field)
        case .unavailable: self.init(.serviceUnavailable, refusal.message, field: refusal.field, headers: [.retryAfter: "1"])
        }
    }

    /// A controller that does not answer.
    init(_ error: ControllerClientError) {
        switch error {
        case .silent:
            self.init(.serviceUnavailable, "the controller does not answer; try again later", headers: [.retryAfter: "2"])
        case .overloaded:
            self.init(.serviceUnavailable, "too many requests wait for the controller; try again later", headers: [.retryAfter: "1"])
        case .unreadable(let reason):
            self.init(.badGateway, "the controller's answer cannot be read: \(reason)")
        }
    }

    /// The response that tells the client.
    var response: Response {
        let body = Body(title: status.reasonPhrase, status: status.code, detail: detail, field: field)
        var response = Response(json: body, status: status, contentType: "application/problem+json")
        response.headers.append(contentsOf: headers)
        return response
    }

    private struct Body: Encodable {
        let type = "about:blank"
        let title: String
        let status: Int
        let detail: String
        let field: String?
    }
}

extension Response {
    /// A response with a JSON body.
    init(json value: some Encodable, status: HTTPResponse.Status = .ok, contentType: String = "application/json") {
        do {
            let bytes = try MessageCodec.encode(value)
            self.init(
                status: status, headers: [.contentType: contentType, .contentLength: "\(bytes.count)"],
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
        } catch {
            self.init(status: .internalServerError)
        }
    }
}
