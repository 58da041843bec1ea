import Mutations

/// What is written down for another process to go on with.
extension Engine {
    mutating func journal(_ entry: @autoclosure () -> JournalEntry) {
        if configuration.keepsJournal { write(.journal(entry())) }
    }

    /// Serials and counters are set aside many at a time, so that no later process uses one again.
    mutating func reserve() {
        guard configuration.keepsJournal, nextSerial >= reserved.serial || trust.counter >= reserved.counter else { return }
        reserved = (nextSerial + Self.reservedSerials, trust.counter + Self.reservedCounters)
        let note = reservation
        journal(note)
    }

    private var reservation: JournalEntry {
        .reserved(serial: reserved.serial, counter: reserved.counter, identifier: lastIdentifier)
    }

    private static let reservedSerials: UInt64 = 1 << 16
    private static let reservedCounters: UInt64 = 1 << 20

    /// How far a handover is now.
    mutating func noteProgress(of serial: Serial) {
        guard configuration.keepsJournal, !Mutation.skipCheckpoints.isActive, let index = live.index(forKey: serial) else { return }
        let checkpoint = live.values[index].handover.checkpoint(of: serial)
        guard checkpoint != live.values[index].noted else { return }
        live.values[index].noted = checkpoint
        write(.checkpoint(checkpoint))
    }

    /// How many packets a relocation has got.
    mutating func noteProgress(ofRelocation serial: Serial) {
        guard configuration.keepsJournal, let relocation = relocations[serial], relocation.isOpen else { return }
        write(.checkpoint(Checkpoint(relocation: serial, handled: relocation.counts.handled)))
    }

    mutating func noteRule(_ id: RuleID) {
        if configuration.keepsJournal, let rule = rules[id] { journal(.rule(rule)) }
    }

    mutating func noteArming(_ serial: Serial) {
        if configuration.keepsJournal, let arming = armings[serial] { journal(.arming(ArmingNote(arming))) }
    }

    mutating func noteRelocation(_ serial: Serial) {
        guard configuration.keepsJournal, let relocation = relocations[serial] else { return }
        journal(.relocation(RelocationNote(relocation)))
    }

    /// Everything that another process must know, in as few entries as possible; and the checkpoints that go with them.
    public var journalInShort: (entries: [JournalEntry], checkpoints: [Checkpoint]) {
        var entries: [JournalEntry] = topology.switches.values.sorted { $0.id < $1.id }.map { .switch(id: $0.id, datapath: $0.datapath) }
        entries += topology.registrations.compactMap { registration in
            switch registration {
            case .group(let id): topology.groups[id].map { .group($0) }
            case .instance(let id): topology.vnfs[id].map { .vnf($0) }
            }
        }
        for (serial, entry) in live.sorted(by: { $0.key < $1.key }) {
            entries.append(.began(HandoverNote(serial, entry)))
            let outcome = entry.handover.record.outcome
            if outcome != .open { entries.append(.ended(serial, outcome)) }
        }
        entries += journalOfGroups
        entries += rules.all.map { .rule($0) }
        entries += relocations.values.sorted { $0.serial < $1.serial }.map { .relocation(RelocationNote($0)) }
        entries += armings.values.sorted { $0.serial < $1.serial }.map { .arming(ArmingNote($0)) }
        entries.append(reservation)
        let checkpoints =
            live.map { $0.value.handover.checkpoint(of: $0.key) }
            + relocations.values.map { Checkpoint(relocation: $0.serial, handled: $0.counts.handled) }
        return (entries, checkpoints.sorted { $0.serial < $1.serial })
    }
}

extension RelocationNote {
    fileprivate init(_ relocation: Relocation) {
        let phase: Phase =
            switch relocation.phase {
            case .waiting: .waiting
            case .arming, .detecting: .detecting
            case .arriving: .arriving
            case .parting: .parting
            case .lingering: .lingering
            case .closing: .closing
            case .closed: .closed
            }
        self.init(
            serial: relocation.serial, rule: relocation.rule, mode: relocation.mode, phase: phase, earlier: relocation.earlier,
            turns: relocation.turns)
    }
}
