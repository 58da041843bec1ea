import Bus
import Testing
import Timing

struct EventTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func quick() -> EventPublisher.Configuration {
        var configuration = EventPublisher.Configuration()
        configuration.heartbeat = .milliseconds(10)
        return configuration
    }

    @Test func eventsArriveInOrderFromSeveralPublishers() async throws {
        let metrics = try BusThread(service: "metrics")
        let heard = Gathered<Incoming>()
        let subscriber = try metrics.subscriber([.bind(folder.endpoint("metrics"))], topics: ["count"]) { heard.add($0) }
        let agents = try [BusThread(service: "agent"), BusThread(service: "agent")]
        let publishers = try agents.map { try $0.publisher(.connect(folder.endpoint("metrics")), configuration: quick()) }
        for publisher in publishers { #expect(await joined(publisher, heard)) }
        for number in 0..<100 {
            for publisher in publishers { #expect(publisher.publish("count", number)) }
            publishers[0].publish("other", number)
        }
        for agent in agents {
            let numbers = { @Sendable in
                heard.all.compactMap(\.envelope).filter { $0.header.publisher == agent.publisher }
                    .compactMap { try? BusJSON.decode(Int.self, from: $0.body) }.filter { $0 >= 0 }
            }
            #expect(await eventually { numbers().count == 100 })
            #expect(numbers() == Array(0..<100))
        }
        #expect(heard.all.compactMap(\.envelope).allSatisfy { $0.topic == "count" })
        #expect(subscriber.statistics.missed == 0)
        for bus in agents + [metrics] { await bus.shutdown() }
    }

    /// Publishes -1 until one arrives.
    private func joined(_ publisher: EventPublisher, _ heard: Gathered<Incoming>) async -> Bool {
        let before = heard.all.compactMap(\.envelope).count
        return await eventually {
            publisher.publish("count", -1)
            return heard.all.compactMap(\.envelope).count > before
        }
    }

    @Test func whatASlowSubscriberLostIsCountedThere() async throws {
        let controller = try BusThread(service: "controller")
        var configuration = quick()
        configuration.options.sendHighWaterMark = 4
        let publisher = try controller.publisher(.bind("tcp://127.0.0.1:*"), configuration: configuration)
        let northbound = try BusThread(service: "northbound")
        var options = SocketOptions()
        options.receiveHighWaterMark = 4
        let gate = Gate()
        let heard = Gathered<Incoming>()
        let subscriber = try northbound.subscriber([.connect(publisher.endpoints[0])], topics: ["count"], options: options) {
            heard.add($0)
            gate.pass()
        }
        #expect(await joined(publisher, heard))
        gate.close()
        let large = [UInt8](repeating: 32, count: 100_000) + bytes("1")
        for _ in 0..<200 { publisher.publish("count", body: large) }
        #expect(await eventually { publisher.statistics.published >= 201 })
        gate.open()
        #expect(await eventually { subscriber.statistics.missed > 0 })
        #expect(
            await eventually {
                heard.all.contains { if case .gap(controller.publisher, "count", _) = $0 { true } else { false } }
            })
        await controller.shutdown()
        await northbound.shutdown()
    }

    @Test func whatDoesNotFitTheQueueIsDroppedAndCounted() async throws {
        let bus = try BusThread(service: "agent")
        var configuration = EventPublisher.Configuration()
        configuration.heartbeat = nil
        configuration.queueByteLimit = 10
        configuration.maximumTopics = 1
        let publisher = try bus.publisher(.bind("tcp://127.0.0.1:*"), configuration: configuration)
        #expect(!publisher.publish("x", body: [UInt8](repeating: 0, count: 11)))
        #expect(!publisher.publish("y", body: []))
        #expect(publisher.statistics.dropped == 2)
        await bus.shutdown()
        #expect(!publisher.publish("x", body: []))
        #expect(publisher.statistics.dropped == 3)
    }

    @Test func anEndlessReaderOfAStreamSeesItsEndAtShutdown() async throws {
        let bus = try BusThread(service: "northbound")
        let (subscriber, stream) = try bus.subscription([.bind(folder.endpoint("events"))], topics: [""])
        let publisher = try bus.publisher(.connect(folder.endpoint("events")), configuration: quick())
        let reader = Task { await stream.reduce(into: 0) { count, incoming in if incoming.envelope != nil { count += 1 } } }
        #expect(
            await eventually {
                publisher.publish("x", body: [])
                return subscriber.statistics.received > 0
            })
        await bus.shutdown()
        #expect(await reader.value > 0)
    }

    @Test func aRestartedPublisherAppearsAnew() async throws {
        let northbound = try BusThread(service: "northbound")
        let heard = Gathered<Incoming>()
        _ = try northbound.subscriber([.connect(folder.endpoint("events"))], topics: ["count"]) { heard.add($0) }
        for _ in 0..<2 {
            let controller = try BusThread(service: "controller")
            let publisher = try controller.publisher(.bind(folder.endpoint("events")), configuration: quick())
            #expect(await joined(publisher, heard))
            #expect(await eventually { heard.all.contains(.appeared(publisher: controller.publisher)) })
            await controller.shutdown()
        }
        await northbound.shutdown()
    }

    @Test func malformedMessagesAreCountedByKind() async throws {
        let bus = try BusThread(service: "metrics")
        let subscriber = try bus.subscriber([.bind(folder.endpoint("metrics"))], topics: [""]) { _ in }
        var stranger = try BusSocket(.publish, in: BusContext())
        try stranger.connect(folder.endpoint("metrics"))
        let deadline = ContinuousClock.now + .seconds(10)
        while subscriber.statistics.malformed == 0 || subscriber.statistics.otherVersion == 0, ContinuousClock.now < deadline {
            _ = try stranger.send(Multipart([bytes("only one part")]))
            _ = try stranger.send(Multipart([bytes("x"), bytes(#"{"version":9}"#), []]))
            await Task.yield()
        }
        #expect(subscriber.statistics.malformed > 0)
        #expect(subscriber.statistics.otherVersion > 0)
        #expect(subscriber.statistics.received == 0)
        await bus.shutdown()
    }
}
