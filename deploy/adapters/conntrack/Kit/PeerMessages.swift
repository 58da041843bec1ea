import JSONLines

/// What one adapter asks another over TCP, one JSON object a line.
package enum PeerRequest: Hashable, Sendable {
    /// The entries that move with a handover for which the asked function is the source: `{"fetch":7}`.
    case fetch(handover: UInt16)

    /// Reads a line.
    package init(line: Span<UInt8>) throws(JSONError) {
        var reader = JSONReader(line)
        var handover: UInt16?
        guard try reader.beginObject() else { throw .malformed }
        while let name = try reader.nextMember() {
            if name == "fetch" { handover = try reader.integer() } else { try reader.skip() }
        }
        try reader.end()
        guard let handover else { throw .malformed }
        self = .fetch(handover: handover)
    }

    /// Appends the request as a line.
    package func write(to line: inout JSONWriter) {
        line.beginObject()
        switch self {
        case .fetch(let handover): line.add("fetch", handover)
        }
        line.endObject()
        line.endLine()
    }
}

/// What an adapter answers to one that fetches, one JSON object a line: the entries, and how many they were; or why there are none.
package enum PeerReply: Hashable, Sendable {
    /// An entry: `{"handover":7,"entry":{…}}`.
    case entry(handover: UInt16, ConntrackEntry)
    /// All entries are said: `{"handover":7,"entries":2}`.
    case complete(handover: UInt16, entries: UInt32)
    /// They cannot be given: `{"handover":7,"refused":"…"}`.
    case refused(handover: UInt16, reason: String)

    /// Of which handover.
    package var handover: UInt16 {
        switch self {
        case .entry(let handover, _), .complete(let handover, _), .refused(let handover, _): handover
        }
    }

    /// Reads a line.
    package init(line: Span<UInt8>) throws(JSONError) {
        var reader = JSONReader(line)
        var (handover, entry, entries, refused): (UInt16?, ConntrackEntry?, UInt32?, String?)
        guard try reader.beginObject() else { throw .malformed }
        while let name = try reader.nextMember() {
            switch name {
            case "handover": handover = try reader.integer()
            case "entry": entry = try ConntrackEntry(&reader)
            case "entries": entries = try reader.integer()
            case "refused": refused = try reader.string()
            default: try reader.skip()
            }
        }
        try reader.end()
        guard let handover else { throw .malformed }
        if let entry {
            self = .entry(handover: handover, entry)
        } else if let entries {
            self = .complete(handover: handover, entries: entries)
        } else if let refused {
            self = .refused(handover: handover, reason: refused)
        } else {
            throw .malformed
        }
    }

    /// Appends the answer as a line.
    package func write(to line: inout JSONWriter) {
        line.beginObject()
        switch self {
        case .entry(let handover, let entry):
            entry.write("entry", to: &line)
            line.add("handover", handover)
        case .complete(let handover, let entries):
            line.add("entries", entries)
            line.add("handover", handover)
        case .refused(let handover, let reason):
            line.add("handover", handover)
            line.add("refused", reason)
        }
        line.endObject()
        line.endLine()
    }
}
