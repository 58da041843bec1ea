import Bus
import BusMessages
import Foundation
import Logging
import NorthboundAPI
import Synchronization
import Testing
import Timing

/// The way to the controller and back, over a real bus within the process.
@Suite(.timeLimit(.minutes(1))) struct BusTests {
    /// An IPC endpoint that no other test uses.
    private let endpoint =
        "ipc://" + NSTemporaryDirectory() + "sharp-northbound-test-" + String(UInt64.random(in: .min ... .max), radix: 16)
    private let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private func client(_ bus: BusThread, timeout: TimeSpan = .seconds(30)) throws -> BusControllerClient {
        BusControllerClient(try bus.requestClient(endpoint), timeout: timeout)
    }

    private func server(_ bus: BusThread, _ answer: @escaping @Sendable (IncomingRequest) -> Void) throws -> RequestServer {
        try bus.requestServer(.bind(endpoint), handler: answer)
    }

    @Test func aRequestIsCarriedToTheControllerAndItsReplyBack() async throws {
        let bus = try BusThread(service: "test")
        let asked = Mutex<ControllerRequest?>(nil)
        let server = try server(bus) { request in
            let message = try? MessageCodec.decode(ControllerRequest.self, from: request.body)
            asked.withLock { $0 = message }
            request.reply((try? MessageCodec.encode(ControllerReply.switch(One.switch))) ?? [])
        }
        let request = ControllerRequest.createRule(id: "r1", One.specification)
        #expect(try await client(bus).send(request) == .switch(One.switch))
        #expect(asked.withLock { $0 } == request)
        #expect(server.statistics.malformed == 0)
        await bus.shutdown()
    }

    @Test func aControllerThatIsNotThereIsSilent() async throws {
        let bus = try BusThread(service: "test")
        let client = try client(bus, timeout: .milliseconds(50))
        await #expect(throws: ControllerClientError.silent) { try await client.send(.ping) }
        await bus.shutdown()
    }

    @Test func aReplyThatIsNoMessageIsUnreadable() async throws {
        let bus = try BusThread(service: "test")
        let server = try server(bus) { $0.reply([1, 2, 3]) }
        let client = try client(bus)
        await #expect(throws: ControllerClientError.unreadable("the message is not valid JSON")) { try await client.send(.ping) }
        #expect(server.statistics.received == 1)
        await bus.shutdown()
    }

    @Test func aRequestThatTheBusRefusesIsUnreadable() async throws {
        let bus = try BusThread(service: "test")
        let server = try server(bus) { $0.refuse("not now") }
        let client = try client(bus)
        await #expect(throws: ControllerClientError.unreadable("not now")) { try await client.send(.ping) }
        #expect(server.statistics.received == 1)
        await bus.shutdown()
    }

    @Test func whatTheControllerPublishesComesIntoTheLogAndWhatCannotBeReadIsAReset() async throws {
        let controller = try BusThread(service: "controller")
        let bus = try BusThread(service: "northbound")
        let publisher = try controller.publisher(.bind(endpoint))
        let log = EventLog()
        let feed = EventFeed(try bus.subscription([.connect(endpoint)], topics: EventFeed.topics), to: log, logger: quiet)
        let running = Task { await feed.run() }
        // A subscription takes effect some time after it was made, so the event is repeated until it is heard.
        let event = ControllerEvent.handover(One.handover)
        while await log.latest != "handover" {
            publisher.publish(event.topic.rawValue, body: try MessageCodec.encode(event))
            await Task.yield()
        }
        #expect(await log.names(after: 0).first == "reset")
        publisher.publish("rule", body: [0])
        while await log.latest != "reset" { await Task.yield() }
        await bus.shutdown()
        await running.value
        await controller.shutdown()
    }
}

extension EventLog {
    /// The names of the events behind `cursor`.
    fileprivate func names(after cursor: UInt64) -> [String] {
        guard case .events(let entries) = events(after: cursor) else { return [] }
        return entries.map(\.name)
    }

    /// The name of the latest event.
    fileprivate var latest: String? { end == 0 ? nil : names(after: end - 1).last }
}
