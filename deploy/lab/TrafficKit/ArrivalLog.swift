/// What arrived of one flow in one direction, exactly.
package struct ArrivalLog: Sendable {
    /// A sequence number further ahead of the highest seen than this cannot be a packet of ours.
    package static let window: UInt32 = 1 << 22

    /// The counts so far.
    package private(set) var counts = ArrivalCounts()
    /// Everything that arrived, in the order of arrival.
    package private(set) var digest = SequenceDigest()
    /// One more than the highest number that arrived.
    package private(set) var next: UInt32 = 0
    private var seen: [UInt64] = []

    /// Nothing has arrived, and there is room for so many packets without growing.
    package init(expecting packets: Int = 1 << 16) {
        seen.reserveCapacity(packets / 64 + 1)
    }

    /// Takes in a packet; false if its number is beyond anything that could have been sent.
    @discardableResult
    package mutating func record(_ sequence: UInt32, payload: RawSpan) -> Bool {
        guard UInt64(sequence) < UInt64(next) + UInt64(Self.window) else { return false }
        counts.received += 1
        digest.append(payload)
        let word = Int(sequence / 64)
        let bit = UInt64(1) << UInt64(sequence % 64)
        while seen.count <= word { seen.append(0) }
        guard seen[word] & bit == 0 else {
            counts.duplicated += 1
            return true
        }
        seen[word] |= bit
        counts.distinct += 1
        if sequence < next { counts.reordered += 1 } else { next = sequence + 1 }
        return true
    }
}

/// How many packets of a flow and direction arrived, and how.
package struct ArrivalCounts: Hashable, Sendable, Codable {
    /// All that arrived, duplicates included.
    package var received = 0
    /// Different ones.
    package var distinct = 0
    /// Arrivals of a packet that had arrived before.
    package var duplicated = 0
    /// First arrivals behind a packet with a higher number.
    package var reordered = 0

    /// Nothing arrived.
    package init() {}
}
