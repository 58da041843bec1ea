import Logging
import OpenFlow
import Switches
import Synchronization

/// What an observer was told.
enum Event: Equatable, Sendable {
    case connected(datapathID: UInt64, ports: [UInt32])
    case disconnected(datapathID: UInt64, reason: String)
    case received(Message)
    case batchEnd
}

/// An observer that remembers what it was told.
final class Recorder: SwitchObserver {
    private(set) var events: [Event] = []
    private(set) var connections: [SwitchConnection] = []
    /// Called for each message before it is remembered.
    var onMessage: ((Message, SwitchConnection) -> Void)?

    var messages: [Message] {
        events.compactMap { event in
            if case .received(let message) = event { message } else { nil }
        }
    }

    func switchConnected(_ connection: SwitchConnection) {
        connections.append(connection)
        events.append(.connected(datapathID: connection.datapathID, ports: connection.ports.map(\.number)))
    }

    func switchDisconnected(_ connection: SwitchConnection, reason: String) {
        connections.removeAll { $0 === connection }
        events.append(.disconnected(datapathID: connection.datapathID, reason: reason))
    }

    func received(_ envelope: Envelope, from connection: SwitchConnection) {
        onMessage?(envelope.message, connection)
        events.append(.received(envelope.message))
    }

    func receivedBatchEnd(from connection: SwitchConnection) { events.append(.batchEnd) }
}

/// Log lines of level warning and above.
final class LogLines: Sendable {
    private let lines = Mutex<[String]>([])

    var all: [String] { lines.withLock { $0 } }

    var logger: Logger { Logger(label: "test") { _ in Handler(lines: self) } }

    private struct Handler: LogHandler {
        let lines: LogLines
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.warning

        init(lines: LogLines) { self.lines = lines }

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let remote = event.metadata?["remote"].map { "\($0) " } ?? ""
            lines.lines.withLock { $0.append("\(remote)\(event.message)") }
        }
    }
}
