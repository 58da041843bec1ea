/// Cuts a stream of bytes into lines, of which none is longer than a limit.
public struct LineSplitter: Sendable {
    /// What comes out.
    public enum Piece: Hashable, Sendable {
        /// A line without its newline.
        case line([UInt8])
        /// A line beyond the limit, which was thrown away.
        case tooLong
    }

    private let limit: Int
    private var partial: [UInt8] = []
    /// Within a line that is already too long, up to its newline.
    private var isSkipping = false

    /// A splitter that throws lines of more than `limit` bytes away.
    public init(limit: Int = MessageLimits.line) {
        self.limit = limit
    }

    /// Takes the next bytes of the stream and returns the lines that they complete.
    public mutating func split(_ bytes: some Collection<UInt8>) -> [Piece] {
        var pieces: [Piece] = []
        var rest = bytes[...]
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            take(rest[..<end], &pieces)
            if !isSkipping, !partial.isEmpty { pieces.append(.line(partial)) }
            partial = []
            isSkipping = false
            rest = rest[rest.index(after: end)...]
        }
        take(rest, &pieces)
        return pieces
    }

    private mutating func take(_ bytes: some Collection<UInt8>, _ pieces: inout [Piece]) {
        guard !isSkipping else { return }
        guard partial.count + bytes.count <= limit else {
            pieces.append(.tooLong)
            partial = []
            isSkipping = true
            return
        }
        partial += bytes
    }
}
