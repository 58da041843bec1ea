import Bus
import ServiceLifecycle

/// Publishes the service's metrics on the bus: at its start, every second, and once more when it stops.
public struct MetricsPublisher: Service {
    private let registry: MetricsRegistry
    private let events: EventPublisher
    private let interval: Duration

    /// A publisher of `registry` through `events`; it adds what the bus itself counts.
    public init(_ registry: MetricsRegistry, through events: EventPublisher, every interval: Duration = .seconds(1)) {
        self.registry = registry
        self.events = events
        self.interval = interval
        registry.addSampler { samples in
            samples.set(.busPublished, to: events.statistics.published)
            samples.set(.busDropped, to: events.statistics.dropped)
        }
    }

    /// Publishes until the service stops.
    public func run() async throws {
        publish()
        await cancelWhenGracefulShutdown {
            while (try? await Task.sleep(for: interval)) != nil { publish() }
        }
        publish()
    }

    private func publish() {
        events.publish(MetricsSnapshot.topic, registry.snapshot())
    }
}
