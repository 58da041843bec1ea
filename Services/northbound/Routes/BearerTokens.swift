import HTTPTypes
import Hummingbird

/// The bearer tokens (RFC 6750) that may use the interface.
public struct BearerTokens: Sendable {
    private let tokens: [[UInt8]]

    /// Reads one token a line; blank lines do not count.
    ///
    /// - Returns: nil if there is no token at all, or one with other than visible ASCII characters.
    public init?(lines text: String) {
        let lines = text.split(whereSeparator: \.isNewline).map { $0.trimming(while: \.isWhitespace) }.filter { !$0.isEmpty }
        guard !lines.isEmpty, lines.allSatisfy({ $0.utf8.allSatisfy { (0x21...0x7E).contains($0) } }) else { return nil }
        tokens = lines.map { Array($0.utf8) }
    }

    /// Whether an Authorization header carries one of the tokens; takes the same time wherever they differ.
    func admit(_ authorization: String?) -> Bool {
        guard let authorization, authorization.prefix(7).lowercased() == "bearer " else { return false }
        let given = Array(authorization.dropFirst(7).utf8)
        return tokens.reduce(false) { admitted, token in
            let difference = zip(token, given).reduce(token.count ^ given.count) { $0 | Int($1.0 ^ $1.1) }
            return difference == 0 || admitted
        }
    }
}

extension Substring {
    fileprivate func trimming(while isUnwanted: (Character) -> Bool) -> Substring {
        var rest = drop(while: isUnwanted)
        while let last = rest.last, isUnwanted(last) { rest.removeLast() }
        return rest
    }
}

/// Refuses whoever has no token, at everything under `/v1`.
struct BearerTokenMiddleware: RouterMiddleware {
    typealias Context = BasicRequestContext

    let tokens: BearerTokens

    func handle(
        _ request: Request, context: BasicRequestContext, next: (Request, BasicRequestContext) async throws -> Response
    ) async throws -> Response {
        let isProtected = request.uri.path.split(separator: "/").first == "v1"
        guard !isProtected || tokens.admit(request.headers[.authorization]) else {
            throw Problem(
                .unauthorized, "a bearer token is needed", field: "Authorization", headers: [.wwwAuthenticate: "Bearer realm=\"sharp\""])
        }
        return try await next(request, context)
    }
}
