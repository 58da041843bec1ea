import Foundation
import Glibc
import LabSockets
import TrafficKit

/// What both ends share: a socket for each flow, commands on standard input, lines of JSON on standard output, and the way to end.
struct TrafficProgram {
    /// What an end does besides counting what arrives.
    enum Role {
        /// Sends so many packets a second in all, round robin over the flows.
        case sender(rate: Double)
        /// Answers what arrives.
        case reflector
        /// Only counts.
        case sink
    }

    /// How long an end waits for packets that are under way while none comes.
    static let patience: UInt64 = 3_000_000_000
    /// How long an end stays to see duplicates after all has arrived.
    static let linger: UInt64 = 250_000_000

    private let role: Role
    private let sockets: [Descriptor]
    private let events: EventQueue
    private let commands: LineStream
    private let commandKey: Int
    private let incoming = PacketBatch(packetLimit: 65_536)
    private let outgoing: PacketBatch
    private let pattern: [UInt8]
    private let answered: Bool
    private var end: TrafficEnd
    private var refused = 0
    private var lastArrival: UInt64 = 0
    private var stop: TrafficCommand?
    private var quietSince: UInt64?
    private var quietTime: UInt64 = 0

    /// Opens the sockets: flow i uses the i-th port after `local`'s and after `remote`'s. `answered` says whether each packet that
    /// this end sends is to come back.
    init(
        role: Role, local: SocketAddress, remote: SocketAddress, flows: Int, payloadBytes: Int, answered: Bool, keepsDelays: Bool = false
    ) throws(SystemError) {
        self.role = role
        self.answered = answered
        var limit = rlimit(rlim_cur: rlim_t(flows + 64), rlim_max: rlim_t(flows + 64))
        if flows > 900 { try check(setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit), "open \(flows) sockets") }
        events = try EventQueue()
        commands = try LineStream(Descriptor(STDIN_FILENO), output: Descriptor(STDOUT_FILENO))
        commandKey = flows
        var sockets: [Descriptor] = []
        for flow in 0..<UInt16(flows) {
            let socket = try Descriptor.udp(
                from: SocketAddress(host: local.host, port: local.port + flow),
                to: SocketAddress(host: remote.host, port: remote.port + flow))
            try events.add(socket, key: Int(flow))
            sockets.append(socket)
        }
        self.sockets = sockets
        try events.add(commands.input, key: commandKey)
        outgoing = PacketBatch(packetLimit: max(payloadBytes, 65_536))
        pattern = (0..<payloadBytes).map { UInt8(truncatingIfNeeded: $0) }
        end = TrafficEnd(flows: flows, keepsDelays: keepsDelays)
    }

    /// Runs until told to stop (or for so long), then until nothing more comes, and reports.
    mutating func run(nanoseconds: UInt64?) throws(SystemError) {
        say(.ready)
        let start = monotonicNow()
        let endOfTime = nanoseconds.map { start + $0 } ?? .max
        while stop == nil {
            let now = monotonicNow()
            if now >= endOfTime { stop = .stop(expected: nil) }
            try wait(until: min(endOfTime, send(since: start, now: now)))
        }
        try drain()
        let drops = sockets.reduce(0) { $0 + $1.kernelDrops }
        say(.report(counted: end.report(socketDrops: drops, refused: refused)))
        while commands.wantsToWrite { commands.flush() }
    }

    /// Sends what is due, at most a batch, and says when to come back. Packet n of all is due n/rate after the start,
    /// times of quiet not counted.
    private mutating func send(since start: UInt64, now: UInt64) -> UInt64 {
        guard case .sender(let rate) = role, rate > 0, quietSince == nil else { return .max }
        let start = start + quietTime
        let due = Int(Double(now - start) * rate / 1e9) + 1
        for _ in 0..<min(max(0, due - end.sent), PacketBatch.capacity) {
            let flow = end.sent % sockets.count
            outgoing.clear()
            pattern.withUnsafeBytes { outgoing.append($0) }
            end.write(flow: flow, sentAt: monotonicNow(), to: outgoing[0])
            refused += outgoing.send(to: sockets[flow].number)
        }
        return start + UInt64(Double(end.sent) * 1e9 / rate)
    }

    private mutating func wait(until deadline: UInt64) throws(SystemError) {
        // A timer that is never to ring still needs a time: an hour from now.
        let deadline = min(deadline, monotonicNow() + 3_600_000_000_000)
        var readable: [Int] = []
        var signalled = false
        try events.wait(until: deadline) { event in
            switch event {
            case .readable(let key): readable.append(key)
            case .signal: signalled = true
            }
        }
        if signalled { stop = stop ?? .stop(expected: nil) }
        for key in readable {
            if key == commandKey { obey() } else { try receive(flow: key) }
        }
    }

    private mutating func receive(flow: Int) throws(SystemError) {
        let socket = sockets[flow].number
        while try incoming.receive(from: socket) > 0 {
            let now = monotonicNow()
            lastArrival = now
            outgoing.clear()
            for index in 0..<incoming.count {
                let payload = incoming[index]
                guard let probe = end.arrived(UnsafeRawBufferPointer(payload), flow: flow, at: now) else { continue }
                if case .reflector = role {
                    outgoing.append(UnsafeRawBufferPointer(payload))
                    end.write(flow: flow, sentAt: probe.sentAt, to: outgoing[outgoing.count - 1])
                }
            }
            refused += outgoing.send(to: socket)
            if incoming.count < PacketBatch.capacity { return }
        }
    }

    private mutating func obey() {
        for line in commands.receive() {
            switch TrafficCommand(line) {
            case .status: say(.status(sent: end.sent, distinct: end.distinct, flowsHeard: end.flowsHeard))
            case .mark(let label): end.mark(label, at: monotonicNow())
            case .watch(let flow): end.watch(flow: flow, since: monotonicNow())
            case .quiet: quietSince = quietSince ?? monotonicNow()
            case .speak:
                quietTime += quietSince.map { monotonicNow() - $0 } ?? 0
                quietSince = nil
            case .stop(let expected): stop = .stop(expected: expected)
            case nil: FileHandle.standardError.write(Data("sharp-traffic: unknown command: \(line)\n".utf8))
            }
        }
        if commands.isClosed {
            events.remove(commands.input)
            stop = stop ?? .stop(expected: nil)
        }
    }

    /// Waits for packets under way: until all that are expected have come and then none for a while, or none came for long.
    private mutating func drain() throws(SystemError) {
        var expected: Int?
        if case .stop(let count) = stop { expected = count }
        lastArrival = monotonicNow()
        while true {
            let complete = end.distinct >= expected ?? (answered ? end.sent : 0)
            let deadline = lastArrival + (complete ? Self.linger : Self.patience)
            if monotonicNow() >= deadline { return }
            try wait(until: deadline)
        }
    }

    private func say(_ message: TrafficMessage) {
        guard let line = try? JSONEncoder().encode(message) else { return }
        commands.send(String(decoding: line, as: UTF8.self))
    }
}
