import ControlFrames
import Frames
import Mutations
import OpenFlow
import Timing

/// The controller's mind: which flows go where, and how they get there.
///
/// A value without I/O, clock or log: what switches say and what orchestrators ask goes in, messages to switches and events for
/// observers come out of ``takeOutput()``, in order. The same code runs in the controller and in the simulator.
public struct Engine: Sendable {
    /// What the engine wants done.
    public enum Output: Sendable {
        /// Send a message to a switch.
        case message(DatapathID, Message)
        /// Tell whoever listens.
        case event(Event)
        /// Write this down, before anything that comes behind it is sent.
        case journal(JournalEntry)
        /// Write down how far something has come, over what was written of it before.
        case checkpoint(Checkpoint)
    }

    /// What observers may want to know.
    public enum Event: Sendable {
        /// A flow handover began, got further or ended.
        case handover(HandoverRecord)
        /// A rule changed its state.
        case rule(Rule)
        /// A registered switch came or went.
        case `switch`(Switch)
    }

    /// The headers of a flow's packet, and the direction that it came in.
    struct Sample: Sendable {
        let headers: PacketHeaders
        let direction: Direction
        /// The packet's beginning, from which another process can tell the headers.
        let frame: [UInt8]

        /// More than the headers of any packet take.
        static let longestFrame = 256
    }

    /// A flow as it enters a group in a direction.
    struct DirectedFlow: Hashable, Sendable {
        let group: UInt32
        let direction: Direction
        let flow: FlowKey

        /// The flow as it enters in the other direction.
        var mirrored: DirectedFlow { DirectedFlow(group: group, direction: direction.opposite, flow: flow.mirrored) }
    }

    /// What was registered.
    public internal(set) var topology = Topology()
    /// The rules.
    public internal(set) var rules = RuleTable()
    /// Counts of what was seen and done.
    public internal(set) var counters = Counters()
    /// The frames that the controller holds now.
    public internal(set) var held = BufferCount()

    let configuration: Configuration
    var live: [Serial: Live] = [:]
    /// How many of them have not ended.
    var moving = 0
    /// How many of them keep switches and agents busy.
    var busy = 0
    /// The handover of each flow that has one, over or not.
    var flows: [DirectedFlow: Serial] = [:]
    var relocations: [Serial: Relocation] = [:]
    /// Those that have not begun, the earliest first.
    var waiting: [Serial] = []
    var armings: [Serial: Arming] = [:]
    var questions: [Asker: Question] = [:]
    var whereabouts = Whereabouts()
    var turns = TurnQueue()
    var answers: AnswerTime
    var groups: [Serial: LiveGroup] = [:]
    var ended: RecordLog
    var hosts: HostTable
    var trust: Trust
    var deadlines = DeadlineQueue<Serial>()
    var identifiers: [HandoverID: Serial] = [:]
    var lastIdentifier: UInt16
    var nextSerial: UInt64
    var nextRecord: UInt64 = 1
    /// What this process may use without writing down more: serials, and counters of sealed frames.
    var reserved: (serial: UInt64, counter: UInt64) = (0, 0)
    private var output: [Output] = []

    /// An engine that knows no switch yet.
    public init(configuration: Configuration = Configuration()) {
        self.configuration = configuration
        nextSerial = configuration.firstSerial
        lastIdentifier = UInt16(truncatingIfNeeded: configuration.firstSerial &- 1)
        answers = AnswerTime(longestPause: configuration.retry.longest)
        ended = RecordLog(limit: configuration.limits.records)
        hosts = HostTable(limit: configuration.limits.hosts)
        trust = Trust(key: configuration.key, firstCounter: configuration.firstCounter)
    }

    /// Takes out what there is to be done, in order.
    public mutating func takeOutput() -> [Output] {
        defer { output.removeAll(keepingCapacity: true) }
        return output
    }

    /// When ``advance(to:)`` is wanted next, if ever.
    public var nextDeadline: Instant? { deadlines.next }

    /// Repeats what is due, and closes what has been silent.
    public mutating func advance(to now: Instant) {
        while let serial = deadlines.popDue(at: now) {
            if relocations[serial] != nil {
                relocations[serial]?.scheduled = nil
                advance(relocation: serial, at: now)
                continue
            }
            if armings[serial] != nil {
                armings[serial]?.scheduled = nil
                advance(arming: serial, at: now)
                continue
            }
            if groups[serial] != nil {
                groups[serial]?.scheduled = nil
                advance(group: serial, at: now)
                continue
            }
            if inquiries[serial] != nil {
                advance(inquiry: serial, at: now)
                continue
            }
            if readings[serial] != nil {
                advance(reading: serial)
                continue
            }
            if counts[serial] != nil {
                advance(count: serial, at: now)
                continue
            }
            guard live[serial]?.scheduled.map({ $0 <= now }) ?? false else { continue }
            if putOff(serial, at: now) { continue }
            live[serial]?.scheduled = nil
            let isPatient = live[serial].map { waitsForSwitch(of: $0.group, at: now) } ?? false
            update(serial, at: now) { handover, actions in handover.advance(to: now, isPatient: isPatient, actions: &actions) }
        }
    }

