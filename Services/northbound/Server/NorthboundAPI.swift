import HTTPTypes
import Hummingbird

/// The HTTP interface to the system: what its clients see, short of a socket.
public struct NorthboundAPI: Sendable {
    private let tokens: BearerTokens?
    /// Every path there is.
    let resources: [Resource]

    /// The interface to one controller.
    ///
    /// - Parameters:
    ///   - client: the way to the controller.
    ///   - log: where its events are kept; whoever hears them appends them.
    ///   - tokens: who may use the interface; nil is everybody.
    public init(client: any ControllerClient, log: EventLog, tokens: BearerTokens? = nil) {
        let controller = Controller(client)
        self.tokens = tokens
        resources =
            RegistrationRoutes(controller: controller).resources + DrainRoutes(controller: controller).resources
            + RuleRoutes(controller: controller, idempotency: IdempotencyStore()).resources
            + HandoverRoutes(controller: controller).resources
            + EventRoutes(log: log).resources
            + ServiceRoutes(controller: controller).resources
    }

    /// The paths, and the methods that each has a use for, as in the OpenAPI document.
    package var operations: [String: Set<String>] {
        Dictionary(uniqueKeysWithValues: resources.map { ($0.path, Set($0.handlers.keys.map { $0.rawValue.lowercased() })) })
    }

    /// A router for a server to serve.
    public func router() -> Router<BasicRequestContext> {
        let router = Router(options: .autoGenerateHeadEndpoints)
        router.add(middleware: ProblemMiddleware())
        if let tokens { router.add(middleware: BearerTokenMiddleware(tokens: tokens)) }
        for resource in resources { resource.register(with: router) }
        return router
    }
}
