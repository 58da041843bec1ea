import Wire

/// Adds, changes or deletes flow entries (OpenFlow 1.3.5, Section 7.3.4.1).
public struct FlowMod: Hashable, Sendable {
    /// What is done; "strict" means the entry of exactly this match and priority, otherwise all that the match covers.
    public enum Command: UInt8, Hashable, Sendable {
        /// Adds an entry, replacing the one of the same match and priority.
        case add = 0
        /// Changes the instructions of entries.
        case modify = 1
        /// Changes the instructions of one entry.
        case modifyStrict = 2
        /// Deletes entries.
        case delete = 3
        /// Deletes one entry.
        case deleteStrict = 4
    }

    /// How the entry behaves (OFPFF_…).
    public struct Flags: OptionSet, Hashable, Sendable {
        /// The bits as in the message.
        public let rawValue: UInt16
        /// The flags that are set in `rawValue`.
        public init(rawValue: UInt16) { self.rawValue = rawValue }

        /// Tell the controller when the entry is gone.
        public static let sendFlowRemoved = Flags(rawValue: 1)
        /// Refuse the entry if one of the same priority overlaps it.
        public static let checkOverlap = Flags(rawValue: 2)
        /// Start counting from zero.
        public static let resetCounts = Flags(rawValue: 4)
        /// Don't count packets.
        public static let noPacketCounts = Flags(rawValue: 8)
        /// Don't count bytes.
        public static let noByteCounts = Flags(rawValue: 16)
    }

    /// The table that the entry is in; 0xFF deletes in all.
    public var tableID: UInt8
    /// What is done.
    public var command: Command
    /// Which entry wins where several match: the highest.
    public var priority: UInt16
    /// What packet-ins by the entry carry.
    public var cookie: UInt64
    /// Which bits of the cookie entries to change or delete must have.
    public var cookieMask: UInt64
    /// Seconds without a packet until the entry goes; 0 is never.
    public var idleTimeout: UInt16
    /// Seconds until the entry goes; 0 is never.
    public var hardTimeout: UInt16
    /// How the entry behaves.
    public var flags: Flags
    /// A packet kept by the switch that the entry is applied to.
    public var bufferID: UInt32
    /// Delete only entries that send to this port.
    public var outPort: UInt32
    /// Delete only entries that send to this group.
    public var outGroup: UInt32
    /// Which packets the entry is for.
    public var match: Match
    /// What it does with them; nothing drops them.
    public var instructions: [Instruction]

    /// A change to the flow tables.
    public init(
        tableID: UInt8, command: Command, priority: UInt16, cookie: UInt64 = 0, cookieMask: UInt64 = 0, idleTimeout: UInt16 = 0,
        hardTimeout: UInt16 = 0, flags: Flags = [], bufferID: UInt32 = BufferNumber.none, outPort: UInt32 = PortNumber.any,
        outGroup: UInt32 = GroupNumber.any, match: Match, instructions: [Instruction] = []
    ) {
        self.tableID = tableID
        self.command = command
        self.priority = priority
        self.cookie = cookie
        self.cookieMask = cookieMask
        self.idleTimeout = idleTimeout
        self.hardTimeout = hardTimeout
        self.flags = flags
        self.bufferID = bufferID
        self.outPort = outPort
        self.outGroup = outGroup
        self.match = match
        self.instructions = instructions
    }

    init(_ body: RawSpan) throws(OpenFlowError) {
        var reader = MessageReader(body, of: .flowMod)
        cookie = try reader.next()
        cookieMask = try reader.next()
        tableID = try reader.next()
        let number: UInt8 = try reader.next()
        guard let known = Command(rawValue: number) else { throw .value(.flowMod, Int(number)) }
        command = known
        idleTimeout = try reader.next()
        hardTimeout = try reader.next()
        priority = try reader.next()
        bufferID = try reader.next()
        outPort = try reader.next()
        outGroup = try reader.next()
        flags = Flags(rawValue: try reader.next())
        try reader.skip(2)
        match = try Match(&reader)
        instructions = try Instruction.list(&reader)
    }

    func encode(into writer: inout ByteWriter) {
        writer.write(cookie)
        writer.write(cookieMask)
        writer.write(tableID)
        writer.write(command.rawValue)
        writer.write(idleTimeout)
        writer.write(hardTimeout)
        writer.write(priority)
        writer.write(bufferID)
        writer.write(outPort)
        writer.write(outGroup)
        writer.write(flags.rawValue)
        writer.pad(2)
        match.encode(into: &writer)
        for instruction in instructions { instruction.encode(into: &writer) }
    }
}
