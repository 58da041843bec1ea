import ControlFrames
import Frames
import Timing

/// What one ARM covers on one interface: flows to be held unless they live here.
///
/// - armed: new flows are held → disarmed (DISARM)
/// - disarmed: it exists only as long as it holds flows, on whichever interface, that the controller has not answered for
struct Arming: Sendable {
    let id: HandoverID
    fileprivate(set) var arm: Arm
    fileprivate(set) var isDisarmed = false
    /// Flows that are held under it.
    fileprivate(set) var flows = 0
    /// Flows that are remembered under it because they live here.
    fileprivate(set) var remembered = 0
    /// What they hold.
    fileprivate(set) var held = Amount.zero

    /// Whether a flow that it covers lives here.
    func owns(_ headers: PacketHeaders) -> Bool {
        for index in arm.owners.indices where arm.owners[index].match.matches(headers) { return arm.owners[index].isOwned }
        return arm.ownsRest
    }
}

/// The armings of one interface, the flows that they hold, and what the controller was asked about them.
struct ArmingTable: Sendable {
    /// What becomes of a frame that nobody else takes.
    enum Decision {
        case pass(HandoverID)
        case hold(HandoverID)
    }

    /// A question that is due.
    struct Repeat {
        let arming: HandoverID
        let sample: [UInt8]
        let step: Backoff.Step
        let next: Instant
    }

    private struct Held {
        let arming: HandoverID
        /// Counts flows up.
        let number: UInt64
        var packets = PacketFIFO()
    }

    private struct Question {
        let arming: HandoverID
        /// How a frame of the flow begins.
        let sample: [UInt8]
        var backoff: Backoff
        /// How often the answer was that the flow has to wait.
        var waits = 0
    }

    /// The newest first.
    private var armings: [Arming] = []
    private var held: [FlowKey: Held] = [:]
    private var nextHeld: UInt64 = 0
    private var questions: [FlowKey: Question] = [:]

    var isEmpty: Bool { armings.isEmpty }
    var count: Int { armings.count }
    /// How many flows are held.
    var heldFlows: Int { held.count }

    subscript(id: HandoverID) -> Arming? { armings.first { $0.id == id } }

    func flows(under id: HandoverID) -> Int { index(of: id).map { armings[$0].flows } ?? 0 }

    func remembered(under id: HandoverID) -> Int { index(of: id).map { armings[$0].remembered } ?? 0 }

    /// What the newest arming that covers a frame says of it; nil if none does.
    func decide(_ headers: PacketHeaders) -> Decision? {
        for index in armings.indices where !armings[index].isDisarmed && armings[index].arm.match.matches(headers) {
            return armings[index].owns(headers) ? .pass(armings[index].id) : .hold(armings[index].id)
        }
        return nil
    }

    /// The armings that are earlier than one; all, if that is not here.
    func earlier(than id: HandoverID?) -> [HandoverID] {
        let ids = armings.map(\.id)
        return id.flatMap { ids.firstIndex(of: $0) }.map { Array(ids[($0 + 1)...]) } ?? ids
    }

    /// The newest arming that frames of a flow may fall under.
    func covering(_ flow: FlowKey) -> HandoverID? {
        let match = FlowMatch(exactly: flow)
        return armings.first { !$0.isDisarmed && $0.arm.match.overlaps(match) }?.id
    }

    mutating func insert(_ arm: Arm, as id: HandoverID) {
        var arming = self[id] ?? Arming(id: id, arm: arm)
        arming.arm = arm
        arming.isDisarmed = false
        armings.removeAll { $0.id == id }
        armings.insert(arming, at: 0)
    }

    mutating func disarm(_ id: HandoverID) {
        if let index = index(of: id) { armings[index].isDisarmed = true }
    }

    /// Whether an arming is disarmed and holds nothing, or is not here.
    func isOver(_ id: HandoverID) -> Bool {
        guard let arming = self[id] else { return true }
        return arming.isDisarmed && arming.flows == 0 && arming.remembered == 0 && !held.values.contains { $0.arming == id }
    }

    mutating func forget(_ id: HandoverID) { armings.removeAll { $0.id == id } }

