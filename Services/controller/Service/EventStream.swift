import Bus
import BusMessages
import HandoverEngine
import Logging
import ServiceLifecycle
import Synchronization
import Timing

/// Says on the bus what happens, away from the event loop: translating and encoding an event takes longer than handling a packet-in.
///
/// At most so many events wait; beyond that the newest are dropped, counted, and seen by subscribers as a gap.
public final class EventStream: Service {
    private static let limit = 20_000

    private let publisher: EventPublisher
    private let metrics: HandoverMetrics
    private let translation: Translation
    private let events: AsyncStream<Item>
    private let continuation: AsyncStream<Item>.Continuation
    private let droppedCount = Atomic(0)

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
        (events, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(Self.limit))
    }

    /// Events that were dropped because too many waited.
    public var dropped: Int { droppedCount.load(ordering: .relaxed) }

    /// Takes an event; returns at once.
    public func publish(_ event: Engine.Event, _ rule: String) {
        if case .dropped = continuation.yield(Item(event: event, rule: rule)) { droppedCount.add(1, ordering: .relaxed) }
    }

    /// Publishes until the service is to stop.
    public func run() async throws {
        await withGracefulShutdownHandler {
            for await item in events { send(item) }
        } onGracefulShutdown: { [continuation] in
            continuation.finish()
        }
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
