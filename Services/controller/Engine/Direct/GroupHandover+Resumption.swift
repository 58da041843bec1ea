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
        groups[note.serial] = LiveGroup(
            handover: GroupHandover(
                resuming: note, members, outcome, of: rule, from: source, to: destination, configuration: configuration, at: now),
            relocation: note.relocation)
        occupy(note.id, by: note.serial)
        schedule(group: note.serial)
        guard outcome == .open else { return }
        relocations[note.relocation]?.awaits()
        rules[note.rule]?.handovers[.open, default: 0] += 1
    }
}
