import Frames
import OpenFlow
import Timing

/// Going on where another process was.
extension Engine {
    /// An engine that goes on with what an earlier process has written down.
    ///
    /// The switches' tables are read when they connect, as always; what is right stays as it is. Open handovers go on under the same
    /// serial and identifier. What the earlier process held is lost, and their records count it.
    ///
    /// - Throws: ``JournalProblem`` when the entries contradict each other.
    public init(
        configuration: Configuration, resuming entries: [JournalEntry], checkpoints: [Checkpoint], at now: Instant
    ) throws(JournalProblem) {
        self.init(configuration: configuration)
        var past = Past()
        for (index, entry) in entries.enumerated() {
            do throws(Refusal) {
                try past.take(entry, into: &topology)
            } catch {
                throw JournalProblem(entry: index, "\(error)")
            }
        }
        for checkpoint in checkpoints { past.checkpoints[checkpoint.serial] = checkpoint }
        restoreNumbers(past)
        for rule in past.rules.values.sorted(by: { $0.id < $1.id }) { rules.restore(rule) }
        for note in past.relocations.values.sorted(by: { $0.serial < $1.serial }) {
            restore(note, past.checkpoints[note.serial], at: now)
        }
        for note in past.handovers.values.sorted(by: { $0.serial < $1.serial }) { restore(note, past, at: now) }
        for note in past.armings.values.sorted(by: { $0.serial < $1.serial }) { restore(note, at: now) }
        // A handover that was turned round has its record from then on.
        let turned = Set(past.groups.values.compactMap(\.turns))
        for note in past.groups.values.sorted(by: { $0.serial < $1.serial }) where !turned.contains(note.id) {
            restore(note, past.members[note.serial] ?? GroupHandover.Members(), past.outcomes[note.serial] ?? .open, at: now)
        }
        for known in topology.switches.values {
            absences[known.datapath] = now
            uncounted.insert(known.datapath)
        }
        goOn(at: now)
    }

    private mutating func restoreNumbers(_ past: Past) {
        let serials =
            Array(past.relocations.keys) + Array(past.handovers.keys) + Array(past.armings.keys) + Array(past.groups.keys)
            + past.rules.values.map(\.serial)
        let used = serials.map(\.value).max() ?? 0
        nextSerial = max(nextSerial, past.reserved.serial, used + 1)
        nextRecord = max(nextRecord, past.nextRecord)
        // Agents remember for a while what has ended.
        lastIdentifier = past.lastIdentifier
        trust.goOn(behind: past.reserved.counter)
        reserve()
    }

    private mutating func restore(_ note: RelocationNote, _ checkpoint: Checkpoint?, at now: Instant) {
        guard let rule = rules[note.rule] else { return }
        let phase: Relocation.Phase =
            switch (note.phase, note.mode) {
            case (.waiting, _): .waiting(until: nil)
            case (.arriving, _): .arriving
            case (.parting, _): .parting
            // Instances are asked to hold anew; meanwhile they do by what they were told before.
            case (.detecting, .direct): .arming
            case (.detecting, .sharp), (.detecting, .opennf), (.detecting, nil): .detecting(since: now, lastHeard: now)
            case (.lingering, _): .lingering(until: now + configuration.silenceGuard)
            // Entries that have expired meanwhile are missing in the switches' tables.
            case (.closing, _):
                .closing(open: entrances(of: rule.group, rule.specification.directions), limit: now + configuration.closingLimit)
            case (.closed, _): .closed(until: now + configuration.memory)
            }
        var relocation = Relocation(
            resuming: note, rule: rule, phase: phase, handled: checkpoint?.handled ?? (0, 0),
            decideBy: now + configuration.hello.limit)
        if let before = before(relocation, isPast: true) {
            relocations[before]?.successor = note.serial
            relocation.continues = true
        }
        if note.turns != nil { relocation.wait(forSwitchesUntil: now + configuration.settling) }
        relocations[note.serial] = relocation
        if case .waiting = phase { waiting.append(note.serial) }
        schedule(note.serial)
    }

    private mutating func restore(_ note: ArmingNote, at now: Instant) {
        guard topology.vnfs[note.vnf] != nil else { return }
        armings[note.serial] = Arming(resuming: note, retry: configuration.retry, at: now)
        occupy(note.id, by: note.serial)
        schedule(arming: note.serial)
    }

