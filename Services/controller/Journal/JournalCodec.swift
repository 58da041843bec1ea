import HandoverEngine
import JSONLines

/// A journal's entries as JSON, one a line. Members that an entry does not have are left out; those that nobody knows are passed over.
public enum JournalCodec {
    /// Why a line is no entry.
    public struct Problem: Error, Hashable, Sendable, CustomStringConvertible {
        /// What is wrong with it.
        public let description: String
    }

    /// Adds an entry as a line.
    public static func write(_ entry: JournalEntry, to writer: inout JSONWriter) {
        writer.beginObject()
        switch entry {
        case .switch(let id, let datapath):
            writer.add("entry", "switch")
            writer.add("id", id)
            writer.add("datapath", datapath.value)
        case .group(let group): writer.add(group)
        case .vnf(let vnf): writer.add(vnf)
        case .rule(let rule): writer.add(rule)
        case .relocation(let note): writer.add(note)
        case .arming(let note): writer.add(note)
        case .began(let note): writer.add(note)
        case .beganGroup(let note): writer.add(note)
        case .joined(let serial, let member): writer.add("joined", serial, member)
        case .released(let serial, let member): writer.add("released", serial, member)
        case .ended(let serial, let outcome):
            writer.add("entry", "ended")
            writer.add("serial", serial.value)
            writer.add("outcome", outcome.rawValue)
        case .forgotten(let serial):
            writer.add("entry", "forgotten")
            writer.add("serial", serial.value)
        case .reserved(let serial, let counter, let identifier):
            writer.add("entry", "reserved")
            writer.add("serial", serial)
            writer.add("counter", counter)
            writer.add("handover", identifier)
        }
        writer.endObject()
        writer.endLine()
    }

    /// Reads a line.
    public static func entry(_ line: Span<UInt8>) throws(Problem) -> JournalEntry {
        var fields = JournalFields()
        do throws(JSONError) {
            var reader = JSONReader(line)
            guard try reader.beginObject() else { throw .malformed }
            while let name = try reader.nextMember() { try fields.take(name, &reader) }
            try reader.end()
        } catch {
            throw Problem(description: "not a line of JSON as it was written")
        }
        return try fields.entry()
    }

    /// Reads a journal; what follows the last line break is a line that was never finished, and is left out.
    ///
    /// - Throws: the number of the first line at fault, counted from 1, and what is wrong with it.
    public static func entries(_ text: Span<UInt8>) throws(LineProblem) -> [JournalEntry] {
        var entries: [JournalEntry] = []
        var start = 0
        for index in text.indices where text[index] == UInt8(ascii: "\n") {
            defer { start = index + 1 }
            do throws(Problem) {
                entries.append(try entry(text.extracting(start..<index)))
            } catch {
                throw LineProblem(line: entries.count + 1, description: error.description)
            }
        }
        return entries
    }

    /// A line that is no entry.
    public struct LineProblem: Error, Hashable, Sendable, CustomStringConvertible {
        /// Its number, from 1.
        public let line: Int
        /// What is wrong with it.
        public let description: String
    }
}
