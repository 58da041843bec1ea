import Wire

/// A packet that the switch hands to the controller (OpenFlow 1.3.5, Section 7.4.1).
public struct PacketIn: Hashable, Sendable {
    /// Why the controller gets it (OFPR_…); numbers without a name are kept.
    public struct Reason: RawRepresentable, Hashable, Sendable {
        /// The number as in the message.
        public let rawValue: UInt8
        /// The reason of that number.
        public init(rawValue: UInt8) { self.rawValue = rawValue }

        /// The table-miss entry sent it.
        public static let noMatch = Reason(rawValue: 0)
        /// An entry's action sent it.
        public static let action = Reason(rawValue: 1)
        /// Its TTL is used up.
        public static let invalidTTL = Reason(rawValue: 2)
    }

    /// Why the controller gets it.
    public var reason: Reason
    /// The table of the entry that sent it.
    public var tableID: UInt8
    /// The cookie of the entry that sent it: says which entry treated this packet.
    public var cookie: UInt64
    /// The port it came in by, and what the pipeline had written.
    public var match: Match
    /// How many bytes the packet has, all of which ``data`` need not hold.
    public var totalLength: UInt16
    /// The number under which the switch keeps the packet, if it does.
    public var bufferID: UInt32
    /// The Ethernet frame.
    public var data: [UInt8]

    /// The port that the packet came in by.
    public var inPort: UInt32? { match.inPort }

    /// A packet for the controller; by default one that came whole by an entry's action.
    public init(
        reason: Reason = .action, tableID: UInt8, cookie: UInt64, match: Match, totalLength: UInt16? = nil,
        bufferID: UInt32 = BufferNumber.none, data: [UInt8]
    ) {
        self.reason = reason
        self.tableID = tableID
        self.cookie = cookie
        self.match = match
        self.totalLength = totalLength ?? UInt16(clamping: data.count)
        self.bufferID = bufferID
        self.data = data
    }

    init(_ body: RawSpan) throws(OpenFlowError) {
        var reader = MessageReader(body, of: .packetIn)
        bufferID = try reader.next()
        totalLength = try reader.next()
        reason = Reason(rawValue: try reader.next())
        tableID = try reader.next()
        cookie = try reader.next()
        match = try Match(&reader)
        try reader.skip(2)
        data = reader.rest()
    }

    func encode(into writer: inout ByteWriter) {
        writer.write(bufferID)
        writer.write(totalLength)
        writer.write(reason.rawValue)
        writer.write(tableID)
        writer.write(cookie)
        match.encode(into: &writer)
        writer.pad(2)
        writer.write(data)
    }
}
