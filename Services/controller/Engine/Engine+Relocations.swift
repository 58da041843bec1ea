import ControlFrames
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
    }

    /// Detects a rule's flows and lets those that come later fall to the next rule.
    mutating func startRemoving(_ id: RuleID, at now: Instant) {
        guard let rule = rules[id] else { return }
        startRelocation(of: rule, at: now) { .removing($0) }
    }

    /// Puts a relocation into effect.
    mutating func begin(_ serial: Serial, at now: Instant) {
        guard let relocation = relocations[serial], let rule = rules[relocation.rule] else { return }
        let replaced = before(relocation)
        if let replaced, let before = relocations[replaced] {
            relocations[replaced]?.successor = serial
            relocations[serial]?.goOn(behind: before)
        }
        relocations[serial]?.begin(at: now)
        noteRelocation(serial)
        installDetection(serial)
        schedule(serial)
        let before = [relocation.earlier, replaced].compactMap { $0.flatMap { relocations[$0] } }
        for other in Set([relocation.earlier, replaced].compactMap(\.self)).sorted() { supersede(other, by: serial, at: now) }
        guard relocation.mode == .direct else { return turn(rule, at: now) }
        // What the controller detects already it goes on detecting.
        if before.contains(where: { $0.isOpen && $0.isDetectedHere }) || detectsSome(of: rule) {
            return fallBack(serial, because: Self.detectedAlready, at: now)
        }
        armOrFallBack(destinations(of: rule), for: serial, at: now)
    }

    static let detectedAlready = "the controller was detecting the rule's flows"

    /// Whether the controller detects flows itself that a rule covers, each of which moves by itself.
    func detectsSome(of rule: Rule) -> Bool {
        rule.specification.grouping == .perFlow && !Mutation.holdWhatIsDetected.isActive
            && relocations.values.contains { other in
                other.isOpen && other.isDetectedHere && other.hasBegun && other.rule != rule.id
                    && rules[other.rule].map { $0.group == rule.group && $0.specification.overlaps(rule.specification) } ?? false
            }
    }

    /// The instances that flows of a rule go to, or may fall to when it goes.
    func destinations(of rule: Rule) -> [VNFID] {
        if rule.steers { return [rule.specification.destination] }
        var found: Set<VNFID> = []
        for other in rules.overlapping(rule)
        where other.id != rule.id && other.specification.priority <= rule.specification.priority {
            // What is taken back after this rule has its entries until then.
            guard other.steers || other.hasSteering else { continue }
            found.insert(other.specification.destination)
            // Nothing falls past a rule over the same flows.
            if other.hasSteering, other.specification.hasFlows(of: rule.specification) { return found.sorted() }
        }
        if let fallback = topology.groups[rule.group].flatMap({ topology.fallback(of: $0) }) { found.insert(fallback.id) }
        return found.sorted()
    }

    /// A relocation in direct mode goes on that an earlier process has begun.
    mutating func arm(forResumed relocation: Serial, at now: Instant) {
        // What instances were told is told them again, and is all that is to be told.
        guard let rule = relocations[relocation].flatMap({ rules[$0.rule] }) else { return }
        // What takes a group back has taken over what its other instance holds.
        let known = armings(of: relocation).filter { armings[$0]?.origin == relocation || relocations[relocation]?.turns == nil }
        if known.isEmpty { armOrFallBack(destinations(of: rule), for: relocation, at: now) }
    }

    private mutating func armOrFallBack(_ instances: [VNFID], for relocation: Serial, at now: Instant) {
        // SEEN does not say by which switch a flow comes in, and so not where a FENCE would lie behind it.
        let group = relocations[relocation].flatMap { topology.groups[$0.group] }
        guard group?.isSpread == false else { return fallBack(relocation, because: Self.spread, at: now) }
        if Mutation.steerBeforeArmed.isActive, let rule = relocations[relocation].flatMap({ rules[$0.rule] }), rule.steers {
            installSteering(of: rule)
        }
        if !arm(instances, for: relocation, at: now) { fallBack(relocation, because: "too many handovers are open", at: now) }
    }

    /// The controller detects and holds the flows of a relocation itself, because an instance cannot.
    mutating func fallBack(_ serial: Serial, because reason: String, at now: Instant) {
        guard let relocation = relocations[serial], relocation.isDetecting, relocation.mode == .direct, let rule = rules[relocation.rule]
        else { return }
        rules[rule.id]?.mode = .sharp
        rules[rule.id]?.modeReason = reason
        relocations[serial]?.fallBack(at: now)
        noteRelocation(serial)
        installDetection(serial)
        if case .arming = relocation.phase { turn(rule, at: now) }
        schedule(serial)
        beginWaiting(at: now)
        if let rule = rules[rule.id] { publish(.rule(rule)) }
    }

    /// Changes the tables in favour of a rule, or against it, and lets the flows that are known go on.
    mutating func turn(_ rule: Rule, at now: Instant) {
        guard let rule = rules[rule.id] else { return }
        if rule.relocation.flatMap({ relocations[$0] })?.mode == .direct { interceptUnredirected(of: rule, at: now) }
        if rule.steers { installSteering(of: rule) } else { removeSteering(of: rule) }
        moveOn(rule, at: now)
    }

    /// A flow that only a detection entry brings here gets an entry of its own before another rule's can take it elsewhere.
    private mutating func interceptUnredirected(of rule: Rule, at now: Instant) {
        for handover in live.keys.sorted() where live[handover].map({ covers(rule, $0) }) ?? false {
            update(handover, at: now) { handover, actions in handover.interceptUnredirected(&actions) }
        }
    }

    /// Takes a group back that a relocation of the same rule was to move, which is over with that.
    mutating func startGoingBack(_ rule: Rule, from earlier: Serial, turning handover: HandoverID, at now: Instant) -> Serial {
        let steers = rule.steers
        let relocation = Relocation(
            serial: newSerial(), rule: rule, after: earlier, mode: .direct, decideBy: now + configuration.hello.limit)
        relocations[relocation.serial] = relocation
        rules[rule.id]?.state = steers ? .removing(relocation.serial) : .moving(relocation.serial)
        rules[rule.id]?.isDetecting = true
        waiting.append(relocation.serial)
        goBack(earlier, by: relocation.serial, turning: handover, at: now)
        if let rule = rules[rule.id] { publish(.rule(rule)) }
        return relocation.serial
    }

    /// A relocation takes the place of an earlier one at once, to take its group back.
    mutating func goBack(_ earlier: Serial, by relocation: Serial, turning handover: HandoverID, at now: Instant) {
        let turnedAt = relocations[earlier]?.turnedAt ?? now
        relocations[relocation]?.turn(handover)
        relocations[relocation]?.wait(forSwitchesUntil: turnedAt + configuration.settling)
        noteRelocation(relocation)
        supersede(earlier, by: relocation, at: now)
        schedule(earlier)
    }

    private mutating func startRelocation(of rule: Rule, at now: Instant, _ state: (Serial) -> Rule.State) {
        let given = givenChoice(rule.specification)
        let relocation = Relocation(
            serial: newSerial(), rule: rule, after: rule.relocation, mode: given?.mode, decideBy: now + configuration.hello.limit)
        relocations[relocation.serial] = relocation
        rules[rule.id]?.state = state(relocation.serial)
        rules[rule.id]?.isDetecting = true
        if let given {
            rules[rule.id]?.mode = given.mode
            rules[rule.id]?.modeReason = given.reason
        } else {
            ask(topology.instances(of: rule.group).filter { abilities[$0.id]?.answer == .silent }, at: now)
        }
        noteRelocation(relocation.serial)
        if let rule = rules[rule.id] { publish(.rule(rule)) }
        waiting.append(relocation.serial)
        beginWaiting(at: now)
    }

    /// Lets the flows that are known, of handovers under way or just over, go on to where the rules say now.
    private mutating func moveOn(_ rule: Rule, at now: Instant) {
        guard let relocation = rules[rule.id]?.relocation else { return }
        for serial in live.keys.sorted() where live[serial].map({ decides(rule, $0) }) ?? false {
            guard let entry = live[serial] else { continue }
            if entry.next == nil, target(of: entry)?.id == entry.handover.home.id { continue }
            if let before = entry.next { concluded(before, at: now) }
            lead(serial, onTo: relocation)
            if case .ended = entry.handover.state { goOn(serial, at: now) }
        }
    }

    /// Whether a rule, or its removal, says where a flow is to go: what a more important one holds of it remains that one's.
    private func decides(_ rule: Rule, _ entry: Live) -> Bool {
        covers(rule, entry)
            && rules.first(covering: entry.sample.headers, entry.sample.direction, in: rule.group) { $0.hasSteering || $0.id == rule.id }?
                .id
                == rule.id
    }

    /// The relocations of rules that cover a flow.
    func relocations(covering headers: PacketHeaders, _ direction: Direction, in group: Group) -> [Relocation] {
        relocations.values.filter { relocation in
            relocation.group == group.id && rules[relocation.rule]?.specification.match(direction)?.matches(headers) ?? false
        }
    }

    func covers(_ rule: Rule, _ entry: Live) -> Bool {
        rule.group == entry.group.id && rule.specification.match(entry.sample.direction)?.matches(entry.sample.headers) ?? false
    }

    // MARK: Entries

    mutating func installDetection(_ relocation: Serial) {
        guard let relocation = relocations[relocation] else { return }
        for entrance in entrances(of: relocation).sorted() {
            if let flowMod = detection(of: relocation, at: entrance) { send(.flowMod(flowMod), to: entrance.datapath) }
        }
    }

    private mutating func installSteering(of rule: Rule) {
        rules[rule.id]?.steering = .present
        noteRule(rule.id)
        for direction in rule.specification.directions {
            for there in entrances(of: rule, direction) {
                if let flowMod = steering(of: rule, direction, on: there) { send(.flowMod(flowMod), to: there.datapath) }
            }
        }
    }

    private mutating func removeSteering(of rule: Rule) {
        if rules[rule.id]?.hasSteering ?? false { rules[rule.id]?.steering = .gone }
        noteRule(rule.id)
        for direction in rule.specification.directions { remove(of: rule, direction, priority: FlowEntries.Priority.steering) }
    }

    private mutating func remove(of rule: Rule, _ direction: Direction, priority: (UInt16) -> UInt16) {
        guard let group = topology.groups[rule.group], let match = rule.specification.match(direction) else { return }
        let flowMod = FlowEntries.remove(match, priority: priority(rule.specification.priority), metadata: group.metadata(direction))
        for there in entrances(of: rule, direction) { send(.flowMod(flowMod), to: there.datapath) }
    }

    private func entrances(of rule: Rule, _ direction: Direction) -> [Switch] {
        topology.groups[rule.group].map { topology.entrances(of: $0, direction) } ?? []
    }

    func entrances(of relocation: Relocation) -> Set<Entrance> { entrances(of: relocation.group, relocation.directions) }

    func entrances(of group: String, _ directions: [Direction]) -> Set<Entrance> {
        topology.groups[group].map { topology.entrances(of: $0, directions) } ?? []
    }

    // MARK: Progress

    /// Does what a relocation's time has come for.
    mutating func advance(relocation serial: Serial, at now: Instant) {
        guard let relocation = relocations[serial], let rule = rules[relocation.rule] else { return relocations[serial] = nil }
        defer { schedule(serial) }
        guard let deadline = relocation.deadline(rule.specification, settling: configuration.settling), deadline <= now else { return }
        switch relocation.phase {
        case .waiting: beginWaiting(at: now)
        case .arming, .arriving, .parting: break
        case .detecting:
            // Silence says nothing while a switch cannot speak.
            if relocation.directions.contains(where: { waitsForSwitch(rule, $0, at: now) }) {
                relocations[serial]?.postpone(at: now)
            } else if hasTurnsToCome(serial) {
                relocations[serial]?.postpone(at: now)
            } else if awaitsGroups(of: serial, at: now) {
                // Until the state is there, even a new flow has to be held.
                relocations[serial]?.postpone(at: now)
            } else {
                endDetection(serial, of: rule, at: now)
            }
        case .lingering:
            let all = relocations[serial].map { entrances(of: $0) } ?? []
            relocations[serial]?.startClosing(at: all, limit: now + configuration.closingLimit)
            noteRelocation(serial)
            installDetection(serial)
        case .closing:
            counters.forcedClosings += 1
            interceptUnredirected(of: rule, at: now)
            for direction in relocation.directions { remove(of: rule, direction, priority: FlowEntries.Priority.detection) }
            close(serial, at: now)
        case .closed where relocation.open > 0: _ = relocations[serial]?.close(until: now + configuration.memory)
        case .closed:
            relocations[serial] = nil
            forgetGroups(of: serial)
        }
    }

    private func waitsForSwitch(_ rule: Rule, _ direction: Direction, at now: Instant) -> Bool {
        entrances(of: rule, direction).contains { $0.ports == nil && isAwayForNow($0.datapath, at: now) }
    }

    mutating func schedule(_ serial: Serial) {
        guard let relocation = relocations[serial], let rule = rules[relocation.rule] else { return }
        guard let deadline = relocation.deadline(rule.specification, settling: configuration.settling),
            deadline < relocation.scheduled ?? Instant(nanoseconds: .max)
        else { return }
        relocations[serial]?.scheduled = deadline
        deadlines.schedule(serial, at: deadline)
    }

    /// The flows of a rule are all known, or count as new: those that come are where they are to be.
    mutating func endDetection(_ serial: Serial, of rule: Rule, at now: Instant) {
        // Its removal may be waiting for this.
        if rule.relocation == serial { rules[rule.id]?.isDetecting = false }
        if relocations[serial]?.mode == .direct {
            relocations[serial]?.arrive()
            noteRelocation(serial)
            if let rule = rules[rule.id] { publish(.rule(rule)) }
            return closeIfArrived(serial, at: now)
        }
        disarm(serial, at: now)
        takeEffect(serial)
        whereabouts.tookEffect(serial)
        thinkOfWaiting(at: now)
        relocations[serial]?.linger(configuration.silenceGuard)
        noteRelocation(serial)
        if let rule = rules[rule.id] { publish(.rule(rule)) }
        settleRule(of: serial)
    }

    /// Flows that nobody has heard of are where the rule says from now on.
    private mutating func takeEffect(_ serial: Serial) {
        guard let rule = relocations[serial].flatMap({ rules[$0.rule] }) else { return }
        if rule.steers || rule.relocation != serial { rules.tookEffect(rule.id) } else { rules[rule.id]?.isEffective = false }
        noteRule(rule.id)
    }

    /// Closes a relocation in direct mode when every flow has arrived that an instance has held.
    mutating func closeIfArrived(_ serial: Serial, at now: Instant) {
        if relocations[serial]?.hasArrived ?? false {
            relocations[serial]?.part()
            noteRelocation(serial)
            disarm(serial, at: now)
            takeEffect(serial)
        }
        // DISARM is acknowledged when nothing is held any more that the controller has not answered for.
        guard let relocation = relocations[serial], relocation.isParting, relocation.open == 0, armings(of: serial).isEmpty else { return }
        close(serial, at: now)
        settleRule(of: serial)
    }

    /// A switch has removed the entry of a relocation because no packet took it for a second.
    mutating func detectionExpired(_ serial: Serial, at entrance: Entrance, at now: Instant) {
        if relocations[serial]?.expired(at: entrance) ?? false { close(serial, at: now) }
    }

    private mutating func close(_ serial: Serial, at now: Instant) {
        let blocked = relocations[serial]?.close(until: now + configuration.memory) ?? []
        noteRelocation(serial)
        // Until now a report that was answered may have come once more.
        whereabouts.tookEffect(serial)
        detectionUncounted(serial, at: now)
        schedule(serial)
        for handover in blocked.sorted() { settle(handover) }
        retireRule(of: serial)
        beginWaiting(at: now)
    }

    /// Another relocation takes over the entries of one that is not closed, and what instances hold for it.
    private mutating func supersede(_ serial: Serial, by relocation: Serial, at now: Instant) {
        inherit(serial, by: relocation)
        whereabouts.inherit(serial, by: relocation)
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
        closeIfArrived(serial, at: now)
        settleRule(of: serial)
        if relocations[serial]?.open == 0 { thinkOfWaiting(at: now) }
    }

    mutating func settleRule(of serial: Serial) {
        guard let relocation = relocations[serial], !relocation.isDetecting, !relocation.isArriving, relocation.open == 0,
            let rule = rules[relocation.rule], rule.relocation == serial
        else { return }
        if rule.steers { rules[rule.id]?.state = .settled } else { rules.removed(rule.id) }
        if let rule = rules[rule.id] { publish(.rule(rule)) }
        retireRule(of: serial)
    }

    /// A rule that is removed may be forgotten once none of its entries is left in a switch.
    private mutating func retireRule(of serial: Serial) {
        guard let relocation = relocations[serial], !relocation.isOpen, rules[relocation.rule]?.state == .removed else { return }
        rules.retire(relocation.rule)
    }
}