    /// The record of every handover that is open or not yet forgotten, by number.
    public var records: [HandoverRecord] {
        (ended.all + open).sorted { $0.number < $1.number }
    }

    /// The record of one handover.
    public func record(_ number: UInt64) -> HandoverRecord? {
        open.first { $0.number == number } ?? ended.all.first { $0.number == number }
    }

    /// How many flow handovers have not come to their outcome.
    public var openHandovers: Int {
        // Where they lie: there may be thousands, and they are counted twice a second.
        live.indices.count { live.values[$0].handover.record.outcome == .open }
            + groups.values.count { $0.handover.record.outcome == .open }
    }

    private var open: [HandoverRecord] {
        (live.values.map(\.handover.record) + groups.values.map(\.handover.record)).filter { $0.outcome == .open }
    }

    /// Switches that are connected and that nobody has registered, with their ports.
    public internal(set) var unregistered: [DatapathID: [String: UInt32]] = [:]
    /// Switches that are connected and whose tables are being read.
    var returning: [DatapathID: Returning] = [:]
    /// Answers to barriers that are awaited, in a build that trusts them.
    var probes: [DatapathID: [Probe]] = [:]
    /// What instances say that they can.
    var abilities: [VNFID: Ability] = [:]
    var processes = Processes()
    /// Those that are being asked.
    var inquiries: [Serial: VNFID] = [:]
    /// Since when switches are away.
    var absences: [DatapathID: Instant] = [:]
    /// Switches that have not been here since this process took another one's place.
    var uncounted: Set<DatapathID> = []
    /// Those whose tables are to be read when they have counted what happened meanwhile.
    var readings: [Serial: DatapathID] = [:]
    /// Counts of what entries took that are still to be asked for.
    var counts: [Serial: PendingCount] = [:]
    /// Those that a switch was asked for, in order.
    var censuses: [DatapathID: [Census]] = [:]

    // MARK: Handovers

    /// Lets something happen to a handover and does what follows from it.
    mutating func update(
        _ serial: Serial, at now: Instant, _ event: (inout FlowHandover, inout [FlowHandover.Action]) -> Void
    ) {
        guard let index = live.index(forKey: serial) else { return }
        var actions: [FlowHandover.Action] = []
        event(&live.values[index].handover, &actions)
        perform(actions, of: serial, at: now)
    }

    /// Begins a handover of a flow that a packet has shown, or that was shown before; nil when no identifier is free.
    ///
    /// - Parameter seen: where a packet came in that waits at the controller, if one does.
    mutating func begin(
        _ plan: FlowHandover.Plan, of sample: Sample, seen: Entrance?, in group: Group, for rule: RuleID, by relocation: Serial,
        at now: Instant
    ) -> Serial? {
        // On the direct route a handover that is over costs nothing but its memory.
        let count = plan.route == .direct && live.count < Self.mostKnown ? moving : live.count
        guard count < 2 * configuration.limits.handovers, let identifier = freeIdentifier() else { return nil }
        let flow = sample.direction == .forward ? sample.headers.flow : sample.headers.flow.mirrored
        let record = HandoverRecord(
            number: nextRecordNumber(), rule: rule, subject: .flow(flow), source: plan.source.id, destination: plan.destination.id,
            choice(for: plan, of: rules[rule]), startedAt: now)
        let serial = Mutation.reuseCookie.isActive ? Serial(fixedFor: flow) : newSerial()
        var plan = plan
        plan.redirection = redirection(for: rule)
        var actions: [FlowHandover.Action] = []
        let handover = FlowHandover(
            id: identifier, plan: plan, seen: seen?.direction, record: record, configuration: configuration, at: now, actions: &actions)
        occupy(identifier, by: serial)
        live[serial] = Live(
            handover, origin: Origin(group: group, sample: sample), relocation: relocation, holding: plan.holding, reported: plan.reported)
        live[serial]?.isBusy = true
        moving += 1
        busy += 1
        takeOver(plan.flows, of: serial, in: group)
        if let seen { _ = comesIn(serial, at: seen) }
        if let begun = live[serial] { journal(.began(HandoverNote(serial, begun))) }
        started(record, of: relocation)
        perform(actions, of: serial, at: now)
        publish(.handover(record))
        return serial
    }

