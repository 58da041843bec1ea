import Glibc

/// The connection to the network function: lines in, lines out, with limits on both.
struct FunctionConnection: ~Copyable {
    /// What reading brought.
    struct Input {
        /// Lines, whole or thrown away, in order.
        var pieces: [LineSplitter.Piece] = []
        /// The function hung up, or the connection broke.
        var isOver = false
    }

    let descriptor: CInt
    private var splitter = LineSplitter()
    private var output: [UInt8] = []

    init(_ descriptor: CInt) {
        self.descriptor = descriptor
    }

    deinit {
        close(descriptor)
    }

    /// Whether bytes wait for the function to read.
    var hasOutput: Bool { !output.isEmpty }

    /// Reads what is there, at most one buffer full, so that a talkative function cannot hold the data path up.
    mutating func read() -> Input {
        var input = Input()
        withUnsafeTemporaryAllocation(byteCount: 16 << 10, alignment: 1) { buffer in
            var count: Int
            repeat { count = recv(descriptor, buffer.baseAddress, buffer.count, 0) } while count < 0 && errno == EINTR
            if count > 0 {
                input.pieces = splitter.split(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            } else if count == 0 || errno != EAGAIN {
                input.isOver = true
            }
        }
        return input
    }

    /// Whether so many more bytes may wait.
    func hasRoom(for count: Int) -> Bool { output.count + count <= MessageLimits.output }

    /// Sends a line, or keeps what does not go out at once; false when the connection broke.
    mutating func write(_ line: [UInt8]) -> Bool {
        output += line
        return flush()
    }

    /// Sends what waits; false when the connection broke.
    mutating func flush() -> Bool {
        while !output.isEmpty {
            let sent = output.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL)) }
            if sent > 0 {
                output.removeFirst(sent)
            } else if errno != EINTR {
                return errno == EAGAIN
            }
        }
        return true
    }
}
