import Bus
import BusMessages
import Logging
import ServiceLifecycle

/// Puts what the controller publishes into the event log.
public struct EventFeed: Service {
    /// The bus topics that it wants to hear.
    public static let topics = ControllerEvent.Topic.allCases.map(\.rawValue)

    private let subscriber: EventSubscriber
    private let incoming: AsyncStream<Incoming>
    private let log: EventLog
    private let logger: Logger

    /// A feed from one subscription, of ``topics``, to `log`.
    public init(_ subscription: (subscriber: EventSubscriber, stream: AsyncStream<Incoming>), to log: EventLog, logger: Logger) {
        subscriber = subscription.subscriber
        incoming = subscription.stream
        self.log = log
        self.logger = logger
    }

    /// Feeds until the service stops, then ends all who follow the log.
    public func run() async {
        var dropped: UInt64 = 0
        var hasLoggedUnreadable = false
        for await one in incoming.cancelOnGracefulShutdown() {
            switch one {
            case .event(let envelope):
                do {
                    try await log.append(try MessageCodec.decode(from: envelope.body))
                } catch {
                    await log.appendReset()
                    if !hasLoggedUnreadable {
                        hasLoggedUnreadable = true
                        logger.warning(
                            "an event of the controller cannot be read; more of the kind are not logged",
                            metadata: ["topic": "\(envelope.topic)", "error": "\(error)"])
                    }
                }
            case .appeared, .gap:
                await log.appendReset()
            }
            // What found no room in the stream is a gap that no sequence number tells.
            let droppedNow = subscriber.statistics.dropped
            if droppedNow != dropped {
                dropped = droppedNow
                await log.appendReset()
            }
        }
        await log.close()
    }
}
