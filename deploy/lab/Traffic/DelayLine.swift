import Glibc
import LabSockets

/// A longer way to a TCP service: what comes in at one end goes out at the other so much later, in order, both ways.
struct DelayLine {
    private struct Pipe {
        let from: Descriptor
        let to: Descriptor
        var waiting: [(due: UInt64, bytes: ArraySlice<UInt8>)] = []
    }

    /// How long to wait for room in the kernel's buffer.
    private static let pause: UInt64 = 500_000
    private static let listenerKey = Int.max >> 8

    private let events: EventQueue
    private let listener: Descriptor
    private let service: SocketAddress
    private let nanoseconds: UInt64
    /// By key: two a connection, one a way; nil once the connection is closed.
    private var pipes: [Pipe?] = []
    private var chunk = [UInt8](repeating: 0, count: 65_536)
    private var isEnding = false

    init(listen: SocketAddress, to service: SocketAddress, nanoseconds: UInt64) throws(SystemError) {
        events = try EventQueue()
        listener = try Descriptor.listening(at: listen)
        self.service = service
        self.nanoseconds = nanoseconds
        try events.add(listener, key: Self.listenerKey)
    }

    /// Passes on until it is told to end.
    mutating func run() throws(SystemError) {
        while !isEnding {
            var readable: [Int] = []
            var signalled = false
            try events.wait(until: deliver()) { event in
                switch event {
                case .readable(let key): readable.append(key)
                case .signal: signalled = true
                }
            }
            isEnding = signalled
            for key in readable { if key == Self.listenerKey { try accept() } else { receive(key) } }
        }
    }

    private mutating func accept() throws(SystemError) {
        let number = Glibc.accept(listener.number, nil, nil)
        guard number >= 0 else { return }
        let here = Descriptor(number)
        // Whoever connects is turned away, and comes again, while the service is not there.
        guard let there = try? Descriptor.connected(to: service) else { return }
        for end in [here, there] {
            try end.setNonBlocking()
            try end.set(Int32(IPPROTO_TCP), TCP_NODELAY, to: 1)
        }
        for (from, to) in [(here, there), (there, here)] {
            try events.add(from, key: pipes.count)
            pipes.append(Pipe(from: from, to: to))
        }
    }

    private mutating func receive(_ key: Int) {
        guard let from = pipes[key]?.from else { return }
        let count = read(from.number, &chunk, chunk.count)
        if count > 0 {
            pipes[key]?.waiting.append((monotonicNow() + nanoseconds, chunk[..<count]))
        } else if count == 0 || (errno != EAGAIN && errno != EINTR) {
            close(key)
        }
    }

    /// Sends what is due, and says when to come back.
    private mutating func deliver() -> UInt64 {
        let now = monotonicNow()
        var next = now + 1_000_000_000
        for key in pipes.indices {
            while let first = pipes[key]?.waiting.first, let to = pipes[key]?.to {
                guard first.due <= now else {
                    next = min(next, first.due)
                    break
                }
                let sent = first.bytes.withUnsafeBytes { send(to.number, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
                if sent == first.bytes.count {
                    pipes[key]?.waiting.removeFirst()
                } else if sent >= 0 {
                    pipes[key]?.waiting[0].bytes.removeFirst(sent)
                } else if errno == EAGAIN {
                    next = min(next, now + Self.pause)
                    break
                } else {
                    close(key)
                }
            }
        }
        return next
    }

    private mutating func close(_ key: Int) {
        for way in [key, key ^ 1] {
            if let pipe = pipes[way] { events.remove(pipe.from) }
            pipes[way] = nil
        }
    }
}
