import Bus
import Foundation
import FoundationNetworking
import Logging
import MetricsCollector
import ServiceSupport
import Testing

struct MetricsServerTests {
    private let logger = Logger(label: "metrics") { _ in SwiftLogNoOpLogHandler() }

    /// Runs a server on a port of the system's choice while `body` asks it.
    private func withServer(_ body: (ListenAddress) async throws -> Void) async throws {
        let (addresses, continuation) = AsyncStream.makeStream(of: ListenAddress.self)
        let server = MetricsServer(
            ListenAddress(host: "127.0.0.1", port: 0), logger: logger, onReady: { continuation.yield($0) }, text: { "m 1\n" })
        let running = Task { try await server.run() }
        let address = try #require(await addresses.first { _ in true })
        try await body(address)
        running.cancel()
        _ = await running.result
    }

    private func get(_ path: String, at address: ListenAddress) async throws -> (status: Int, type: String?, text: String) {
        let url = try #require(URL(string: "http://\(address)\(path)"))
        let (data, response) = try await URLSession.shared.data(from: url)
        let http = try #require(response as? HTTPURLResponse)
        return (http.statusCode, http.value(forHTTPHeaderField: "Content-Type"), String(decoding: data, as: UTF8.self))
    }

    @Test func metricsHealthAndReadinessAreServed() async throws {
        try await withServer { address in
            let metrics = try await get("/metrics", at: address)
            #expect(metrics.status == 200)
            #expect(metrics.type == "text/plain; version=0.0.4; charset=utf-8")
            #expect(metrics.text == "m 1\n")
            #expect(try await get("/healthz", at: address).status == 200)
            #expect(try await get("/readyz", at: address).status == 200)
            #expect(try await get("/other", at: address).status == 404)
        }
    }

    @Test func aPortInUseIsAFailureWithTheWayOut() async throws {
        try await withServer { address in
            let second = MetricsServer(address, logger: logger, onReady: { _ in }, text: { "" })
            await #expect(throws: ServiceFailure(listeningOn: address, errno: EADDRINUSE)) { try await second.run() }
        }
    }

    @Test func aServiceThatPublishesOnTheBusShowsUp() async throws {
        let bus = try BusThread(service: "metrics")
        let collector = MetricsCollector()
        let heard = AsyncStream.makeStream(of: Void.self)
        let subscriber = try bus.subscriber([.bind("tcp://127.0.0.1:*")], topics: [MetricsSnapshot.topic]) { incoming in
            collector.receive(incoming, at: .zero)
            if case .event = incoming { heard.continuation.yield() }
        }
        let agent = try BusThread(service: "hsl-agent")
        let registry = MetricsRegistry(service: agent.service, instance: agent.instance)
        registry.addSampler { $0.set(.hslForwardedPackets, to: 42) }
        let events = try agent.publisher(.connect(subscriber.endpoints[0]))
        let publisher = MetricsPublisher(registry, through: events, every: .milliseconds(10))
        let running = Task { try await publisher.run() }
        _ = await heard.stream.first { true }
        running.cancel()
        try await running.value
        await agent.shutdown()
        await bus.shutdown()
        let text = collector.text(own: MetricsSnapshot(service: "metrics", instance: "0", metrics: []), at: .zero)
        #expect(text.contains("sharp_hsl_forwarded_packets_total{instance_id=\"\(agent.instance)\",service=\"hsl-agent\"} 42\n"))
    }
}
