import Wire

/// A port's counters (OpenFlow 1.3.5, Section 7.3.5.6); all ones where the switch does not count.
public struct PortStatistics: Hashable, Sendable {
    /// What is counted in one direction.
    public struct Traffic: Hashable, Sendable {
        /// Frames.
        public var packets: UInt64
        /// Bytes of those frames.
        public var bytes: UInt64
        /// Frames given up for want of room.
        public var dropped: UInt64
        /// Frames with an error.
        public var errors: UInt64

        /// Counters of one direction.
        public init(packets: UInt64 = 0, bytes: UInt64 = 0, dropped: UInt64 = 0, errors: UInt64 = 0) {
            self.packets = packets
            self.bytes = bytes
            self.dropped = dropped
            self.errors = errors
        }
    }

    /// The port.
    public var port: UInt32
    /// What came in.
    public var received: Traffic
    /// What went out.
    public var sent: Traffic
    /// Received frames with an alignment error.
    public var frameErrors: UInt64
    /// Received frames that overran the port.
    public var overrunErrors: UInt64
    /// Received frames with a wrong checksum.
    public var checksumErrors: UInt64
    /// Collisions.
    public var collisions: UInt64
    /// How long the port has lived, whole seconds.
    public var durationSeconds: UInt32
    /// How long the port has lived, nanoseconds beyond the seconds.
    public var durationNanoseconds: UInt32

    /// A port's counters.
    public init(
        port: UInt32, received: Traffic = Traffic(), sent: Traffic = Traffic(), frameErrors: UInt64 = 0, overrunErrors: UInt64 = 0,
        checksumErrors: UInt64 = 0, collisions: UInt64 = 0, durationSeconds: UInt32 = 0, durationNanoseconds: UInt32 = 0
    ) {
        self.port = port
        self.received = received
        self.sent = sent
        self.frameErrors = frameErrors
        self.overrunErrors = overrunErrors
        self.checksumErrors = checksumErrors
        self.collisions = collisions
        self.durationSeconds = durationSeconds
        self.durationNanoseconds = durationNanoseconds
    }

    init(_ reader: inout MessageReader) throws(OpenFlowError) {
        port = try reader.next()
        try reader.skip(4)
        received = Traffic()
        sent = Traffic()
        received.packets = try reader.next()
        sent.packets = try reader.next()
        received.bytes = try reader.next()
        sent.bytes = try reader.next()
        received.dropped = try reader.next()
        sent.dropped = try reader.next()
        received.errors = try reader.next()
        sent.errors = try reader.next()
        frameErrors = try reader.next()
        overrunErrors = try reader.next()
        checksumErrors = try reader.next()
        collisions = try reader.next()
        durationSeconds = try reader.next()
        durationNanoseconds = try reader.next()
    }

    func encode(into writer: inout ByteWriter) {
        writer.write(port)
        writer.pad(4)
        let counters = [
            received.packets, sent.packets, received.bytes, sent.bytes, received.dropped, sent.dropped, received.errors, sent.errors,
            frameErrors, overrunErrors, checksumErrors, collisions,
        ]
        for counter in counters { writer.write(counter) }
        writer.write(durationSeconds)
        writer.write(durationNanoseconds)
    }
}
