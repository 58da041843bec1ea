import Timing

/// Going on where another process was. Nothing of a group waits at the controller, so nothing of it is lost with one.
extension GroupHandover {
    /// What another process has written down of a group's members, in the order in which they joined.
    struct Members: Sendable {
        private(set) var joined: [GroupMember] = []
        private(set) var released: Set<GroupMember> = []

        mutating func join(_ member: GroupMember) { joined.append(member) }
        mutating func release(_ member: GroupMember) { released.insert(member) }
    }

    /// One that another process has begun, with these members. Nothing is sent yet: what is due is repeated.
    init(
        resuming note: GroupNote, _ noted: Members, _ outcome: HandoverRecord.Outcome, of rule: Rule, from source: VNF,
        to destination: VNF, mayGoBack: Bool, configuration: Configuration, at now: Instant
    ) {
        id = note.id
        self.source = source
        self.destination = destination
        self.configuration = configuration
        self.mayGoBack = mayGoBack
        turned = note.turns.map { Turned($0) }
        matches = rule.matches
        record = HandoverRecord(note, of: rule)
        isStateLost = note.isStateLost
        record.isIncomplete = note.isIncomplete || isStateLost
        record.reason = note.reason
        record.flows = noted.joined.count
        joined = noted.joined
        let backoff = Backoff(configuration.retry, startedAt: now)
        let everywhere = Set(matches.directions)
        for member in joined {
            members[member] = noted.released.contains(member) ? .released : isStateLost ? .fenced : .fencing(backoff)
        }
        sourceState = isStateLost ? .frozen : .starting(backoff)
        arming = (backoff, everywhere)
        // What was released was released with the state.
        if !noted.released.isEmpty || turned != nil { transfer = .done }
        if isStateLost { releasing = (backoff, everywhere) }
        if outcome != .open {
            record.end(outcome, at: now)
            state = .closing(backoff, awaited: everywhere)
            return
        }
        switch note.phase {
        case .moving: break
        case .stopping: state = .stopping(backoff)
        case .recalling: state = .recalling(backoff)
        case .leaving:
            // START and TRANSFER were acknowledged. Without a flow, it is the farewell's answer that says that the state is there.
            if noted.released.isEmpty, turned == nil {
                arming.awaited = []
                transfer = .underWay(limit: now + configuration.stateLimit)
            }
            state = .leaving(backoff, awaited: everywhere)
        }
    }

    /// The members as they are written down.
    var noted: Members {
        var noted = Members()
        for member in joined {
            noted.join(member)
            if case .released? = members[member] { noted.release(member) }
        }
        return noted
    }

    /// Whether a member has still to be released, and to be known to be.
    func awaits(_ member: GroupMember) -> Bool {
        switch members[member] {
        case .fencing, .fenced: true
        case .released, nil: false
        }
    }
}

extension Engine {
    /// Everything that another process must know of the groups.
    var journalOfGroups: [JournalEntry] {
        var entries: [JournalEntry] = []
        for (serial, live) in groups.sorted(by: { $0.key < $1.key }) {
            let (members, outcome) = (live.handover.noted, live.handover.record.outcome)
            entries.append(.beganGroup(GroupNote(serial, live)))
            for member in members.joined { entries.append(.joined(serial, member)) }
            for member in members.joined where members.released.contains(member) { entries.append(.released(serial, member)) }
            if outcome != .open { entries.append(.ended(serial, outcome)) }
        }
        return entries
    }

    /// The identifier, the number and the record stay. What instances were told is told them again.
    mutating func restore(_ note: GroupNote, _ members: GroupHandover.Members, _ outcome: HandoverRecord.Outcome, at now: Instant) {
        guard let rule = rules[note.rule], relocations[note.relocation] != nil, let source = topology.vnfs[note.source],
            let destination = topology.vnfs[note.destination]
        else { return }
        let handover = GroupHandover(
            resuming: note, members, outcome, of: rule, from: source, to: destination,
            mayGoBack: note.turns == nil && mayGoBack(rule, from: source.id, to: destination.id, by: note.relocation),
            configuration: configuration, at: now)
        groups[note.serial] = LiveGroup(handover: handover, relocation: note.relocation)
        occupy(note.id, by: note.serial)
        schedule(group: note.serial)
        guard outcome == .open else { return }
        relocations[note.relocation]?.awaits()
        rules[note.rule]?.handovers[.open, default: 0] += 1
    }
}
