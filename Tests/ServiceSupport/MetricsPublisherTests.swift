import Bus
import ServiceLifecycle
import ServiceSupport
import Synchronization
import Testing

struct MetricsPublisherTests {
    @Test func snapshotsGoOutAtTheStartAndUntilTheServiceStops() async throws {
        let bus = try BusThread(service: "controller")
        let received = Mutex<[Envelope]>([])
        let heard = AsyncStream.makeStream(of: Void.self)
        let subscriber = try bus.subscriber([.bind("tcp://127.0.0.1:*")], topics: [MetricsSnapshot.topic]) { incoming in
            guard case .event(let envelope) = incoming else { return }
            received.withLock { $0.append(envelope) }
            heard.continuation.yield()
        }
        let events = try bus.publisher(.connect(subscriber.endpoints[0]))
        let registry = MetricsRegistry(service: "controller", instance: bus.instance)
        registry.declare([.handovers])
        let publisher = MetricsPublisher(registry, through: events, every: .milliseconds(10))
        let running = Task { try await publisher.run() }
        for await _ in heard.stream.prefix(3) {}
        running.cancel()
        try await running.value
        await bus.shutdown()
        let snapshots = try received.withLock { $0 }.map { try BusJSON.decode(MetricsSnapshot.self, from: $0.body) }
        #expect(snapshots.allSatisfy { $0.service == "controller" && $0.instance == bus.instance })
        #expect(snapshots.allSatisfy { snapshot in snapshot.metrics.contains { $0.name == "sharp_bus_published_messages_total" } })
    }
}
