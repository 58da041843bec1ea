import NIOCore

/// Time limits and sizes of a ``SwitchServer``.
public struct SwitchServerConfiguration: Sendable {
    /// How long a switch has to say who it is and which ports it has.
    public var handshakeTimeout: TimeAmount = .seconds(5)
    /// How long a switch may be silent until it is asked whether it lives, and how long it has to answer.
    public var echoInterval: TimeAmount = .seconds(5)
    /// How many echo requests in a row may stay unanswered until the switch counts as dead.
    public var missedEchoLimit = 3
    /// How many bytes of messages to a switch may wait for it to read; beyond that it is disconnected.
    public var pendingByteLimit = 64 << 20
    /// How large a receive buffer the kernel is asked for: what packet-ins have room in while the controller is busy.
    public var receiveBufferBytes = 32 << 20
    /// How many connections there may be at a time.
    public var connectionLimit = 1024
    /// How long a refused switch has to read why before the connection is torn down.
    public var lingerTime: TimeAmount = .seconds(1)

    /// The defaults.
    public init() {}
}
