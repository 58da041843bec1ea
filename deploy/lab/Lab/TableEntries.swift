/// How many entries the switches' flow tables have, over a run, by what they say themselves.
package struct TableEntries: Hashable, Sendable, Codable {
    /// Before the first handover.
    package private(set) var before: [String: Int]
    /// The most that were seen while flows moved.
    package private(set) var during: [String: Int]
    /// At the end.
    package private(set) var after: [String: Int]

    /// Entries by switch, where nothing has moved yet.
    package init(before: [String: Int]) {
        self.before = before
        during = before
        after = before
    }

    /// Takes in what the switches say while flows move.
    package mutating func seen(_ entries: [String: Int]) { during.merge(entries) { max($0, $1) } }

    /// Takes in what they say at the end.
    package mutating func ended(_ entries: [String: Int]) {
        seen(entries)
        after = entries
    }

    /// The three counts of each switch in one line.
    var text: String {
        before.keys.sorted().map { name in
            "\(name) \(before[name] ?? 0) before, at most \(during[name] ?? 0) during, \(after[name] ?? 0) after"
        }.joined(separator: "; ")
    }
}
