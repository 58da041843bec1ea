import CLab
import Foundation
import JSONLines
import LabSockets

/// A stream of JSON lines that never makes its owner wait; what is said between two flushes leaves with one write.
final class Conversation {
    private let stream: LineStream
    private let partner: String
    private var said = JSONWriter()
    private var hasInput = false

    /// A conversation over a socket; complaints on standard error name the other side `partner`.
    init(_ descriptor: Descriptor, with partner: String) throws(SystemError) {
        stream = try LineStream(descriptor)
        self.partner = partner
    }

    /// Whether the other side is gone.
    var isClosed: Bool { stream.isClosed }

    /// What to wait for.
    var watch: pollfd {
        pollfd(fd: stream.input.number, events: Int16(POLLIN) | (stream.wantsToWrite ? Int16(POLLOUT) : 0), revents: 0)
    }

    /// Takes the result of waiting.
    func note(_ result: pollfd) { hasInput = result.revents & ~Int16(POLLOUT) != 0 }

    /// All messages that came before the last wait ended; lines that are none are told on standard error.
    func receive<Message>(_ read: (Span<UInt8>) throws(JSONError) -> Message) -> [Message] {
        guard hasInput else { return [] }
        hasInput = false
        return stream.receive().compactMap { line in
            if let message = try? read(Array(line.utf8).span) { return message }
            FileHandle.standardError.write(Data("sharp-example-vnf: \(partner) said what nobody understands: \(line)\n".utf8))
            return nil
        }
    }

    /// Says a line with the next flush.
    func send(_ write: (inout JSONWriter) -> Void) { write(&said) }

    /// Sends what was said, now or when there is room.
    func flush() {
        guard !said.bytes.isEmpty else { return stream.flush() }
        stream.send(String(decoding: said.bytes.dropLast(), as: UTF8.self))
        said.bytes.removeAll(keepingCapacity: true)
    }
}
