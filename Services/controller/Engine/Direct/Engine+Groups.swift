import ControlFrames
import Frames
import Mutations
import OpenFlow
import Timing

/// Handovers of all flows of a rule together.
extension Engine {
    /// A handover of a group and what the engine keeps about it.
    struct LiveGroup: Sendable {
        var handover: GroupHandover
        let relocation: Serial
        /// When it will next be looked at, if that is scheduled.
        var scheduled: Instant?
    }

    /// Begins to move everything that a rule covers from each instance that may have some of it.
    mutating func beginGroups(of rule: Rule, by relocation: Serial, at now: Instant) {
        guard let group = topology.groups[rule.group] else { return }
        let heirs = armings.values.filter { $0.relocation == relocation }.map(\.vnf)
        // Those that go back are on their way.
        guard relocations[relocation]?.turns == nil else { return }
        // What an instance gives away can go to one other only: with several, flows go each by itself.
        guard let heir = heirs.first.flatMap({ topology.vnfs[$0] }), heirs.count == 1 else { return }
        for source in holders(of: rule, in: group)
        where source.id != heir.id && groupHandover(of: relocation, from: source.id, to: heir.id) == nil {
            begin(from: source, to: heir, of: rule, by: relocation, at: now)
        }
    }

    /// The instances that may have flows of a rule.
    func holders(of rule: Rule, in group: Group) -> [VNF] {
        let effective = rules.overlapping(rule).filter(\.isEffective)
        let instances = effective.map(\.specification.destination) + [topology.fallback(of: group)?.id].compactMap(\.self)
        return Set(instances).sorted().compactMap { topology.vnfs[$0] }
    }

    private mutating func begin(from source: VNF, to destination: VNF, of rule: Rule, by relocation: Serial, at now: Instant) {
        guard let identifier = freeIdentifier() else { return counters.refusedDetections += 1 }
        let serial = newSerial()
        let record = HandoverRecord(
            GroupNote(
                serial: serial, id: identifier, source: source.id, destination: destination.id, rule: rule.id, relocation: relocation,
                record: nextRecordNumber(), startedAt: now, phase: .moving, isStateLost: false), of: rule)
        var actions: [GroupHandover.Action] = []
        let handover = GroupHandover(
            id: identifier, source: source, destination: destination, matches: rule.matches, record: record,
            mayGoBack: mayGoBack(rule, from: source.id, to: destination.id, by: relocation), configuration: configuration, at: now,
            actions: &actions)
        occupy(identifier, by: serial)
        groups[serial] = LiveGroup(handover: handover, relocation: relocation)
        if let note = noteToKeep(ofGroup: serial) { journal(.beganGroup(note)) }
        started(record, of: relocation)
        perform(actions, ofGroup: serial, at: now)
        publish(.handover(record))
    }

    /// The handover of a relocation between two instances.
    func groupHandover(of relocation: Serial, from source: VNFID, to destination: VNFID) -> Serial? {
        groups.first { _, live in
            live.relocation == relocation && live.handover.source.id == source && live.handover.destination.id == destination
        }?.key
    }

    func openGroups(of relocation: Serial) -> [Serial] {
        groups.filter { $0.value.relocation == relocation && $0.value.handover.isOpen }.keys.sorted()
    }

    /// Whether groups of a relocation are under way whose detection is over: they are told so.
    mutating func awaitsGroups(of relocation: Serial, at now: Instant) -> Bool {
        let underWay = openGroups(of: relocation)
        for serial in underWay {
            update(group: serial, at: now) { handover, actions in handover.detectionEnded(at: now, actions: &actions) }
        }
        return !underWay.isEmpty
    }

    /// A group that was told that detection is over has arrived: then it is, unless others are still to come.
    private mutating func endDetection(ofGroup live: LiveGroup, at now: Instant) {
        guard live.handover.isDetectionOver, let relocation = relocations[live.relocation], relocation.isDetecting,
            let rule = rules[relocation.rule], !groups.values.contains(where: { $0.relocation == live.relocation && $0.handover.isOpen })
        else { return }
        endDetection(relocation.serial, of: rule, at: now)
    }

    /// Forgets what nobody will ask for any more.
    mutating func forgetGroups(of relocation: Serial) {
        for (serial, live) in groups where live.relocation == relocation {
            release(live.handover.id, of: serial)
            groups[serial] = nil
            journal(.forgotten(serial))
        }
    }

