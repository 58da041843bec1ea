import NIOCore

/// What waits to be sent to one switch, and how much the kernel has not taken yet.
struct Outbox {
    /// What became of bytes that were appended.
    enum Outcome {
        /// They wait for the next flush.
        case kept
        /// So much waits that sending it one system call at a time costs nothing.
        case worthFlushing
        /// More waits than allowed.
        case overLimit
    }

    private static let batchBytes = 64 << 10

    private let limit: Int
    private var queued = ByteBuffer()
    private var inFlight = 0
    private var transaction: UInt32 = 0

    init(limit: Int) {
        self.limit = limit
    }

    /// How many bytes the kernel has not taken yet.
    var pendingBytes: Int { queued.readableBytes + inFlight }

    mutating func nextTransaction() -> UInt32 {
        transaction &+= 1
        return transaction
    }

    mutating func append(_ bytes: [UInt8]) -> Outcome {
        queued.writeBytes(bytes)
        if pendingBytes > limit { return .overLimit }
        return queued.readableBytes >= Self.batchBytes ? .worthFlushing : .kept
    }

    /// Takes what is queued, which then is in flight until ``left(_:)``.
    mutating func take() -> ByteBuffer? {
        guard queued.readableBytes > 0 else { return nil }
        let bytes = queued
        queued = ByteBuffer()
        inFlight += bytes.readableBytes
        return bytes
    }

    /// So many bytes that were in flight are with the kernel, or lost with the connection.
    mutating func left(_ count: Int) { inFlight -= count }
}
