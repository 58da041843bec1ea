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
    public mutating func split(_ bytes: some Sequence<UInt8>) -> [Piece] {
        var pieces: [Piece] = []
        for byte in bytes {
            if byte == UInt8(ascii: "\n") {
                if !isSkipping, !partial.isEmpty { pieces.append(.line(partial)) }
                partial.removeAll(keepingCapacity: true)
                isSkipping = false
            } else if !isSkipping {
                partial.append(byte)
                if partial.count > limit {
                    pieces.append(.tooLong)
                    partial.removeAll()
                    isSkipping = true
                }
            }
        }
        return pieces
    }
}
