import ControlFrames
import Timing

/// The directions of handovers that ended a short while ago, so that late duplicates of their frames find the right answer.
///
/// Holds a fixed number; the oldest gives way.
struct RecentlyEnded: Sendable {
    struct Key: Hashable {
        let handover: HandoverID
        let port: Int
    }

    /// The answer to a START for a direction that may have ended.
    enum LateStart {
        /// It was carried out, and may be acknowledged again, by a destination with the number of TRANSPORT numbers it knew of.
        case acknowledge(received: UInt32?)
        /// It never was.
        case ignore
    }

    private struct Entry {
        let role: Role?
        let subject: Start.Subject?
        let lateStart: LateStart
        let until: Instant
        let slot: Int
    }

    private let capacity: Int
    private let memory: TimeSpan
    private var entries: [Key: Entry] = [:]
    private var ring: [Key] = []
    private var next = 0

    init(capacity: Int, memory: TimeSpan) {
        self.capacity = max(capacity, 1)
        self.memory = memory
    }

    /// Remembers a direction; without a subject it stands for whatever the handover moved there, and without a role the handover
    /// was aborted before it began there.
    mutating func insert(
        _ handover: HandoverID, port: Int, as role: Role?, _ subject: Start.Subject?, lateStart: LateStart, at now: Instant
    ) {
        let key = Key(handover: handover, port: port)
        if ring.count < capacity {
            ring.append(key)
        } else {
            if entries[ring[next]]?.slot == next { entries[ring[next]] = nil }
            ring[next] = key
        }
        entries[key] = Entry(role: role, subject: subject, lateStart: lateStart, until: now + memory, slot: next)
        next = (next + 1) % capacity
    }

    /// What to do with a START that comes too late; nil if it does not. Numbers are reused: another flow is another
    /// handover.
    func lateStart(_ handover: HandoverID, port: Int, as role: Role, _ subject: Start.Subject, at now: Instant) -> LateStart? {
        guard let entry = entry(handover, port, at: now) else { return nil }
        guard entry.subject == nil || entry.subject == subject else { return nil }
        return entry.role == role ? entry.lateStart : .ignore
    }

    /// Whether anything is remembered of a direction.
    func remembers(_ handover: HandoverID, port: Int, at now: Instant) -> Bool {
        entry(handover, port, at: now) != nil
    }

    /// Whether the handover was aborted before it began in a direction.
    func neverBegan(_ handover: HandoverID, port: Int, at now: Instant) -> Bool {
        entry(handover, port, at: now).map { $0.role == nil } ?? false
    }

    /// What this VNF was in a direction that ended; nil if none is remembered, or it never began.
    func role(_ handover: HandoverID, port: Int, at now: Instant) -> Role? {
        entry(handover, port, at: now)?.role
    }

    private func entry(_ handover: HandoverID, _ port: Int, at now: Instant) -> Entry? {
        guard let entry = entries[Key(handover: handover, port: port)], now < entry.until else { return nil }
        return entry
    }
}