    /// Does what the time of a group's handover has come for.
    mutating func advance(group serial: Serial, at now: Instant) {
        guard let live = groups[serial] else { return }
        let isPatient = topology.groups[live.handover.source.group].map { waitsForSwitch(of: $0, at: now) } ?? false
        update(group: serial, at: now) { handover, actions in
            handover.advance(to: now, isPatient: isPatient, actions: &actions)
        }
    }

    /// A control frame that names a group's handover.
    mutating func group(
        _ serial: Serial, _ message: ControlMessage, from vnf: VNF, _ direction: Direction, by speaker: Speaker, at now: Instant
    ) {
        guard let handover = groups[serial]?.handover else { return }
        guard let role = GroupHandover.Role(of: vnf, from: handover.source, to: handover.destination) else {
            return counters.strayControlFrames += 1
        }
        if case (.handoverFinished(_, let flow?), .destination) = (message, role) {
            let member = GroupMember(flow: flow, direction: direction)
            // Once that is acknowledged, nobody says so again.
            if handover.awaits(member) { journal(.released(serial, member)) }
        }
        update(group: serial, at: now) { handover, actions in
            guard handover.hears(message, from: role, direction, by: speaker, at: now) else { return }
            handover.control(message, from: role, direction, at: now, actions: &actions)
        }
    }

    /// Lets something happen to a group's handover and does what follows from it.
    mutating func update(
        group serial: Serial, at now: Instant, _ event: (inout GroupHandover, inout [GroupHandover.Action]) -> Void
    ) {
        guard let index = groups.index(forKey: serial) else { return }
        let before = noteToKeep(ofGroup: serial)
        var actions: [GroupHandover.Action] = []
        event(&groups.values[index].handover, &actions)
        if let note = noteToKeep(ofGroup: serial), note != before { journal(.beganGroup(note)) }
        perform(actions, ofGroup: serial, at: now)
    }

    mutating func perform(_ actions: [GroupHandover.Action], ofGroup serial: Serial, at now: Instant) {
        for action in actions {
            guard let live = groups[serial] else { return }
            switch action {
            case .send(let message, let role, let direction): send(message, live.handover.id, of: live.handover, to: role, direction)
            case .sendOfFirst(let message, let role, let direction):
                if let first = live.handover.turned?.first { send(message, first, of: live.handover, to: role, direction) }
            case .concluded:
                record(serial, live.handover.record, of: live.relocation, at: now)
                endDetection(ofGroup: live, at: now)
            case .givenUp: turnRound(serial, at: now)
            case .ended:
                release(live.handover.id, of: serial)
                beginWaiting(at: now)
            }
        }
        schedule(group: serial)
    }

    private mutating func send(
        _ message: ControlMessage, _ id: HandoverID, of handover: GroupHandover, to role: GroupHandover.Role, _ direction: Direction
    ) {
        let vnf = role == .source ? handover.source : handover.destination
        if let way = topology.way(to: vnf, direction, from: nil) { reply(message, handover: id, by: way) }
    }

    /// A flow joins a group that still takes flows in: it is written down before its instance is told.
    mutating func join(_ member: GroupMember, _ serial: Serial) {
        if groups[serial]?.handover.members[member] == nil { journal(.joined(serial, member)) }
    }

    /// How far a group is, where that is written down.
    func noteToKeep(ofGroup serial: Serial) -> GroupNote? {
        configuration.keepsJournal && !Mutation.forgetGroups.isActive ? groups[serial].map { GroupNote(serial, $0) } : nil
    }

    mutating func schedule(group serial: Serial) {
        guard let deadline = groups[serial]?.handover.deadline,
            deadline < groups[serial]?.scheduled ?? Instant(nanoseconds: .max)
        else { return }
        groups[serial]?.scheduled = deadline
        deadlines.schedule(serial, at: deadline)
    }
}

extension Rule {
    /// What it covers, as it enters in each direction that it is about.
    var matches: PerDirection<FlowMatch> {
        PerDirection(forward: specification.match(.forward), reverse: specification.match(.reverse))
    }
}

extension HandoverRecord {
    init(_ note: GroupNote, of rule: Rule) {
        let isFirstWay = note.turns == nil
        self.init(
            number: note.record, rule: rule.id, subject: .match(rule.specification.match),
            source: isFirstWay ? note.source : note.destination, destination: isFirstWay ? note.destination : note.source,
            Engine.Choice(mode: .direct, reason: rule.modeReason ?? Engine.Choice.asked), startedAt: note.startedAt)
    }
}
