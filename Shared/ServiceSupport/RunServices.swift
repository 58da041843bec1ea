import Bus
import Logging
import ServiceLifecycle

/// Runs the parts of a service until SIGTERM or SIGINT, or until one of them fails; then stops them, last one first, and the bus
/// after all of them. What does not stop within five seconds is cancelled.
public func runServices(_ services: [any Service], bus: BusThread?, logger: Logger) async throws {
    // The group would log an error that the caller prints as well.
    var quiet = logger
    quiet.logLevel = .critical
    let all: [any Service] = (bus.map { [BusService(bus: $0)] } ?? []) + services
    var configuration = ServiceGroupConfiguration(services: all, gracefulShutdownSignals: [.sigterm, .sigint], logger: quiet)
    configuration.maximumGracefulShutdownDuration = .seconds(5)
    do {
        try await ServiceGroup(configuration: configuration).run()
    } catch {
        await bus?.shutdown()
        throw error
    }
    await bus?.shutdown()
}

private struct BusService: Service {
    let bus: BusThread

    func run() async throws {
        // Being cancelled ends the bus as well.
        try? await gracefulShutdown()
        await bus.shutdown()
    }
}
