/// A flow's own entries to the controller whose count is to be asked for.
struct PendingCount: Sendable {
    let handover: Serial
    let direction: Direction
    /// Whether no packet took them when they were last thought of.
    var isQuiet = false
    /// What the switches that have answered have counted.
    private(set) var packets: UInt64 = 0
    /// The entries that they have found.
    private(set) var entries = 0
    private var awaited: Set<DatapathID> = []

    init(handover: Serial, direction: Direction) {
        self.handover = handover
        self.direction = direction
    }

    /// Switches are asked, whatever was answered before.
    mutating func ask(_ places: [DatapathID]) { (packets, entries, awaited) = (0, 0, Set(places)) }

    /// True when all have answered.
    mutating func add(_ answer: Census, of datapath: DatapathID) -> Bool {
        guard awaited.remove(datapath) != nil else { return false }
        packets &+= answer.packets
        entries += answer.entries
        return awaited.isEmpty
    }
}

/// What a switch has answered so far.
struct Census: Sendable {
    let count: Serial
    var packets: UInt64 = 0
    var entries = 0
}