    /// The disarmed armings that cover a frame.
    func disarmed(covering headers: PacketHeaders) -> [HandoverID] {
        guard armings.contains(where: \.isDisarmed) else { return [] }
        return armings.filter { $0.isDisarmed && $0.arm.match.matches(headers) }.map(\.id)
    }

    /// Keeps account of the flows that are held.
    mutating func countHeld(_ change: Int, under id: HandoverID) {
        if let index = index(of: id) { armings[index].flows += change }
    }

    /// Keeps account of the flows that are remembered.
    mutating func countRemembered(_ change: Int, under id: HandoverID) {
        if let index = index(of: id) { armings[index].remembered += change }
    }

    mutating func hold(
        _ frame: RawSpan, of flow: FlowKey, under id: HandoverID, slab: inout Slab, ledger: inout Ledger
    ) -> Keeping {
        guard let index = index(of: id) else { return .dropped(.handoverLimit) }
        switch ledger.charge(frame.byteCount, as: .switch, to: &armings[index].held) {
        case .refused(let reason):
            return .dropped(reason)
        case .granted(let nearLimit):
            nextHeld &+= 1
            guard slab.append(frame, to: &held[flow, default: Held(arming: id, number: nextHeld)].packets) else {
                ledger.refund(Amount(packets: 1, bytes: frame.byteCount), as: .switch, to: &armings[index].held)
                if held[flow]?.packets.packets == 0 { held[flow] = nil }
                return .dropped(.totalLimit)
            }
            return .kept(nearLimit: nearLimit)
        }
    }

    mutating func takeHeld(_ flow: FlowKey) -> PacketFIFO? {
        guard let taken = held.removeValue(forKey: flow) else { return nil }
        if let index = index(of: taken.arming) { armings[index].held = armings[index].held - taken.packets.amount }
        return taken.packets
    }

    /// The arming under which something of a flow is held.
    func holder(of flow: FlowKey) -> HandoverID? { held[flow]?.arming }

    /// The flows of a match that are held, those first that were first.
    func held(overlapping match: FlowMatch) -> [FlowKey] {
        held.filter { match.overlaps(FlowMatch(exactly: $0.key)) }.sorted { $0.value.number < $1.value.number }.map(\.key)
    }

    /// How much of a flow is held under an arming, in packets.
    func packets(of flow: FlowKey, under id: HandoverID) -> Int {
        held[flow].map { $0.arming == id ? $0.packets.packets : 0 } ?? 0
    }

    func isAsking(_ flow: FlowKey) -> Bool { questions[flow] != nil }

    /// When a flow was last asked about, and whether that was never answered.
    func question(about flow: FlowKey) -> (asked: Instant, isOpen: Bool)? { questions[flow].map { ($0.backoff.started, $0.waits == 0) } }

    mutating func ask(_ seen: Seen, under id: HandoverID, _ backoff: Backoff) {
        questions[seen.flow] = Question(arming: id, sample: seen.sample, backoff: backoff)
    }

    /// Puts the next repeat of a question off, for twice as long each time; gives when it is due.
    mutating func postponeQuestion(_ flow: FlowKey, first: TimeSpan, at now: Instant) -> Instant? {
        guard var question = questions[flow] else { return nil }
        let pause = first * Int64(1 << min(question.waits, Self.mostDoublings))
        question.waits += 1
        question.backoff = Backoff(Backoff.Schedule(first: pause, longest: pause, limit: pause), startedAt: now)
        questions[flow] = question
        return question.backoff.next
    }

    private static let mostDoublings = 3

    mutating func stopAsking(_ flow: FlowKey) {
        if !questions.isEmpty { questions[flow] = nil }
    }

    /// A flow is never forgotten while it is held, so the question never rests.
    mutating func repeatQuestion(_ flow: FlowKey, at now: Instant) -> Repeat? {
        guard var question = questions[flow] else { return nil }
        let step = question.backoff.step(at: now, isPatient: true)
        questions[flow] = question
        return Repeat(arming: question.arming, sample: question.sample, step: step, next: question.backoff.next)
    }

    private func index(of id: HandoverID) -> Int? {
        for index in armings.indices where armings[index].id == id { return index }
        return nil
    }
}
