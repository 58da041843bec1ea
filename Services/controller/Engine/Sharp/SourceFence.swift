import ControlFrames
import Timing

/// Knows when the source has got the last packet of a direction that it will ever get (design, Section 2.2, step 2).
///
/// The switch-over between two rules is in order for each flow and direction, so a frame sent to the source when the first packet
/// under a new rule is seen lies behind everything that took the old one. Until then the source's HSL returns what still reaches it
/// as stragglers, which belong before everything that the controller has seen. They may go on before that, in order: a sender that waits
/// for an answer to them would never show a first packet.
///
/// In direct mode the stragglers go to the destination's HSL, and the source acknowledges the FENCE once that has them all.
///
/// - `unseen` → `closed` when START goes out because of a packet seen here; → `closing` when the first packet is seen later.
/// - `closing` → `closed` when the FENCE is acknowledged and every straggler that it announces is in.
struct SourceFence: Sendable {
    private enum State {
        case unseen
        case closing(Backoff, announced: UInt32?)
        case closed
    }

    private var state: State
    private let returnsElsewhere: Bool
    private var stragglers: [UInt32: [UInt8]] = [:]
    /// The stragglers that wait for the others.
    private(set) var held = BufferCount()
    /// Those of smaller numbers were given out.
    private var next: UInt32 = 0
    /// The numbers of those that were given out out of order, because the source was given up.
    private var given: Set<UInt32> = []
    private var parts = Reassembly(sequences: 1024, bytes: 4 << 20)

    /// A direction in which a packet was seen (`closed`) or was not when START went out.
    ///
    /// - Parameter returnsElsewhere: whether the stragglers do not come here.
    init(seen: Bool, returnsElsewhere: Bool = false) {
        state = seen ? .closed : .unseen
        self.returnsElsewhere = returnsElsewhere
    }

    var isUnseen: Bool {
        if case .unseen = state { true } else { false }
    }

    var isClosed: Bool {
        if case .closed = state { true } else { false }
    }

    /// How many stragglers were given out, in this process or an earlier one.
    var count: Int { Int(next) + given.count }

    var deadline: Instant? {
        if case .closing(let backoff, _) = state { backoff.next } else { nil }
    }

    /// The first packet of the direction was seen: whether a FENCE is to be sent now.
    mutating func firstSeen(at now: Instant, schedule: Backoff.Schedule) -> Bool {
        guard case .unseen = state else { return false }
        state = .closing(Backoff(schedule, startedAt: now), announced: nil)
        return true
    }

    /// What a frame from the source leads to.
    enum Step {
        /// Nothing yet.
        case wait
        /// These stragglers were announced but are not in.
        case resend([UInt32])
        /// The direction is closed; these stragglers precede everything that was seen.
        case closed([[UInt8]])
    }

    mutating func straggler(_ wrapped: WrappedFrame) -> Step {
        guard !isClosed, wrapped.sequence >= next, stragglers[wrapped.sequence] == nil, case .complete(let frame) = parts.add(wrapped)
        else { return .wait }
        stragglers[wrapped.sequence] = frame
        held.add(frame.count)
        guard case .closing(_, let announced?) = state, Int(next) + stragglers.count >= announced else { return .wait }
        return conclude(announced)
    }

    /// Gives out the stragglers that precede everything else that there is of the direction, each once.
    mutating func takeNext() -> [[UInt8]] {
        var frames: [[UInt8]] = []
        while let frame = stragglers.removeValue(forKey: next) {
            frames.append(frame)
            held = held - BufferCount(packets: 1, bytes: frame.count)
            next += 1
        }
        return frames
    }

    /// Another process has given out so many.
    mutating func goOn(behind count: UInt32) { next = max(next, count) }

    /// A straggler that comes when the handover is over; nil when it is only repeated.
    mutating func late(_ wrapped: WrappedFrame) -> [UInt8]? {
        wrapped.part == nil && wrapped.sequence >= next && given.insert(wrapped.sequence).inserted ? wrapped.bytes : nil
    }

    mutating func acknowledged(stragglers count: UInt32) -> Step {
        guard case .closing(let backoff, let announced) = state else { return .wait }
        if returnsElsewhere { return conclude(0) }
        let all = max(count, announced ?? 0)
        state = .closing(backoff, announced: all)
        return conclude(all)
    }

    /// Gives up waiting for the source: what is in is all there will be.
    mutating func abandon() -> [[UInt8]] {
        state = .closed
        return takeAll()
    }

    mutating func step(at now: Instant, isPatient: Bool) -> Backoff.Step {
        guard case .closing(var backoff, let announced) = state else { return .wait }
        let step = backoff.step(at: now, isPatient: isPatient)
        state = .closing(backoff, announced: announced)
        return step
    }

    /// The stragglers are on their way: whoever is to acknowledge is there.
    mutating func heard(at now: Instant) {
        guard case .closing(var backoff, let announced) = state else { return }
        backoff.heard(at: now)
        state = .closing(backoff, announced: announced)
    }

    mutating func restart(at now: Instant) {
        guard case .closing(var backoff, let announced) = state else { return }
        backoff.restart(at: now)
        state = .closing(backoff, announced: announced)
    }

    private mutating func conclude(_ count: UInt32) -> Step {
        var missing: [UInt32] = []
        for sequence in min(next, count)..<count where stragglers[sequence] == nil {
            missing.append(sequence)
            if missing.count == ControlMessage.resendLimit { break }
        }
        guard missing.isEmpty else { return .resend(missing) }
        state = .closed
        return .closed(takeAll())
    }

    private mutating func takeAll() -> [[UInt8]] {
        let first = takeNext()
        defer {
            stragglers = [:]
            held = BufferCount()
        }
        given.formUnion(stragglers.keys)
        return first + stragglers.keys.sorted().compactMap { stragglers[$0] }
    }
}
