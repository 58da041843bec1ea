import HTTPTypes
import Hummingbird

/// Turns every error into `application/problem+json`, those of the router included.
struct ProblemMiddleware: RouterMiddleware {
    typealias Context = BasicRequestContext

    func handle(
        _ request: Request, context: BasicRequestContext, next: (Request, BasicRequestContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let problem as Problem {
            return problem.response
        } catch let error as any HTTPResponseError where error.status == .notFound {
            return Problem(.notFound, "there is nothing at \(request.uri.path.prefix(200))").response
        } catch let error as any HTTPResponseError {
            return Problem(error.status, error.status.reasonPhrase).response
        } catch is CancellationError {
            return Problem(.serviceUnavailable, "this service is shutting down", headers: [.retryAfter: "2"]).response
        } catch {
            context.logger.error("a request failed unexpectedly", metadata: ["path": "\(request.uri.path)", "error": "\(error)"])
            return Problem(.internalServerError, "an unexpected error, which is in this service's log").response
        }
    }
}