    private mutating func restore(_ note: HandoverNote, _ past: Past, at now: Instant) {
        guard let group = topology.groups[note.group], let source = topology.vnfs[note.source],
            let destination = topology.vnfs[note.destination], let headers = try? PacketHeaders(note.sample.span.bytes)
        else { return }
        var handover = FlowHandover(
            resuming: note, past.checkpoints[note.serial], past.outcomes[note.serial] ?? .open, from: source, to: destination,
            redirection(for: note.rule), resumedChoice(note), configuration: configuration, at: now)
        if newest(note.relocation).isOpen { handover.mayHaveLostDetected() } else { handover.hasLostUncounted() }
        let sample = Sample(headers: headers, direction: note.sampleDirection, frame: note.sample)
        live[note.serial] = Live(
            handover, origin: Origin(group: group, sample: sample), relocation: note.relocation, holding: note.holding,
            reported: note.reported)
        if !handover.isEnded {
            moving += 1
            occupy(note.id, by: note.serial)
        }
        for direction in handover.directions.directions {
            flows[DirectedFlow(group: group.index, direction: direction, flow: handover.directions[direction].flow)] = note.serial
        }
        guard handover.record.outcome == .open else { return }
        relocations[note.relocation]?.awaits()
        rules[note.rule]?.handovers[.open, default: 0] += 1
    }

    /// Nothing can be sent yet: what is due is repeated when the switches are there.
    private mutating func goOn(at now: Instant) {
        for serial in live.keys.sorted() {
            update(serial, at: now) { handover, actions in handover.goOnAfterRestart(at: now, &actions) }
            guard let entry = live[serial], entry.next == nil else { continue }
            if target(of: entry)?.id != entry.handover.home.id, let next = newestRelocation(covering: entry) {
                live[serial]?.next = next
                live[serial]?.handover.goesOn = true
                relocations[next]?.awaits()
            }
        }
        for serial in live.keys.sorted() {
            guard case .ended = live[serial]?.handover.state else { continue }
            if live[serial]?.next != nil { goOn(serial, at: now) } else { settle(serial) }
        }
        for serial in relocations.keys.sorted() {
            if case .arming = relocations[serial]?.phase { arm(forResumed: serial, at: now) }
            closeIfArrived(serial, at: now)
            settleRule(of: serial)
        }
        beginWaiting(at: now)
    }

    private func newestRelocation(covering entry: Live) -> Serial? {
        rules.rules.values.compactMap { rule in
            guard let relocation = rule.relocation, relocations[relocation] != nil, covers(rule, entry) else { return nil }
            return relocation
        }.max()
    }
}

/// What an earlier process has written down, as far as it still matters.
private struct Past {
    var rules: [RuleID: Rule] = [:]
    var relocations: [Serial: RelocationNote] = [:]
    var handovers: [Serial: HandoverNote] = [:]
    var armings: [Serial: ArmingNote] = [:]
    var groups: [Serial: GroupNote] = [:]
    var members: [Serial: GroupHandover.Members] = [:]
    var outcomes: [Serial: HandoverRecord.Outcome] = [:]
    var checkpoints: [Serial: Checkpoint] = [:]
    var reserved: (serial: UInt64, counter: UInt64) = (0, 0)
    var nextRecord: UInt64 = 1
    var lastIdentifier: UInt16 = 0

    mutating func take(_ entry: JournalEntry, into topology: inout Topology) throws(Refusal) {
        switch entry {
        case .switch(let id, let datapath): try topology.put(Switch(id: id, datapath: datapath))
        case .group(let group): try topology.put(group)
        case .vnf(let vnf): try topology.put(vnf)
        case .rule(var rule):
            rule.handovers[.open] = nil
            rules[rule.id] = rule
        case .relocation(let note): relocations[note.serial] = note
        case .began(let note):
            handovers[note.serial] = note
            lastIdentifier = note.id.rawValue
            nextRecord = max(nextRecord, note.record + 1)
        case .arming(let note):
            armings[note.serial] = note
            lastIdentifier = max(lastIdentifier, note.id.rawValue)
        case .beganGroup(let note):
            if groups[note.serial] == nil { lastIdentifier = note.id.rawValue }
            groups[note.serial] = note
            nextRecord = max(nextRecord, note.record + 1)
        case .joined(let serial, let member): members[serial, default: GroupHandover.Members()].join(member)
        case .released(let serial, let member): members[serial, default: GroupHandover.Members()].release(member)
        case .ended(let serial, let outcome):
            outcomes[serial] = outcome
            if let rule = handovers[serial]?.rule ?? groups[serial]?.rule { rules[rule]?.handovers[outcome, default: 0] += 1 }
        case .forgotten(let serial):
            handovers[serial] = nil
            armings[serial] = nil
            groups[serial] = nil
            members[serial] = nil
            outcomes[serial] = nil
        case .reserved(let serial, let counter, let identifier):
            lastIdentifier = identifier
            reserved = (max(reserved.serial, serial), max(reserved.counter, counter))
        }
    }
}

extension HandoverNote {
    fileprivate var holding: FlowHandover.Holding? {
        guard let heldUnder, let heldFor else { return nil }
        return FlowHandover.Holding(arming: heldUnder, relocation: heldFor)
    }
}
