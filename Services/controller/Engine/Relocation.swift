import ControlFrames
import Frames
import Mutations
import Timing

/// The flows that one request (or the removal of one) moves: how long they are detected, and which handovers that led to.
///
/// - `waiting` (an earlier one over some of the same flows comes first, or it is not known what the instances can; nothing was done yet) → `arming`, `detecting`.
/// - `arming` (direct mode): instances are told to hold what they will be given; no table has changed → `detecting` when they do.
/// - `detecting`: the detection entries have no timeout; the flows of packets that they catch are moved → `lingering` when no packet has
///   come for the maximum silence, or at the limit.
/// - `lingering`: what the entries catch belongs to flows that count as new: they are where they are to be, and only their order is at
///   stake. A flow that spoke shortly before detection may still be cached; if it spoke while a switch removes the entries, some of its
///   packets would come to the controller and be overtaken → `closing` when no switch can have cached a flow that was not seen since.
/// - `closing`: entries that idle out. A switch removes one only when no packet took it for a second, so none takes the steering entry
///   in front of one that still waits at the controller → `closed` when every entry has expired, or at a limit.
/// - `arriving` (direct mode, in place of the two before): nothing has to be put in order, but instances go on holding until every handover
///   has come to its outcome, for flows on their way may still be heard for the first time in a direction → `parting`.
/// - `parting`: instances are told to hold nothing new; what they have held, nobody may have heard of yet → `closed` when they say that
///   they hold nothing more, and that has arrived.
/// - `closed`: packets that were on their way still find out what they belong to → forgotten.
struct Relocation: Sendable {
    enum Phase: Sendable {
        case waiting(until: Instant?)
        case arming
        case detecting(since: Instant, lastHeard: Instant)
        case lingering(until: Instant)
        case arriving
        case parting
        case closing(open: Set<Entrance>, limit: Instant)
        case closed(until: Instant)
    }

    let serial: Serial
    let rule: RuleID
    let group: String
    let directions: [Direction]
    /// The relocation of the same rule that it takes over from.
    let earlier: Serial?
    /// The handover of a group that it takes back, if it does: then it comes right behind the relocation that the group was moved by.
    private(set) var turns: HandoverID?
    /// Then, when the switches have followed what that one has changed.
    private(set) var notBefore = Instant.zero
    /// How it is carried out; nil until it is known what the instances can.
    private(set) var mode: Mode?
    /// Until then instances that were not asked yet are waited for.
    let decideBy: Instant
    private(set) var phase = Phase.waiting(until: nil)
    /// When the tables were changed for instances that hold what they are given.
    private(set) var turnedAt: Instant?
    /// Handovers that it waits for.
    private(set) var open = 0
    /// Handovers that are over and whose exact entries go when it is closed.
    private(set) var blocked: Set<Serial> = []
    /// Packets that came to the controller under its entries.
    var counts: DetectionCounts
    /// Whether its entries take the place of those of a relocation before it, and go on with their counts.
    var continues = false
    /// The relocation whose entries have taken the place of its own.
    var successor: Serial?
    /// When it will next be looked at.
    var scheduled: Instant?

    init(serial: Serial, rule: Rule, after earlier: Serial?, mode: Mode?, decideBy: Instant) {
        self.serial = serial
        self.earlier = earlier
        self.rule = rule.id
        group = rule.group
        directions = rule.specification.directions
        counts = DetectionCounts(directions)
        self.mode = mode
        self.decideBy = decideBy
    }

    /// One that another process has begun, and which has so many packets behind it.
    init(
        resuming note: RelocationNote, rule: Rule, phase: Phase, handled: (forward: UInt64, reverse: UInt64), decideBy: Instant
    ) {
        serial = note.serial
        earlier = note.earlier
        self.rule = rule.id
        group = rule.group
        directions = rule.specification.directions
        counts = DetectionCounts(directions, handled: handled)
        mode = note.mode
        turns = note.turns
        self.decideBy = decideBy
        self.phase = phase
    }

    var isDetecting: Bool {
        switch phase {
        case .waiting, .arming, .detecting: true
        case .lingering, .arriving, .parting, .closing, .closed: false
        }
    }

    /// Those of smaller rank, and of the same rank those of smaller serial, come first.
    func comes(before other: Relocation) -> Bool { (rank, serial) < (other.rank, other.serial) }

    private var rank: Serial { turns == nil ? serial : earlier ?? serial }

