import Wire

/// A flow entry with its counters (OpenFlow 1.3.5, Section 7.3.5.2).
public struct FlowStatistics: Hashable, Sendable {
    /// The entry's table.
    public var tableID: UInt8
    /// How long it has lived, whole seconds.
    public var durationSeconds: UInt32
    /// How long it has lived, nanoseconds beyond the seconds.
    public var durationNanoseconds: UInt32
    /// Its priority.
    public var priority: UInt16
    /// Its idle timeout in seconds.
    public var idleTimeout: UInt16
    /// Its hard timeout in seconds.
    public var hardTimeout: UInt16
    /// How it behaves.
    public var flags: FlowMod.Flags
    /// Its cookie.
    public var cookie: UInt64
    /// How many packets took it.
    public var packetCount: UInt64
    /// How many bytes took it.
    public var byteCount: UInt64
    /// Which packets it is for.
    public var match: Match
    /// What it does with them.
    public var instructions: [Instruction]

    /// An entry with its counters.
    public init(
        tableID: UInt8, durationSeconds: UInt32 = 0, durationNanoseconds: UInt32 = 0, priority: UInt16, idleTimeout: UInt16 = 0,
        hardTimeout: UInt16 = 0, flags: FlowMod.Flags = [], cookie: UInt64 = 0, packetCount: UInt64 = 0, byteCount: UInt64 = 0,
        match: Match, instructions: [Instruction] = []
    ) {
        self.tableID = tableID
        self.durationSeconds = durationSeconds
        self.durationNanoseconds = durationNanoseconds
        self.priority = priority
        self.idleTimeout = idleTimeout
        self.hardTimeout = hardTimeout
        self.flags = flags
        self.cookie = cookie
        self.packetCount = packetCount
        self.byteCount = byteCount
        self.match = match
        self.instructions = instructions
    }

    init(_ reader: inout MessageReader) throws(OpenFlowError) {
        let length = Int(try reader.next(UInt16.self))
        guard length >= 2, length % 8 == 0 else { throw .length(.statistics, length) }
        var entry = try reader.part(length - 2, of: .statistics)
        tableID = try entry.next()
        try entry.skip(1)
        durationSeconds = try entry.next()
        durationNanoseconds = try entry.next()
        priority = try entry.next()
        idleTimeout = try entry.next()
        hardTimeout = try entry.next()
        flags = FlowMod.Flags(rawValue: try entry.next())
        try entry.skip(4)
        cookie = try entry.next()
        packetCount = try entry.next()
        byteCount = try entry.next()
        match = try Match(&entry)
        instructions = try Instruction.list(&entry)
    }

    func encode(into writer: inout ByteWriter) {
        let start = writer.count
        writer.write(UInt16(0))
        writer.write(tableID)
        writer.pad(1)
        writer.write(durationSeconds)
        writer.write(durationNanoseconds)
        writer.write(priority)
        writer.write(idleTimeout)
        writer.write(hardTimeout)
        writer.write(flags.rawValue)
        writer.pad(4)
        writer.write(cookie)
        writer.write(packetCount)
        writer.write(byteCount)
        match.encode(into: &writer)
        for instruction in instructions { instruction.encode(into: &writer) }
        writer.patch(UInt16(truncatingIfNeeded: writer.count - start), at: start)
    }
}

/// The sums of flow entries' counters (OpenFlow 1.3.5, Section 7.3.5.3).
public struct AggregateStatistics: Hashable, Sendable {
    /// How many packets took the entries.
    public var packetCount: UInt64
    /// How many bytes took the entries.
    public var byteCount: UInt64
    /// How many entries there are.
    public var flowCount: UInt32

    /// Sums of counters.
    public init(packetCount: UInt64, byteCount: UInt64, flowCount: UInt32) {
        self.packetCount = packetCount
        self.byteCount = byteCount
        self.flowCount = flowCount
    }

    init(_ reader: inout MessageReader) throws(OpenFlowError) {
        packetCount = try reader.next()
        byteCount = try reader.next()
        flowCount = try reader.next()
        try reader.skip(4)
    }

    func encode(into writer: inout ByteWriter) {
        writer.write(packetCount)
        writer.write(byteCount)
        writer.write(flowCount)
        writer.pad(4)
    }
}

/// A table's counters (OpenFlow 1.3.5, Section 7.3.5.4).
public struct TableStatistics: Hashable, Sendable {
    /// The table.
    public var tableID: UInt8
    /// How many entries it holds.
    public var activeCount: UInt32
    /// How many packets were looked up.
    public var lookupCount: UInt64
    /// How many of them matched an entry.
    public var matchedCount: UInt64

    /// A table's counters.
    public init(tableID: UInt8, activeCount: UInt32, lookupCount: UInt64, matchedCount: UInt64) {
        self.tableID = tableID
        self.activeCount = activeCount
        self.lookupCount = lookupCount
        self.matchedCount = matchedCount
    }

    init(_ reader: inout MessageReader) throws(OpenFlowError) {
        tableID = try reader.next()
        try reader.skip(3)
        activeCount = try reader.next()
        lookupCount = try reader.next()
        matchedCount = try reader.next()
    }

    func encode(into writer: inout ByteWriter) {
        writer.write(tableID)
        writer.pad(3)
        writer.write(activeCount)
        writer.write(lookupCount)
        writer.write(matchedCount)
    }
}
