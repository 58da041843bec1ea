import Frames
import Timing

/// The flows that one request (or the removal of one) moves: how long they are detected, and which handovers that led to.
///
/// - `detecting`: the detection entries have no timeout; the flows of packets that they catch are moved → `closing` when no packet has
///   come for the maximum silence, or at the limit.
/// - `closing`: detection entries that idle out. What they catch belongs to flows that count as new: they are where they are to be, and
///   only their order is at stake. A switch removes an entry only when no packet took it for a second, so none takes the steering entry
///   in front of one that still waits at the controller → `closed` when every entry has expired, or at a limit.
/// - `closed`: packets that were on their way still find out what they belong to → forgotten.
struct Relocation: Sendable {
    enum Phase: Sendable {
        case detecting(since: Instant, lastHeard: Instant)
        case closing(open: Set<Direction>, limit: Instant)
        case closed(until: Instant)
    }

    let serial: Serial
    let rule: RuleID
    let group: String
    let directions: [Direction]
    private(set) var phase: Phase
    /// Handovers that it waits for.
    private(set) var open = 0
    /// Handovers that are over and whose exact entries go when it is closed.
    private(set) var blocked: Set<Serial> = []
    /// Packets that came to the controller under its entries, by direction.
    private(set) var handled: (forward: UInt64, reverse: UInt64) = (0, 0)
    /// How many of them there were when a switch came back, by direction: what its entry took beyond those may have been lost.
    private(set) var heardBefore: [Direction: UInt64] = [:]
    /// The directions whose entries have not told their counts.
    var awaitsCount: Set<Direction>
    /// Whether its entries take the place of those of a relocation before it, and go on with their counts.
    var continues = false
    /// The relocation whose entries have taken the place of its own.
    var successor: Serial?
    /// When it will next be looked at.
    var scheduled: Instant?

    init(serial: Serial, rule: Rule, at now: Instant) {
        self.serial = serial
        self.rule = rule.id
        group = rule.group
        directions = rule.specification.directions
        awaitsCount = Set(directions)
        phase = .detecting(since: now, lastHeard: now)
    }

    /// One that another process has begun, and which has so many packets behind it.
    init(serial: Serial, rule: Rule, phase: Phase, handled: (forward: UInt64, reverse: UInt64)) {
        self.serial = serial
        self.rule = rule.id
        group = rule.group
        directions = rule.specification.directions
        awaitsCount = Set(directions)
        self.phase = phase
        self.handled = handled
    }

    var isDetecting: Bool {
        if case .detecting = phase { true } else { false }
    }

    /// Whether packets may still come to the controller because of it.
    var isOpen: Bool {
        if case .closed = phase { false } else { true }
    }

    /// The kind of entry that it has in a direction, if any.
    func entry(_ direction: Direction) -> Cookie.Kind? {
        switch phase {
        case .detecting: .detection
        case .closing(let open, _): open.contains(direction) ? .closing : nil
        case .closed: nil
        }
    }

    /// When something is to be done, unless packets come before.
    ///
    /// - Parameter settling: how long a switch may take to follow its tables; before, silence says nothing.
    func deadline(_ specification: RuleSpecification, settling: TimeSpan) -> Instant {
        switch phase {
        case .detecting(let since, let lastHeard):
            min(max(lastHeard, since + settling) + specification.maximumSilence, since + settling + specification.detectionLimit)
        case .closing(_, let limit): limit
        case .closed(let until): until
        }
    }

    /// Packets came under the entries of the relocation before it.
    mutating func goOn(behind before: Relocation) {
        continues = true
        handled = before.handled
        heardBefore = before.heardBefore
    }

    /// A packet came under an entry that this one's has taken the place of.
    mutating func count(_ direction: Direction) {
        if direction == .forward { handled.forward += 1 } else { handled.reverse += 1 }
    }

    /// The switch of a direction is there again.
    mutating func returned(_ direction: Direction) {
        heardBefore[direction] = direction == .forward ? handled.forward : handled.reverse
    }

    mutating func heard(at now: Instant) {
        if case .detecting(let since, _) = phase { phase = .detecting(since: since, lastHeard: now) }
    }

    /// Nothing could be heard until now.
    mutating func postpone(at now: Instant) {
        if case .detecting = phase { phase = .detecting(since: now, lastHeard: now) }
    }

    mutating func startClosing(limit: Instant) { phase = .closing(open: Set(directions), limit: limit) }

    /// An entry has expired. True when it was the last.
    mutating func expired(_ direction: Direction) -> Bool {
        guard case .closing(var open, let limit) = phase else { return false }
        open.remove(direction)
        phase = .closing(open: open, limit: limit)
        return open.isEmpty
    }

    /// Nothing comes any more but what is under way. Returns the handovers whose entries waited for this.
    mutating func close(until: Instant) -> Set<Serial> {
        phase = .closed(until: until)
        defer { blocked = [] }
        return blocked
    }

    mutating func awaits() { open += 1 }
    mutating func concluded() { open -= 1 }
    mutating func block(_ handover: Serial) { blocked.insert(handover) }
}
