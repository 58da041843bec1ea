import Frames
import OpenFlow
import Timing

/// Rules being put into effect, and taken back.
extension Engine {
    /// Starts every rule that waits and need not wait any more.
    mutating func startPending(at now: Instant) {
        for rule in rules.all where rule.state == .pending && !rules.mustWait(rule) { startMoving(rule.id, at: now) }
    }

    /// Detects a rule's flows and steers those that come later: detection first, so that nothing reaches the destination unheld.
    private mutating func startMoving(_ id: RuleID, at now: Instant) {
        guard let rule = rules[id] else { return }
        startRelocation(of: rule, at: now) { .moving($0) }
        for direction in rule.specification.directions { installSteering(of: rule, direction) }
    }

    /// Detects a rule's flows and lets those that come later fall to the next rule.
    mutating func startRemoving(_ id: RuleID, at now: Instant) {
        guard let rule = rules[id] else { return }
        startRelocation(of: rule, at: now) { .removing($0) }
        for direction in rule.specification.directions { remove(of: rule, direction, priority: FlowEntries.Priority.steering) }
    }

    private mutating func startRelocation(of rule: Rule, at now: Instant, _ state: (Serial) -> Rule.State) {
        let relocation = Relocation(serial: newSerial(), rule: rule.id, directions: rule.specification.directions)
        relocations[relocation.serial] = relocation
        rules[rule.id]?.state = state(relocation.serial)
        rules[rule.id]?.isDetecting = true
        for direction in rule.specification.directions { installDetection(of: rule, relocation.serial, direction) }
        if let rule = rules[rule.id] { publish(.rule(rule)) }
    }

    mutating func installDetection(of rule: Rule, _ serial: Serial, _ direction: Direction) {
        guard let (group, datapath) = side(of: rule, direction), let match = rule.specification.match(direction) else { return }
        let flowMod = FlowEntries.detection(
            match, priority: rule.specification.priority, metadata: group.metadata(direction), silence: rule.specification.maximumSilence,
            cookie: Cookie(.detection, direction, serial: serial))
        send(.flowMod(flowMod), to: datapath)
    }

    mutating func installSteering(of rule: Rule, _ direction: Direction) {
        guard let (group, _) = side(of: rule, direction), let match = rule.specification.match(direction),
            let vnf = topology.vnfs[rule.specification.destination], let endpoint = topology.endpoint(of: vnf, direction)
        else { return }
        let flowMod = FlowEntries.steering(
            match, priority: rule.specification.priority, metadata: group.metadata(direction), toPort: endpoint.port,
            cookie: Cookie(.steering, direction, serial: rule.serial))
        send(.flowMod(flowMod), to: endpoint.datapath)
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

    /// A detection entry has expired: its flows are all known, or count as new.
    mutating func detectionEnded(_ serial: Serial, _ direction: Direction, at now: Instant) {
        guard relocations[serial] != nil else { return }
        relocations[serial]?.detectionEnded(direction)
        finishRelocation(serial, at: now)
    }

    mutating func finishRelocation(_ serial: Serial, at now: Instant) {
        guard let relocation = relocations[serial], !relocation.isDetecting, let rule = rules[relocation.rule] else { return }
        if rule.isDetecting {
            rules[rule.id]?.isDetecting = false
            if !relocation.isOver, let rule = rules[rule.id] { publish(.rule(rule)) }
        }
        for handover in relocations[serial]?.takeFinished() ?? [] { removeEntries(of: handover) }
        guard relocation.isOver else { return }
        relocations[serial] = nil
        switch rule.state {
        case .moving: rules[rule.id]?.state = .settled
        case .removing:
            rules[rule.id]?.state = .removed
            rules.removed(rule.id)
        case .pending, .settled, .removed: break
        }
        if let rule = rules[rule.id] { publish(.rule(rule)) }
        startPending(at: now)
    }

    // MARK: Whose flows

    /// The instance that has a detected flow now.
    func source(of rule: Rule, _ headers: PacketHeaders, _ direction: Direction, in group: Group) -> VNF? {
        if rule.isBeingRemoved { return topology.vnfs[rule.specification.destination] }
        return previousOwner(of: rule, headers, direction, in: group)
    }

    /// The instance that a detected flow goes to; frames whose headers cannot be read go where the group's default is.
    func destination(of rule: Rule, _ headers: PacketHeaders?, _ direction: Direction, in group: Group) -> VNF? {
        if !rule.isBeingRemoved { return topology.vnfs[rule.specification.destination] }
        guard let headers else { return topology.fallback(of: group) }
        return previousOwner(of: rule, headers, direction, in: group)
    }

    private func previousOwner(of rule: Rule, _ headers: PacketHeaders, _ direction: Direction, in group: Group) -> VNF? {
        rules.owner(of: headers, direction, below: rule).flatMap { topology.vnfs[$0] } ?? topology.fallback(of: group)
    }
}
