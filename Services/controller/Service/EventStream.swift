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
    /// The pause after so many events that those who handle packets need the processors more.
    private static let longInterval = Duration.milliseconds(200)
    private static let many = 50

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
            var last = 0
            while true {
                try await Task.sleep(for: last < Self.many ? Self.interval : Self.longInterval)
                last = self.sendWaiting()
            }
        }
        _ = sendWaiting()
    }

    /// Sends what waits; returns how many events that were.
    private func sendWaiting() -> Int {
        let items = waiting.withLock { waiting in
            defer { waiting.items.removeAll(keepingCapacity: true) }
            return waiting.items
        }
        // Of a handover that has got further meanwhile only the latest is said, for that is all there is to say.
        var latest: [UInt64: Int] = [:]
        for (index, item) in items.enumerated() {
            if case .handover(let record) = item.event { latest[record.number] = index }
        }
        for (index, item) in items.enumerated() {
            if case .handover(let record) = item.event, record.outcome == .open, latest[record.number] != index { continue }
            send(item)
        }
        return items.count
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
