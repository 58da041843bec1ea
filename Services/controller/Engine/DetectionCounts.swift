/// How many packets the detection entries of a relocation have caught, and how many of those have come to the controller.
struct DetectionCounts: Sendable {
    /// What a direction's entries have told when all are gone.
    enum Verdict: Sendable {
        /// So many of its packets may be lost.
        case lost(UInt64)
        /// Fewer packets took them than are known to have come, so an entry that they took the place of had gone before, with its count.
        case unknown
    }

    /// Packets that came to this process and to those before it, by direction.
    private(set) var handled: (forward: UInt64, reverse: UInt64)
    /// The directions whose entries have not all told their counts.
    private(set) var awaited: Set<Direction>
    /// Of the packets, those that came to earlier processes: where they came in, nobody knows any more.
    private var earlier: (forward: UInt64, reverse: UInt64)
    private var heard: [Entrance: UInt64] = [:]
    /// How many there were when a switch came back: what its entry took beyond those may have been lost.
    private var heardBefore: [Entrance: UInt64] = [:]
    private var took: [Entrance: UInt64] = [:]

    init(_ directions: [Direction], handled: (forward: UInt64, reverse: UInt64) = (0, 0)) {
        awaited = Set(directions)
        self.handled = handled
        earlier = handled
    }

    /// Entries that take the place of others go on with their counts.
    mutating func goOn(behind before: DetectionCounts) {
        (handled, earlier) = (before.handled, before.earlier)
        (heard, heardBefore) = (before.heard, before.heardBefore)
    }

    /// A packet came.
    mutating func count(at entrance: Entrance) {
        heard[entrance, default: 0] += 1
        if entrance.direction == .forward { handled.forward += 1 } else { handled.reverse += 1 }
    }

    /// The switch is there again.
    mutating func returned(at entrance: Entrance) { heardBefore[entrance] = heard[entrance] ?? 0 }

    /// An entry is gone, and this many packets took it.
    ///
    /// - Returns: what became of the direction's packets, when all its entries have told; nil before.
    mutating func told(_ packets: UInt64, at entrance: Entrance, of all: Set<Entrance>) -> Verdict? {
        took[entrance] = packets
        let direction = entrance.direction
        guard all.allSatisfy({ $0.direction != direction || took[$0] != nil }) else { return nil }
        awaited.remove(direction)
        let away = heardBefore.filter { $0.key.direction == direction }
        guard !away.isEmpty else { return .lost(0) }
        let known = away.values.reduce(direction == .forward ? earlier.forward : earlier.reverse, +)
        let taken = away.keys.reduce(0) { $0 + (took[$1] ?? 0) }
        return taken >= known ? .lost(taken - known) : .unknown
    }

    /// Nobody will tell the others.
    mutating func giveUp() { awaited = [] }
}