    /// Counts a handover of a flow or a group that begins.
    mutating func started(_ record: HandoverRecord, of relocation: Serial) {
        relocations[relocation]?.awaits()
        rules[record.rule]?.handovers[.open, default: 0] += 1
        counters.handoversStarted += 1
    }

    /// How many flows in direct mode may be known to have moved.
    private static let mostKnown = 500_000

    /// When packets that a rule's handovers move are turned to their destination.
    func redirection(for rule: RuleID) -> FlowHandover.Plan.Redirection {
        rules[rule]?.mode == .opennf ? .whenStateIsInPlace : .whenArmed
    }

    mutating func nextRecordNumber() -> UInt64 {
        defer { nextRecord += 1 }
        return nextRecord
    }

    /// A flow has one handover at a time: the one before writes no entries any more, and its own are written over.
    private mutating func takeOver(_ known: PerDirection<FlowKey>, of serial: Serial, in group: Group) {
        var before: Set<Serial> = []
        for direction in known.directions {
            let key = DirectedFlow(group: group.index, direction: direction, flow: known[direction])
            guard let other = flows.updateValue(serial, forKey: key), other != serial else { continue }
            if let levels = live[other]?.levels { live[serial]?.levels.takeOver(levels, direction) }
            if live[other]?.handover.namedDirection == direction { live[serial]?.handover.namedDirection = direction }
            before.insert(other)
        }
        for other in before.sorted() { forget(other) }
    }

    /// The handover, or the arming, that a control frame names.
    func serial(of identifier: HandoverID) -> Serial? { identifiers[identifier] }

    mutating func forget(_ serial: Serial) {
        guard let gone = live.removeValue(forKey: serial) else { return }
        journal(.forgotten(serial))
        if !gone.handover.isEnded { moving -= 1 }
        if gone.isBusy { busy -= 1 }
        release(gone.handover.id, of: serial)
        for direction in gone.handover.directions.directions {
            let key = DirectedFlow(group: gone.group.index, direction: direction, flow: gone.handover.directions[direction].flow)
            if flows[key] == serial { flows[key] = nil }
        }
        held = held - gone.held
    }

    /// Lets another handover have an identifier.
    mutating func release(_ identifier: HandoverID, of serial: Serial) {
        if identifiers[identifier] == serial { identifiers[identifier] = nil }
    }

    mutating func newSerial() -> Serial {
        defer { nextSerial += 1 }
        reserve()
        return Serial(nextSerial)
    }

    /// An identifier names what has this serial.
    mutating func occupy(_ identifier: HandoverID, by serial: Serial) { identifiers[identifier] = serial }

    mutating func freeIdentifier() -> HandoverID? {
        for _ in 0..<UInt16.max {
            lastIdentifier = lastIdentifier == .max ? 1 : lastIdentifier + 1
            let candidate = HandoverID(rawValue: lastIdentifier)
            if identifiers[candidate] == nil { return candidate }
        }
        return nil
    }

    mutating func perform(_ actions: [FlowHandover.Action], of serial: Serial, at now: Instant) {
        for action in actions { perform(action, of: serial, at: now) }
        defer { beginNext(at: now) }
        noteBusy(serial)
        probe(actions, of: serial)
        noteProgress(of: serial)
        guard let index = live.index(forKey: serial) else { return }
        if actions.contains(where: \.wantsAnswer) { live.values[index].asked = now }
        let nowHeld = live.values[index].handover.held
        if nowHeld != live.values[index].held {
            held = held - live.values[index].held + nowHeld
            counters.peakHeldPackets = max(counters.peakHeldPackets, held.packets)
            live.values[index].held = nowHeld
        }
        if let deadline = live.values[index].handover.deadline, deadline < live.values[index].scheduled ?? Instant(nanoseconds: .max) {
            live.values[index].scheduled = deadline
            deadlines.schedule(serial, at: deadline)
        }
    }

    // MARK: Output

    mutating func send(_ message: Message, to datapath: DatapathID) {
        switch message {
        case .flowMod: counters.flowMods += 1
        case .packetOut: counters.packetOuts += 1
        default: break
        }
        output.append(.message(datapath, message))
    }

    mutating func publish(_ event: Event) {
        if case .rule(let rule) = event { journal(.rule(rule)) }
        output.append(.event(event))
    }

    /// Has something written down.
    mutating func write(_ note: Output) { output.append(note) }
}
