import Frames
import Mutations
import OpenFlow
import Timing

/// Rules being put into effect, and taken back.
extension Engine {
    /// Detects a rule's flows and steers those that come later: detection first, so that nothing reaches the destination unheld.
    mutating func startMoving(_ id: RuleID, at now: Instant) {
        guard let rule = rules[id] else { return }
        if Mutation.steerBeforeDetection.isActive { installSteering(of: rule) }
        startRelocation(of: rule, at: now) { .moving($0) }
        installSteering(of: rule)
        moveOn(rule, at: now)
    }

    /// Detects a rule's flows and lets those that come later fall to the next rule.
    mutating func startRemoving(_ id: RuleID, at now: Instant) {
        guard let rule = rules[id] else { return }
        startRelocation(of: rule, at: now) { .removing($0) }
        if let earlier = rule.relocation { supersede(earlier, at: now) }
        for direction in rule.specification.directions { remove(of: rule, direction, priority: FlowEntries.Priority.steering) }
        moveOn(rule, at: now)
    }

    private mutating func startRelocation(of rule: Rule, at now: Instant, _ state: (Serial) -> Rule.State) {
        var relocation = Relocation(serial: newSerial(), rule: rule, at: now)
        if let serial = before(relocation), let before = relocations[serial] {
            relocations[serial]?.successor = relocation.serial
            relocation.goOn(behind: before)
        }
        relocations[relocation.serial] = relocation
        rules[rule.id]?.state = state(relocation.serial)
        rules[rule.id]?.isDetecting = true
        noteRelocation(relocation.serial)
        installDetection(relocation.serial)
        schedule(relocation.serial)
        if let rule = rules[rule.id] { publish(.rule(rule)) }
    }

    /// Lets the flows that are known, of handovers under way or just over, go on to where the rules say now.
    private mutating func moveOn(_ rule: Rule, at now: Instant) {
        guard let relocation = rules[rule.id]?.relocation else { return }
        for serial in live.keys.sorted() where live[serial].map({ covers(rule, $0) }) ?? false {
            guard let entry = live[serial] else { continue }
            if entry.next == nil, target(of: entry)?.id == entry.handover.home.id { continue }
            if let before = entry.next { concluded(before, at: now) }
            live[serial]?.next = relocation
            relocations[relocation]?.awaits()
            if case .ended = entry.handover.state { goOn(serial, at: now) }
        }
    }

    func covers(_ rule: Rule, _ entry: Live) -> Bool {
        rule.group == entry.group.id && rule.specification.match(entry.sample.direction)?.matches(entry.sample.headers) ?? false
    }

    // MARK: Entries

    mutating func installDetection(_ relocation: Serial) {
        guard let relocation = relocations[relocation] else { return }
        for direction in relocation.directions {
            if let (flowMod, datapath) = detection(of: relocation, direction) { send(.flowMod(flowMod), to: datapath) }
        }
    }

    private mutating func installSteering(of rule: Rule) {
        for direction in rule.specification.directions {
            if let (flowMod, datapath) = steering(of: rule, direction) { send(.flowMod(flowMod), to: datapath) }
        }
    }

    private mutating func remove(of rule: Rule, _ direction: Direction, priority: (UInt16) -> UInt16) {
        guard let (group, datapath) = side(of: rule, direction), let match = rule.specification.match(direction) else { return }
        let flowMod = FlowEntries.remove(match, priority: priority(rule.specification.priority), metadata: group.metadata(direction))
        send(.flowMod(flowMod), to: datapath)
    }

    private func side(of rule: Rule, _ direction: Direction) -> (Group, DatapathID)? {
        guard let group = topology.groups[rule.group], let there = topology.switches[group.side(direction).switchID] else { return nil }
        return (group, there.datapath)
    }

    // MARK: Progress

    /// Does what a relocation's time has come for.
    mutating func advance(relocation serial: Serial, at now: Instant) {
        guard let relocation = relocations[serial], let rule = rules[relocation.rule] else { return relocations[serial] = nil }
        defer { schedule(serial) }
        guard relocation.deadline(rule.specification, settling: configuration.settling) <= now else { return }
        switch relocation.phase {
        case .detecting:
            // Silence says nothing while a switch cannot speak.
            if relocation.directions.contains(where: { waitsForSwitch(rule, $0, at: now) }) {
                relocations[serial]?.postpone(at: now)
            } else {
                endDetection(serial, of: rule, at: now)
            }
        case .closing:
            counters.forcedClosings += 1
            for handover in live.keys.sorted() where live[handover].map({ covers(rule, $0) }) ?? false {
                update(handover, at: now) { handover, actions in handover.interceptUnredirected(&actions) }
            }
            for direction in relocation.directions { remove(of: rule, direction, priority: FlowEntries.Priority.detection) }
            close(serial, at: now)
        case .closed where relocation.open > 0: _ = relocations[serial]?.close(until: now + configuration.memory)
        case .closed: relocations[serial] = nil
        }
    }

    private func waitsForSwitch(_ rule: Rule, _ direction: Direction, at now: Instant) -> Bool {
        guard let (_, datapath) = side(of: rule, direction), topology.switch(datapath)?.ports == nil else { return false }
        return isAwayForNow(datapath, at: now)
    }

    mutating func schedule(_ serial: Serial) {
        guard let relocation = relocations[serial], let rule = rules[relocation.rule] else { return }
        let deadline = relocation.deadline(rule.specification, settling: configuration.settling)
        guard deadline < relocation.scheduled ?? Instant(nanoseconds: .max) else { return }
        relocations[serial]?.scheduled = deadline
        deadlines.schedule(serial, at: deadline)
    }

    /// The flows of a rule are all known, or count as new: those that come are where they are to be.
    private mutating func endDetection(_ serial: Serial, of rule: Rule, at now: Instant) {
        relocations[serial]?.startClosing(limit: now + configuration.closingLimit)
        rules[rule.id]?.isDetecting = false
        rules[rule.id]?.isEffective = rule.steers
        noteRelocation(serial)
        installDetection(serial)
        if let rule = rules[rule.id] { publish(.rule(rule)) }
        settleRule(of: serial)
    }

    /// A switch has removed the entry of a relocation because no packet took it for a second.
    mutating func detectionExpired(_ serial: Serial, _ direction: Direction, at now: Instant) {
        if relocations[serial]?.expired(direction) ?? false { close(serial, at: now) } else { noteRelocation(serial) }
    }

    private mutating func close(_ serial: Serial, at now: Instant) {
        let blocked = relocations[serial]?.close(until: now + configuration.memory) ?? []
        noteRelocation(serial)
        detectionUncounted(serial, at: now)
        schedule(serial)
        for handover in blocked.sorted() { settle(handover) }
    }

    /// Another relocation takes over the entries of one that is not closed.
    private mutating func supersede(_ serial: Serial, at now: Instant) {
        let blocked = relocations[serial]?.close(until: now + configuration.memory) ?? []
        noteRelocation(serial)
        detectionUncounted(serial, at: now)
        for handover in blocked {
            settle(handover)
        }
    }

    /// A handover that a relocation waits for has come to its outcome.
    mutating func concluded(_ serial: Serial, at now: Instant) {
        relocations[serial]?.concluded()
        settleRule(of: serial)
    }

    mutating func settleRule(of serial: Serial) {
        guard let relocation = relocations[serial], !relocation.isDetecting, relocation.open == 0,
            let rule = rules[relocation.rule], rule.relocation == serial
        else { return }
        if rule.steers { rules[rule.id]?.state = .settled } else { rules.removed(rule.id) }
        if let rule = rules[rule.id] { publish(.rule(rule)) }
    }
}
