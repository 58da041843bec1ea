import Glibc
import JSONLines

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
    private var output = JSONWriter()

    init(_ descriptor: CInt) {
        self.descriptor = descriptor
    }

    deinit {
        close(descriptor)
    }

    /// Whether bytes wait for the function to read.
    var hasOutput: Bool { !output.bytes.isEmpty }

    /// Reads what is there, at most one buffer full, so that a talkative function cannot hold the data path up.
    mutating func read() -> Input {
        var input = Input()
        withUnsafeTemporaryAllocation(byteCount: MessageLimits.line, alignment: 1) { buffer in
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

    /// Whether more waits for the function than may.
    var isOverfull: Bool { output.bytes.count > MessageLimits.output }

    /// Adds a message to what waits.
    mutating func queue(_ message: AgentMessage) { message.write(to: &output) }

    /// Sends what waits; false when the connection broke.
    mutating func flush() -> Bool {
        while !output.bytes.isEmpty {
            let sent = output.bytes.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL)) }
            if sent > 0 {
                output.bytes.removeFirst(sent)
            } else if errno != EINTR {
                return errno == EAGAIN
            }
        }
        return true
    }
}