    /// Whether anything was done yet.
    var hasBegun: Bool {
        if case .waiting = phase { false } else { true }
    }

    /// Whether the controller detects its flows, by entries of its own.
    var isDetectedHere: Bool {
        switch mode {
        case .sharp, .opennf: true
        case .direct, nil: false
        }
    }

    /// Whether packets may still come to the controller because of it.
    var isOpen: Bool {
        if case .closed = phase { false } else { true }
    }

    /// The kind of entry that it has where a direction comes in, if any.
    func entry(at entrance: Entrance) -> Cookie.Kind? {
        guard mode != .direct else { return nil }
        switch phase {
        case .waiting, .arming, .arriving, .parting: return nil
        case .detecting, .lingering: return .detection
        case .closing(let open, _): return open.contains(entrance) ? .closing : nil
        case .closed: return nil
        }
    }

    /// When something is to be done, unless packets come before.
    ///
    /// - Parameter settling: how long a switch may take to follow its tables; before, silence says nothing.
    func deadline(_ specification: RuleSpecification, settling: TimeSpan) -> Instant? {
        switch phase {
        case .arming, .arriving, .parting: nil
        case .waiting(let until): until
        case .detecting(let since, let lastHeard):
            min(max(lastHeard, since + settling) + specification.maximumSilence, since + settling + specification.detectionLimit)
        case .lingering(let until): until
        case .closing(_, let limit): limit
        case .closed(let until): until
        }
    }

    /// Packets came under the entries of the relocation before it.
    mutating func goOn(behind before: Relocation) {
        continues = true
        counts.goOn(behind: before.counts)
    }

    mutating func heard(at now: Instant) {
        if case .detecting(let since, _) = phase { phase = .detecting(since: since, lastHeard: now) }
    }

    /// Nothing could be heard until now.
    mutating func postpone(at now: Instant) {
        if case .detecting = phase { phase = .detecting(since: now, lastHeard: now) }
    }

    /// An earlier one comes first.
    ///
    /// - Parameter until: when to look again; nil when that is said.
    mutating func wait(until: Instant?) { phase = .waiting(until: until) }

    /// It takes a group back that cannot arrive.
    mutating func turn(_ handover: HandoverID) {
        turns = handover
        mode = .direct
    }

    /// Switches may still have to follow what was changed before.
    mutating func wait(forSwitchesUntil instant: Instant) { notBefore = instant }

    /// It is known how it is carried out.
    mutating func decide(_ mode: Mode) { self.mode = mode }

    /// Nothing has to come before it any more.
    mutating func begin(at now: Instant) {
        phase = mode == .direct ? .arming : .detecting(since: now, lastHeard: now)
    }

    /// The instances hold what they are given.
    mutating func startDetecting(at now: Instant) {
        guard case .arming = phase else { return }
        phase = .detecting(since: now, lastHeard: now)
        turnedAt = now
    }

    /// The controller detects the flows itself, because the instances cannot.
    mutating func fallBack(at now: Instant) {
        mode = .sharp
        phase = .detecting(since: now, lastHeard: now)
    }

    /// The flows are all known, or count as new.
    ///
    /// - Parameter cached: how long a switch may have cached a flow that does not speak.
    mutating func linger(_ cached: TimeSpan) {
        if case .detecting(let since, _) = phase { phase = .lingering(until: since + cached) }
    }

    /// The flows are all known, or count as new; some of them are on their way.
    mutating func arrive() { phase = .arriving }

    /// Every flow has arrived that was heard of.
    mutating func part() { phase = .parting }

    /// Whether instances may still hold what nobody has heard of.
    var isArriving: Bool {
        switch phase {
        case .arriving, .parting: true
        case .waiting, .arming, .detecting, .lingering, .closing, .closed: false
        }
    }

    /// Whether instances pass what is new, although what they have held before may still be heard of.
    var isParting: Bool {
        if case .parting = phase { true } else { false }
    }

    /// Whether every flow has arrived.
    var hasArrived: Bool {
        if case .arriving = phase { open == 0 || Mutation.disarmEarly.isActive } else { false }
    }

    mutating func startClosing(at entrances: Set<Entrance>, limit: Instant) { phase = .closing(open: entrances, limit: limit) }

    /// An entry has expired. True when it was the last.
    mutating func expired(at entrance: Entrance) -> Bool {
        guard case .closing(var open, let limit) = phase else { return false }
        open.remove(entrance)
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
