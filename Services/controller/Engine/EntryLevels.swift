/// At which priorities a flow's direction has exact entries in a switch: one as a rule.
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

    /// Levels wherever a flow may come in.
    struct PerEntrance: Sendable {
        private var levels: [Entrance: EntryLevels] = [:]

        subscript(entrance: Entrance) -> EntryLevels {
            get { levels[entrance] ?? EntryLevels() }
            set { levels[entrance] = newValue }
        }

        /// Another handover of the flow writes over the entries that the one before it has in a direction.
        mutating func takeOver(_ before: PerEntrance, _ direction: Direction) {
            for (entrance, known) in before.levels where entrance.direction == direction { levels[entrance] = known }
        }

        /// Where entries to the controller of a direction may still have to be counted, and how many.
        func uncounted(_ direction: Direction) -> [Entrance: Int] {
            levels.filter { $0.key.direction == direction && !$0.value.uncounted.isEmpty }.mapValues(\.uncounted.count)
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
