import Timing

/// What is done with the messages of one socket. Only the bus thread calls these; none of them may wait.
protocol LaneRole: Sendable {
    /// Sends what other threads have queued; true when the socket would not take all of it.
    func sendQueued(through socket: inout BusSocket) -> Bool
    /// A message arrived.
    func received(_ message: Multipart, through socket: inout BusSocket)
    /// A message arrived that the socket's limits refuse.
    func refused(_ error: BusError)
    /// When the role wants to hear from the clock, if at all.
    var nextDeadline: Instant? { get }
    /// The deadline has come.
    func clockReached(_ now: Instant)
    /// The bus is ending: nothing will be sent or received any more.
    func closed()
}

extension LaneRole {
    var nextDeadline: Instant? { nil }
    func clockReached(_ now: Instant) {}
    func sendQueued(through socket: inout BusSocket) -> Bool { false }
}

/// A socket and its role, on the bus thread.
final class Lane: @unchecked Sendable {  // Made by one thread and handed whole to the bus thread, which alone uses it.
    /// Messages taken from one socket before the others have their turn.
    private static let batch = 256

    private var socket: BusSocket
    private let role: any LaneRole
    private var isBlocked = false
    private var place = 0

    init(_ socket: consuming BusSocket, role: any LaneRole) {
        self.socket = socket
        self.role = role
    }

    var nextDeadline: Instant? { role.nextDeadline }

    func sendQueued() {
        isBlocked = role.sendQueued(through: &socket)
    }

    func join(_ set: inout PollSet) {
        place = set.add(socket, writable: isBlocked)
    }

    func receive(if set: borrowing PollSet) {
        guard set.isReadable(place) else { return }
        for _ in 0..<Self.batch {
            do {
                guard let message = try socket.receiveIfReady() else { return }
                role.received(message, through: &socket)
            } catch {
                role.refused(error)
            }
        }
    }

    func clockReached(_ now: Instant) {
        if let deadline = role.nextDeadline, deadline <= now { role.clockReached(now) }
    }

    func close() {
        role.closed()
    }
}
