import ControlFrames
import Timing

/// An instance whose handover support layer holds the flows of a relocation by itself, as it meets them (design, Section 2.4).
///
/// - `arming` (ARM repeated) → `armed` when one process has acknowledged it in every direction.
/// - `armed` (ARM repeated now and then, for an agent that was started anew) → `disarming` when detection is over.
/// - `disarming` (DISARM repeated) → over when that is acknowledged in every direction.
struct Arming: Sendable {
    private enum State: Sendable {
        case arming(Backoff)
        case armed(next: Instant)
        case disarming(Backoff, awaited: Set<Direction>)
    }

    /// What is to be sent, and where.
    enum Step: Sendable {
        case wait
        case arm([Direction])
        case disarm([Direction])
        case giveUp
    }

    let serial: Serial
    let id: HandoverID
    let vnf: VNFID
    let group: String
    /// What it is told: the same each time, for the instance remembers by it which flows are its own.
    let arms: PerDirection<Arm>
    /// The relocation that it was made for: armings over the same flows are as old as that.
    let origin: Serial
    /// Whose flows it holds; another's when that takes over.
    var relocation: Serial
    /// When it will next be looked at, if that is scheduled.
    var scheduled: Instant?
    private var state: State
    private var acknowledgement = Acknowledgement()

    init(
        serial: Serial, id: HandoverID, vnf: VNFID, group: String, arms: PerDirection<Arm>, relocation: Serial, retry: Backoff.Schedule,
        at now: Instant
    ) {
        self.serial = serial
        self.id = id
        self.vnf = vnf
        self.group = group
        self.arms = arms
        origin = relocation
        self.relocation = relocation
        state = .arming(Backoff(retry, startedAt: now))
    }

    /// One that another process has begun: what it was told is repeated.
    init(resuming note: ArmingNote, retry: Backoff.Schedule, at now: Instant) {
        serial = note.serial
        id = note.id
        vnf = note.vnf
        group = note.group
        arms = PerDirection(forward: note.forward, reverse: note.reverse)
        origin = note.origin
        relocation = note.relocation
        let backoff = Backoff(retry, startedAt: now)
        state = note.isDisarming ? .disarming(backoff, awaited: Set(arms.directions)) : .arming(backoff)
    }

    var directions: [Direction] { arms.directions }

    var isArming: Bool {
        if case .arming = state { true } else { false }
    }

    var isArmed: Bool {
        if case .armed = state { true } else { false }
    }

    var isDisarming: Bool {
        if case .disarming = state { true } else { false }
    }

    var deadline: Instant {
        switch state {
        case .arming(let backoff), .disarming(let backoff, _): backoff.next
        case .armed(let next): next
        }
    }

    /// ARM was acknowledged. True when that was the last.
    mutating func armed(_ direction: Direction, by speaker: Speaker, at now: Instant, pause: TimeSpan) -> Bool {
        acknowledgement.heard(direction, from: speaker, at: now)
        guard case .arming = state, acknowledgement.isComplete(for: directions) else { return false }
        state = .armed(next: now + pause)
        return true
    }

    /// Whether ARM is due now because another process speaks than those that have acknowledged it.
    mutating func isDue(because speaker: Speaker, at now: Instant) -> Bool {
        guard case .armed = state, acknowledgement.isOfAnother(than: speaker) else { return false }
        state = .armed(next: now)
        return true
    }

    /// Whether DISARM is to be sent now.
    mutating func disarm(at now: Instant, retry: Backoff.Schedule) -> Bool {
        if case .disarming = state { return false }
        state = .disarming(Backoff(retry, startedAt: now), awaited: Set(directions))
        return true
    }

    /// DISARM was acknowledged. True when that was the last.
    mutating func disarmed(_ direction: Direction) -> Bool {
        guard case .disarming(let backoff, var awaited) = state else { return false }
        awaited.remove(direction)
        state = .disarming(backoff, awaited: awaited)
        return awaited.isEmpty
    }

    mutating func step(at now: Instant, pause: TimeSpan, isPatient: Bool) -> Step {
        switch state {
        case .arming(var backoff):
            let step = backoff.step(at: now, isPatient: isPatient)
            state = .arming(backoff)
            // Where it has answered it may have been started anew since.
            return step == .wait ? .wait : step == .repeat ? .arm(directions) : .giveUp
        case .armed(let next):
            guard next <= now else { return .wait }
            state = .armed(next: now + pause)
            return .arm(directions)
        case .disarming(var backoff, let awaited):
            let step = backoff.step(at: now, isPatient: isPatient)
            state = .disarming(backoff, awaited: awaited)
            return step == .wait ? .wait : step == .repeat ? .disarm(awaited.sorted()) : .giveUp
        }
    }
}
