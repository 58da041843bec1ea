/// At which priorities a flow's direction has exact entries: one as a rule.
///
/// An entry to the controller is not written over where packets may be lost while no controller is there, for its count says how many
/// they were: those after it lie one level above it, until the handover has come to its outcome.
struct EntryLevels: Sendable {
    /// The levels that the band of exact entries has.
    static let limit: UInt16 = 0x0E00

    /// The level of the newest entry.
    private(set) var current: UInt16 = 0
    /// Those of entries to the controller that may still have to be counted.
    private(set) var uncounted: Set<UInt16> = []

    /// Every level with an entry.
    var all: [UInt16] { uncounted.isEmpty ? [current] : uncounted.union([current]).sorted() }

    /// Another entry is to be installed.
    mutating func rise() {
        guard uncounted.contains(current), let highest = uncounted.max(), highest + 1 < Self.limit else { return }
        current = highest + 1
    }

    /// Another handover of the flow writes over the entries of the one before it.
    mutating func takeOver(_ before: EntryLevels) { self = before }

    /// The newest entry is one to the controller, which may have to be counted.
    mutating func keep() { uncounted.insert(current) }

    /// A switch says what it has.
    mutating func found(current: UInt16?, uncounted: Set<UInt16>) {
        self.uncounted = uncounted
        self.current = current ?? uncounted.max().map { $0 + 1 } ?? self.current
    }

    /// Nothing is to be counted any more. Gives the levels whose entries nobody needs any more.
    mutating func counted() -> Set<UInt16> {
        defer { uncounted = [] }
        return uncounted.subtracting([current])
    }

    /// Levels for both directions.
    struct PerDirection: Sendable {
        private var forward = EntryLevels()
        private var reverse = EntryLevels()

        subscript(direction: Direction) -> EntryLevels {
            get { direction == .forward ? forward : reverse }
            _modify { if direction == .forward { yield &forward } else { yield &reverse } }
        }
    }
}

/// Which packets of a direction may have been lost while no controller was there.
struct Uncounted: OptionSet, Sendable {
    let rawValue: UInt8

    /// Those that took the flow's own entry to the controller.
    static let ownEntry = Uncounted(rawValue: 1)
    /// Those that took a detection entry, which other flows take too.
    static let detection = Uncounted(rawValue: 2)
}
