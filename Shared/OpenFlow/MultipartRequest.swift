import Wire

/// Asks for statistics or descriptions (OpenFlow 1.3.5, Section 7.3.5).
public struct MultipartRequest: Hashable, Sendable {
    /// What is asked for.
    public enum Body: Hashable, Sendable {
        /// Who made the switch.
        case description
        /// Flow entries with their counters.
        case flow(FlowSelection)
        /// The sums of flow entries' counters.
        case aggregate(FlowSelection)
        /// The tables' counters.
        case table
        /// The counters of a port, or of all (``PortNumber/any``).
        case portStatistics(port: UInt32)
        /// The ports.
        case portDescription
        /// Something that is not modelled, with the bytes behind the padding.
        case other(type: UInt16, body: [UInt8])
    }

    /// Whether more requests of the same transaction follow.
    public var more: Bool
    /// What is asked for.
    public var body: Body

    /// A request; by default the only one of its transaction.
    public init(_ body: Body, more: Bool = false) {
        self.body = body
        self.more = more
    }

    init(_ bytes: RawSpan) throws(OpenFlowError) {
        var reader = MessageReader(bytes, of: .multipart)
        let type: UInt16 = try reader.next()
        more = try reader.next(UInt16.self) & 1 == 1
        try reader.skip(4)
        switch type {
        case MultipartType.description: body = .description
        case MultipartType.flow: body = .flow(try FlowSelection(&reader))
        case MultipartType.aggregate: body = .aggregate(try FlowSelection(&reader))
        case MultipartType.table: body = .table
        case MultipartType.portStatistics:
            body = .portStatistics(port: try reader.next())
            try reader.skip(4)
        case MultipartType.portDescription: body = .portDescription
        default: body = .other(type: type, body: reader.rest())
        }
        try reader.finish()
    }

    func encode(into writer: inout ByteWriter) {
        writer.write(type)
        writer.write(UInt16(more ? 1 : 0))
        writer.pad(4)
        switch body {
        case .description, .table, .portDescription: break
        case .flow(let selection), .aggregate(let selection): selection.encode(into: &writer)
        case .portStatistics(let port):
            writer.write(port)
            writer.pad(4)
        case .other(_, let body): writer.write(body)
        }
    }

    private var type: UInt16 {
        switch body {
        case .description: MultipartType.description
        case .flow: MultipartType.flow
        case .aggregate: MultipartType.aggregate
        case .table: MultipartType.table
        case .portStatistics: MultipartType.portStatistics
        case .portDescription: MultipartType.portDescription
        case .other(let type, _): type
        }
    }
}

/// The modelled types of multipart messages (OFPMP_…).
enum MultipartType {
    static let description: UInt16 = 0
    static let flow: UInt16 = 1
    static let aggregate: UInt16 = 2
    static let table: UInt16 = 3
    static let portStatistics: UInt16 = 4
    static let portDescription: UInt16 = 13
}

/// Which flow entries a request for statistics is about (OpenFlow 1.3.5, Section 7.3.5.2).
public struct FlowSelection: Hashable, Sendable {
    /// The table; 0xFF is all of them.
    public var tableID: UInt8
    /// Only entries that send to this port.
    public var outPort: UInt32
    /// Only entries that send to this group.
    public var outGroup: UInt32
    /// The cookie that the entries have, in the bits of ``cookieMask``.
    public var cookie: UInt64
    /// Which bits of the cookie count.
    public var cookieMask: UInt64
    /// The match that covers the entries.
    public var match: Match

    /// A selection; by default every entry.
    public init(
        tableID: UInt8 = TableNumber.all, outPort: UInt32 = PortNumber.any, outGroup: UInt32 = GroupNumber.any, cookie: UInt64 = 0,
        cookieMask: UInt64 = 0, match: Match = Match()
    ) {
        self.tableID = tableID
        self.outPort = outPort
        self.outGroup = outGroup
        self.cookie = cookie
        self.cookieMask = cookieMask
        self.match = match
    }

    init(_ reader: inout MessageReader) throws(OpenFlowError) {
        tableID = try reader.next()
        try reader.skip(3)
        outPort = try reader.next()
        outGroup = try reader.next()
        try reader.skip(4)
        cookie = try reader.next()
        cookieMask = try reader.next()
        match = try Match(&reader)
    }

    func encode(into writer: inout ByteWriter) {
        writer.write(tableID)
        writer.pad(3)
        writer.write(outPort)
        writer.write(outGroup)
        writer.pad(4)
        writer.write(cookie)
        writer.write(cookieMask)
        match.encode(into: &writer)
    }
}
