import Glibc

/// A non-blocking stream of text lines in both directions: a socket, or a pair of pipes.
package final class LineStream {
    /// The longest line that is accepted, in bytes.
    package static let lineLimit = 1 << 24
    /// What the other side has to be read from.
    package let input: Descriptor
    private let output: Descriptor
    private var received: [UInt8] = []
    private var pending: [UInt8] = []
    /// Whether the other side is gone, or broke the rules.
    package private(set) var isClosed = false
    /// Whether lines wait for room in the kernel's buffer.
    package var wantsToWrite: Bool { !pending.isEmpty && !isClosed }

    /// Lines over a descriptor to read from and one to write to; over the same socket if only one is given.
    package init(_ input: Descriptor, output: Descriptor? = nil) throws(SystemError) {
        // Writing to a side that is gone is to fail, not to end the program.
        signal(SIGPIPE, SIG_IGN)
        self.input = input
        self.output = output ?? input
        try input.setNonBlocking()
        try self.output.setNonBlocking()
    }

    /// Sends a line, now or when there is room.
    package func send(_ line: String) {
        pending.append(contentsOf: line.utf8)
        pending.append(UInt8(ascii: "\n"))
        flush()
    }

    /// Writes as much of what is pending as the kernel takes.
    package func flush() {
        while wantsToWrite {
            let written = write(output.number, pending, pending.count)
            if written > 0 {
                pending.removeFirst(written)
            } else if errno != EINTR {
                if errno != EAGAIN { isClosed = true }
                return
            }
        }
    }

    /// All complete lines that have come, without waiting for more.
    package func receive() -> [String] {
        var chunk = [UInt8](repeating: 0, count: 65536)
        reading: while !isClosed {
            let count = read(input.number, &chunk, chunk.count)
            switch count {
            case 1...: received.append(contentsOf: chunk[..<count])
            case 0: isClosed = true
            default:
                if errno == EINTR { continue }
                if errno != EAGAIN { isClosed = true }
                break reading
            }
            if received.count > Self.lineLimit { isClosed = true }
        }
        guard let end = received.lastIndex(of: UInt8(ascii: "\n")) else { return [] }
        let lines = received[..<end].split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
        received.removeFirst(end + 1)
        return lines
    }
}
