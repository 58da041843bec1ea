import ControlFrames
import Frames
import Timing

/// One flow in one direction during a handover: which entry its packets take, and how far its destination is.
///
/// The states, in order, and what leads on:
/// - `intercepted` (the detection entry, or c1: to the controller) → `redirected` when the destination holds the flow in every direction.
/// - `redirected` (entry c2, to the destination and a copy to the controller) → `marked` at the first packet-in under c2, or when the
///   direction has been silent for longer than a cached flow can live.
/// - `marked` → `confirming` when the source's fence is closed and so every frame was sent on.
/// - `confirming` (RELEASE_FINISHED repeated) → `confirmed` when the destination says that it has all of them.
/// - `confirmed` (entry c3, to the destination) → `released` when the destination has released everything.
struct FlowDirection: Sendable {
    enum Progress: Sendable {
        case intercepted
        case redirected
        case marked
        case confirming(Backoff)
        case confirmed
        case released(BufferUsage?)
    }

    /// START to the destination.
    private enum Arming: Sendable {
        /// Not before a packet was seen: the destination is the source too, and its old packets must not be held.
        case waitsForPacket
        case starting(Backoff)
        case armed
    }

    let flow: FlowKey
    var fence: SourceFence
    var queue = TransportQueue()
    private(set) var progress = Progress.intercepted
    private var arming: Arming
    private(set) var lastHeard: Instant
    private var hasIntercept: Bool

    /// A direction of a flow whose handover begins now.
    ///
    /// - Parameter armsUnseen: whether the destination may hold the flow before a packet was seen in this direction.
    init(flow: FlowKey, seen: Bool, armsUnseen: Bool, at now: Instant, retry: Backoff.Schedule) {
        self.flow = flow
        fence = SourceFence(seen: seen || !armsUnseen)
        arming = seen || armsUnseen ? .starting(Backoff(retry, startedAt: now)) : .waitsForPacket
        lastHeard = now
        hasIntercept = !seen && !armsUnseen
    }

    var isStarting: Bool {
        if case .starting = arming { true } else { false }
    }

    var isArmed: Bool {
        if case .armed = arming { true } else { false }
    }

    var isReleased: Bool {
        if case .released = progress { true } else { false }
    }

    /// Waiting for a first packet: costs an entry and nothing else.
    var isDormant: Bool {
        switch (progress, arming) {
        case (.intercepted, .waitsForPacket): true
        case (.redirected, _): fence.isUnseen
        default: false
        }
    }

    /// Which exact entry the direction has.
    var entry: FlowEntry {
        switch progress {
        case .intercepted: .intercept
        case .redirected, .marked, .confirming: .redirect
        case .confirmed, .released: .direct
        }
    }

    /// Whether frames may go to the destination now.
    var mayFlush: Bool {
        if case .intercepted = progress { false } else { fence.isClosed }
    }

    mutating func heard(at now: Instant) { lastHeard = now }

    /// Whether START is to be sent to the destination for the first time.
    mutating func startArming(at now: Instant, retry: Backoff.Schedule) -> Bool {
        guard case .waitsForPacket = arming else { return false }
        arming = .starting(Backoff(retry, startedAt: now))
        return true
    }

    /// The destination holds the flow. True the first time.
    mutating func armed() -> Bool {
        guard case .starting = arming else { return false }
        arming = .armed
        return true
    }

    mutating func stepArming(at now: Instant) -> Backoff.Step {
        guard case .starting(var backoff) = arming else { return .wait }
        let step = backoff.step(at: now)
        arming = .starting(backoff)
        return step
    }

    /// Whether the flow needs an entry of its own because arming takes long. True once.
    mutating func needsIntercept() -> Bool {
        guard case .intercepted = progress, !hasIntercept else { return false }
        hasIntercept = true
        return true
    }

    mutating func redirect(at now: Instant) {
        guard case .intercepted = progress else { return }
        progress = .redirected
        lastHeard = now
    }

    /// A packet came under c2, or none can come under an older entry any more. True the first time.
    mutating func mark() -> Bool {
        guard case .redirected = progress else { return false }
        progress = .marked
        return true
    }

    /// Whether RELEASE_FINISHED is to be sent for the first time.
    mutating func confirm(at now: Instant, retry: Backoff.Schedule) -> Bool {
        guard case .marked = progress, fence.isClosed else { return false }
        progress = .confirming(Backoff(retry, startedAt: now))
        return true
    }

    mutating func stepConfirming(at now: Instant) -> Backoff.Step {
        guard case .confirming(var backoff) = progress else { return .wait }
        let step = backoff.step(at: now)
        progress = .confirming(backoff)
        return step
    }

    /// The destination has every frame. True the first time.
    mutating func confirmed() -> Bool {
        guard case .confirming = progress else { return false }
        progress = .confirmed
        queue.acknowledged()
        return true
    }

    mutating func released(_ usage: BufferUsage?) {
        guard case .confirmed = progress else { return }
        progress = .released(usage)
    }

    /// When silence closes the direction, if it may.
    func silenceDeadline(_ guardTime: TimeSpan) -> Instant? {
        switch (progress, arming) {
        case (.intercepted, .waitsForPacket), (.redirected, _): lastHeard + guardTime
        default: nil
        }
    }

    /// The earliest instant at which something is to be repeated.
    var retryDeadline: Instant? {
        var earliest: Instant?
        if case .starting(let backoff) = arming { earliest = backoff.next }
        if let fence = fence.deadline { earliest = min(earliest ?? fence, fence) }
        if case .confirming(let backoff) = progress { earliest = min(earliest ?? backoff.next, backoff.next) }
        return earliest
    }
}

/// A flow's exact entry of the highest band (design, Section 2.2).
public enum FlowEntry: Hashable, Sendable {
    /// To the controller (c1).
    case intercept
    /// To the destination, and a copy to the controller (c2).
    case redirect
    /// To the destination (c3).
    case direct
    /// Back to the source.
    case handBack
}
