import NIOCore
import OpenFlow

/// A switch that is connected. To be used on the server's event loop only.
public final class SwitchConnection {
    /// The number that names the switch.
    public let datapathID: UInt64
    /// What the switch said of itself.
    public let features: FeaturesReply
    /// Where the switch connects from, `address:port`.
    public let remoteAddress: String
    /// How large a receive buffer the kernel gave, in its own accounting (twice what was asked for); nil if it does not say.
    public let receiveBufferBytes: Int?
    /// The switch's ports in the order of their numbers, as it last described them.
    public private(set) var ports: [PortDescription]

    private var table: PortTable
    private let handler: ConnectionHandler

    init(_ features: FeaturesReply, _ table: PortTable, handler: ConnectionHandler) {
        datapathID = features.datapathID
        self.features = features
        self.table = table
        self.handler = handler
        ports = table.ports
        remoteAddress = handler.remoteAddress
        receiveBufferBytes = handler.receiveBufferBytes
    }

    /// Whether messages can still be sent.
    public var isOpen: Bool { handler.isOpen }

    /// Queues a message under a transaction identifier of its own. Small ones leave with the next ``flush()``.
    ///
    /// - Returns: the identifier, which replies and errors will carry; nil when the message was dropped because the connection is
    ///   closed, or is closed now because the switch does not read, or because the message is longer than OpenFlow can say.
    @discardableResult
    public func send(_ message: Message) -> UInt32? { handler.send(message) }

    /// Hands everything queued to the kernel.
    public func flush() { handler.flush() }

    /// Disconnects the switch. The observer is told soon after, with `reason`.
    public func close(reason: String) { handler.end(reason) }

    func apply(_ status: PortStatus) {
        table.apply(status)
        ports = table.ports
    }
}
