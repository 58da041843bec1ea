import Bus
import BusMessages
import HandoverEngine
import Logging
import ServiceLifecycle
import Synchronization
import Timing

/// Says on the bus what happens: away from the event loop, and some milliseconds later. Translating and encoding an event takes longer
/// than handling a packet-in, and the moment it happens is the one when a handover needs the processors.
///
/// At most so many events wait; beyond that the newest are dropped and counted.
public final class EventStream: Service {
    private static let limit = 20_000
    private static let interval = Duration.milliseconds(20)

    private let publisher: EventPublisher
    private let metrics: HandoverMetrics
    private let translation: Translation
    private let waiting = Mutex((items: [Item](), dropped: 0))

    /// An event and what the rule that it is about is called.
    private struct Item: Sendable {
        let event: Engine.Event
        let rule: String
    }

    /// A stream to a publisher.
    public init(through publisher: EventPublisher, metrics: HandoverMetrics, translation: Translation) {
        self.publisher = publisher
        self.metrics = metrics
        self.translation = translation
    }

    /// Events that were dropped because too many waited.
    public var dropped: Int { waiting.withLock(\.dropped) }

    /// Takes an event; returns at once.
    public func publish(_ event: Engine.Event, _ rule: String) {
        waiting.withLock { waiting in
            guard waiting.items.count < Self.limit else { return waiting.dropped += 1 }
            waiting.items.append(Item(event: event, rule: rule))
        }
    }

    /// Publishes until the service is to stop.
    public func run() async throws {
        try? await cancelWhenGracefulShutdown {
            while true {
                try await Task.sleep(for: Self.interval)
                self.sendWaiting()
            }
        }
        sendWaiting()
    }

    private func sendWaiting() {
        let items = waiting.withLock { waiting in
            defer { waiting.items.removeAll(keepingCapacity: true) }
            return waiting.items
        }
        for item in items { send(item) }
    }

    private func send(_ item: Item) {
        let event: ControllerEvent
        switch item.event {
        case .handover(let record):
            metrics.record(record)
            event = .handover(translation.handover(record, rule: item.rule))
        case .rule(let rule): event = .rule(translation.rule(rule))
        case .switch(let known): event = .switch(SwitchDTO(known))
        }
        publisher.publish(event.topic.rawValue, event)
    }
}
