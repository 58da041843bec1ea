import HTTPTypes
import Hummingbird

/// A path and what may be done there.
struct Resource: Sendable {
    typealias Handler = @Sendable (Request, BasicRequestContext) async throws -> Response

    /// The path, with parameters in braces, as in an OpenAPI document.
    let path: String
    /// What each method does. GET implies HEAD.
    let handlers: [HTTPRequest.Method: Handler]

    init(_ path: String, _ handlers: [HTTPRequest.Method: Handler]) {
        self.path = path
        self.handlers = handlers
    }

    private static let allMethods: [HTTPRequest.Method] = [.get, .head, .post, .put, .patch, .delete, .options, .trace, .connect]

    private var allowed: [HTTPRequest.Method] {
        Self.allMethods.filter { handlers[$0] != nil || $0 == .head && handlers[.get] != nil }
    }

    /// Registers the handlers, and an answer that names them for every other method.
    func register(with router: Router<BasicRequestContext>) {
        let allow = allowed.map(\.rawValue).joined(separator: ", ")
        for method in Self.allMethods {
            if let handler = handlers[method] {
                router.on(RouterPath(path), method: method, use: handler)
            } else if !allowed.contains(method) {
                router.on(RouterPath(path), method: method) { request, _ -> Response in
                    throw Problem(
                        .methodNotAllowed, "\(request.method.rawValue) is not possible here; \(allow) is", headers: [.allow: allow])
                }
            }
        }
    }
}
