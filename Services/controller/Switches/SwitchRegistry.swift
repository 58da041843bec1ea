import Logging
import OpenFlow

/// What all connections of a server share. Lives on the server's event loop.
final class SwitchRegistry {
    let configuration: SwitchServerConfiguration
    let logger: Logger
    weak var observer: (any SwitchObserver)?
    var counters = SwitchCounters()

    private var handlers: [ObjectIdentifier: ConnectionHandler] = [:]
    private var switches: [UInt64: SwitchConnection] = [:]
    private var reportedPeers: Set<String> = []

    init(_ configuration: SwitchServerConfiguration, observer: any SwitchObserver, logger: Logger) {
        self.configuration = configuration
        self.observer = observer
        self.logger = logger
    }

    /// The connected switches in the order of their datapath ids.
    var connections: [SwitchConnection] { switches.values.sorted { $0.datapathID < $1.datapathID } }

    /// Takes in a new connection unless there are too many.
    func add(_ handler: ConnectionHandler) -> Bool {
        guard handlers.count < configuration.connectionLimit else {
            counters.turnedAway += 1
            logger.warning("connection turned away: \(handlers.count) are open", metadata: ["remote": "\(handler.remoteAddress)"])
            return false
        }
        counters.accepted += 1
        handlers[ObjectIdentifier(handler)] = handler
        return true
    }

    /// Forgets a connection whose channel is gone.
    func remove(_ handler: ConnectionHandler) { handlers[ObjectIdentifier(handler)] = nil }

    /// A switch has said who it is; an earlier connection of the same switch ends.
    func connected(_ connection: SwitchConnection) {
        let name = hexadecimal(connection.datapathID)
        if let earlier = switches[connection.datapathID] {
            counters.replaced += 1
            logger.warning(
                "switch connected anew: the earlier connection is closed",
                metadata: ["datapath": "\(name)", "earlier": "\(earlier.remoteAddress)", "remote": "\(connection.remoteAddress)"])
            let reason = "replaced by a connection from \(connection.remoteAddress)"
            earlier.close(reason: reason)
            disconnected(earlier, reason: reason)
        }
        switches[connection.datapathID] = connection
        counters.connected += 1
        logger.info(
            "switch connected",
            metadata: ["datapath": "\(name)", "remote": "\(connection.remoteAddress)", "ports": "\(connection.ports.count)"])
        observer?.switchConnected(connection)
    }

    /// A switch's connection has ended; says so once.
    func disconnected(_ connection: SwitchConnection, reason: String) {
        guard switches[connection.datapathID] === connection else { return }
        switches[connection.datapathID] = nil
        counters.disconnected += 1
        logger.info(
            "switch disconnected",
            metadata: ["datapath": "\(hexadecimal(connection.datapathID))", "remote": "\(connection.remoteAddress)", "reason": "\(reason)"])
        observer?.switchDisconnected(connection, reason: reason)
    }

    /// Logs what is wrong with a peer, which may try again every second: once for each host and reason.
    func report(_ problem: String, of handler: ConnectionHandler) {
        let known = reportedPeers.contains(handler.host + problem)
        if reportedPeers.count < 1024 { reportedPeers.insert(handler.host + problem) }
        logger.log(level: known ? .debug : .warning, "switch refused: \(problem)", metadata: ["remote": "\(handler.remoteAddress)"])
    }

    func endAll(_ reason: String) {
        for handler in handlers.values { handler.end(reason) }
    }
}

private func hexadecimal(_ datapathID: UInt64) -> String {
    let digits = String(datapathID, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
}
