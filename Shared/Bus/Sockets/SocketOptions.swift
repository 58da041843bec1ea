import Timing

/// How a socket keeps its secrets.
public enum Security: Hashable, Sendable {
    /// Not at all: for `ipc://` and `inproc://`.
    case none
    /// CURVE, as the side that is known by its key: usually the one that binds.
    case server(CurveKeyPair)
    /// CURVE, as the side that knows the server's key.
    case client(server: CurveKey, own: CurveKeyPair)
}

/// What a socket is set to before it is attached; every queue has a limit.
public struct SocketOptions: Hashable, Sendable {
    /// How long unsent messages may hold up the end of the program.
    public var linger: TimeSpan = .milliseconds(200)
    /// Messages queued for each peer before they are dropped (PUB, ROUTER) or refused (DEALER).
    public var sendHighWaterMark: Int32 = 10_000
    /// Messages queued from each peer before it is made to wait.
    public var receiveHighWaterMark: Int32 = 10_000
    /// The largest message part taken, in bytes; a peer that sends a larger one is disconnected.
    public var maximumPartSize = 4 << 20
    /// The most parts a message may have.
    public var maximumParts = 8
    /// Encryption and who is trusted.
    public var security = Security.none
    /// What a ROUTER at the other side calls this socket; up to 255 bytes, `nil` lets it choose.
    public var identity: [UInt8]?
    /// Idle time after which TCP asks whether the peer still lives; `nil` leaves it to the system.
    public var keepAliveIdle: TimeSpan? = .seconds(10)
    /// How long a blocking receive waits; `nil` means for ever.
    public var receiveTimeout: TimeSpan?
    /// The pause before reconnecting; it doubles up to one second.
    public var reconnectPause: TimeSpan = .milliseconds(50)
    /// Whether messages are queued only for peers that are connected, so that none is delivered long after it was sent.
    public var onlyToConnected = false

    /// The defaults of each option.
    public init() {}
}
