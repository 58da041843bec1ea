import Foundation
import Glibc
import LabSockets
import TrafficKit

/// One end of a TCP connection that carries bytes both ends know: the kernel's TCP, as real applications use it.
struct ByteStreamEnd {
    /// What an end does.
    enum Role {
        /// Connects and sends so many bytes a second.
        case sender(rate: Double)
        /// Accepts one connection and compares every byte.
        case receiver
    }

    /// How long the receiver waits for the rest once it is told to stop, in nanoseconds.
    private static let patience: UInt64 = 15_000_000_000
    private static let socketKey = 0
    private static let commandKey = 1

    private let role: Role
    private let events: EventQueue
    private let commands: LineStream
    private var socket: Descriptor
    private var isConnected = false
    private var report = ByteReport()
    private var chunk = [UInt8](repeating: 0, count: 16_384)
    private var stopAt: UInt64?
    private var isAtEnd = false

    /// Connects to `remote`, or listens at `local`.
    init(role: Role, local: SocketAddress, remote: SocketAddress) throws(SystemError) {
        self.role = role
        events = try EventQueue()
        commands = try LineStream(Descriptor(STDIN_FILENO), output: Descriptor(STDOUT_FILENO))
        switch role {
        case .sender:
            socket = try Descriptor.connected(to: remote)
            try socket.setNonBlocking()
            isConnected = true
        case .receiver: socket = try Descriptor.listening(at: local)
        }
        try events.add(socket, key: Self.socketKey)
        try events.add(commands.input, key: Self.commandKey)
    }

    /// Sends or receives until told to stop, and reports.
    mutating func run() throws(SystemError) {
        say(.ready)
        let start = monotonicNow()
        // The receiver stays until it is told to stop, so that somebody hears its report.
        while !isAtEnd || stopAt == nil {
            var deadline = min(stopAt ?? .max, monotonicNow() + 1_000_000_000)
            if case .sender(let rate) = role {
                if stopAt != nil { break }
                deadline = min(deadline, send(rate: rate, since: start))
            } else if let stopAt, monotonicNow() >= stopAt {
                break
            }
            try wait(until: deadline)
        }
        if case .sender = role {
            report.retransmissions = retransmissions
            shutdown(socket.number, Int32(SHUT_WR))
        }
        say(.bytes(counted: report))
        while commands.wantsToWrite { commands.flush() }
        // The kernel delivers what is left, as long as nobody closes the socket before the other end has it all.
        if case .sender = role { while !commands.isClosed { try wait(until: monotonicNow() + 1_000_000_000) } }
    }

    private mutating func send(rate: Double, since start: UInt64) -> UInt64 {
        let due = UInt64(Double(monotonicNow() - start) * rate / 1e9)
        while report.bytes < due {
            let count = Int(min(UInt64(chunk.count), due - report.bytes))
            chunk.withUnsafeMutableBytes { BytePattern.fill(UnsafeMutableRawBufferPointer(rebasing: $0[..<count]), from: report.bytes) }
            let written = Glibc.send(socket.number, chunk, count, Int32(MSG_NOSIGNAL))
            guard written > 0 else { break }
            report.bytes += UInt64(written)
        }
        // Often enough for a smooth stream, seldom enough for full segments.
        return monotonicNow() + 2_000_000
    }

    private mutating func wait(until deadline: UInt64) throws(SystemError) {
        var readable: [Int] = []
        var signalled = false
        try events.wait(until: deadline) { event in
            switch event {
            case .readable(let key): readable.append(key)
            case .signal: signalled = true
            }
        }
        if signalled { stopAt = monotonicNow() }
        for key in readable {
            if key == Self.commandKey { try obey() } else { try receive() }
        }
    }

    private mutating func receive() throws(SystemError) {
        guard case .receiver = role else {
            // Nothing is ever answered: the other end closed or broke the connection.
            events.remove(socket)
            return
        }
        guard isConnected else {
            let number = accept(socket.number, nil, nil)
            guard number >= 0 else { return }
            events.remove(socket)
            socket = Descriptor(number)
            try socket.setNonBlocking()
            try events.add(socket, key: Self.socketKey)
            isConnected = true
            return
        }
        let count = recv(socket.number, &chunk, chunk.count, 0)
        if count > 0 {
            report.mismatches += chunk.withUnsafeBytes {
                BytePattern.mismatches(in: UnsafeRawBufferPointer(rebasing: $0[..<count]), from: report.bytes)
            }
            report.bytes += UInt64(count)
        } else if count == 0 || errno != EAGAIN {
            isAtEnd = true
            events.remove(socket)
        }
    }

    private mutating func obey() throws(SystemError) {
        for line in commands.receive() {
            switch TrafficCommand(line) {
            case .status: say(.status(sent: Int(report.bytes), distinct: Int(report.bytes), flowsHeard: isConnected ? 1 : 0))
            case .stop: stopAt = monotonicNow() + Self.patience
            default: break
            }
        }
        if commands.isClosed {
            events.remove(commands.input)
            stopAt = stopAt ?? monotonicNow()
        }
    }

    private var retransmissions: Int {
        var information = tcp_info()
        var size = socklen_t(MemoryLayout<tcp_info>.size)
        guard getsockopt(socket.number, Int32(IPPROTO_TCP), TCP_INFO, &information, &size) == 0 else { return 0 }
        return Int(information.tcpi_total_retrans)
    }

    private func say(_ message: TrafficMessage) {
        guard let line = try? JSONEncoder().encode(message) else { return }
        commands.send(String(decoding: line, as: UTF8.self))
    }
}
