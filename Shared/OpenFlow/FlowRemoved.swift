import Wire

/// A flow entry is gone (OpenFlow 1.3.5, Section 7.4.2).
public struct FlowRemoved: Hashable, Sendable {
    /// Why the entry went (OFPRR_…); numbers without a name are kept.
    public struct Reason: RawRepresentable, Hashable, Sendable {
        /// The number as in the message.
        public let rawValue: UInt8
        /// The reason of that number.
        public init(rawValue: UInt8) { self.rawValue = rawValue }

        /// No packet came for as long as its idle timeout.
        public static let idleTimeout = Reason(rawValue: 0)
        /// Its hard timeout is over.
        public static let hardTimeout = Reason(rawValue: 1)
        /// A flow-mod deleted it.
        public static let delete = Reason(rawValue: 2)
        /// Its group was deleted.
        public static let groupDelete = Reason(rawValue: 3)
    }

    /// The entry's cookie.
    public var cookie: UInt64
    /// The entry's priority.
    public var priority: UInt16
    /// Why it went.
    public var reason: Reason
    /// The table that it was in.
    public var tableID: UInt8
    /// How long it lived, whole seconds.
    public var durationSeconds: UInt32
    /// How long it lived, nanoseconds beyond the seconds.
    public var durationNanoseconds: UInt32
    /// Its idle timeout in seconds.
    public var idleTimeout: UInt16
    /// Its hard timeout in seconds.
    public var hardTimeout: UInt16
    /// How many packets took it; all ones if unknown.
    public var packetCount: UInt64
    /// How many bytes took it; all ones if unknown.
    public var byteCount: UInt64
    /// Which packets it was for.
    public var match: Match

    /// An entry that is gone.
    public init(
        cookie: UInt64, priority: UInt16, reason: Reason, tableID: UInt8, durationSeconds: UInt32 = 0, durationNanoseconds: UInt32 = 0,
        idleTimeout: UInt16 = 0, hardTimeout: UInt16 = 0, packetCount: UInt64 = 0, byteCount: UInt64 = 0, match: Match
    ) {
        self.cookie = cookie
        self.priority = priority
        self.reason = reason
        self.tableID = tableID
        self.durationSeconds = durationSeconds
        self.durationNanoseconds = durationNanoseconds
        self.idleTimeout = idleTimeout
        self.hardTimeout = hardTimeout
        self.packetCount = packetCount
        self.byteCount = byteCount
        self.match = match
    }

    init(_ body: RawSpan) throws(OpenFlowError) {
        var reader = MessageReader(body, of: .flowRemoved)
        cookie = try reader.next()
        priority = try reader.next()
        reason = Reason(rawValue: try reader.next())
        tableID = try reader.next()
        durationSeconds = try reader.next()
        durationNanoseconds = try reader.next()
        idleTimeout = try reader.next()
        hardTimeout = try reader.next()
        packetCount = try reader.next()
        byteCount = try reader.next()
        match = try Match(&reader)
        try reader.finish()
    }

    func encode(into writer: inout ByteWriter) {
        writer.write(cookie)
        writer.write(priority)
        writer.write(reason.rawValue)
        writer.write(tableID)
        writer.write(durationSeconds)
        writer.write(durationNanoseconds)
        writer.write(idleTimeout)
        writer.write(hardTimeout)
        writer.write(packetCount)
        writer.write(byteCount)
        match.encode(into: &writer)
    }
}
