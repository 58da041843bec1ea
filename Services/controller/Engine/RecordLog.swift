/// The records of the handovers that ended last, at most so many.
struct RecordLog: Sendable {
    private var records: [HandoverRecord] = []
    private var start = 0
    private let limit: Int

    init(limit: Int) {
        self.limit = max(1, limit)
    }

    /// The records, the oldest first.
    var all: [HandoverRecord] { Array(records[start...] + records[..<start]) }

    mutating func append(_ record: HandoverRecord) {
        guard records.count == limit else { return records.append(record) }
        records[start] = record
        start = (start + 1) % limit
    }
}
