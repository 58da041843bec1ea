import Frames
import OpenFlow
import Timing

/// Where flows are, where they are to be, and what happens to their entries when a handover is over.
extension Engine {
    /// The instance that is to have a flow.
    func target(of entry: Live) -> VNF? { target(of: entry.sample.headers, entry.sample.direction, in: entry.group) }

    /// The instance that is to have a flow with these headers.
    func target(of headers: PacketHeaders, _ direction: Direction, in group: Group) -> VNF? {
        rules.target(of: headers, direction, in: group.id).flatMap { topology.vnfs[$0] } ?? topology.fallback(of: group)
    }

    /// The instance that has a flow of which no handover is known.
    func holder(of headers: PacketHeaders, _ direction: Direction, in group: Group) -> VNF? {
        rules.holder(of: headers, direction, in: group.id).flatMap { topology.vnfs[$0] } ?? topology.fallback(of: group)
    }

    /// A handover is over and its source knows: the flow goes on if a later rule wants that.
    mutating func goOn(_ serial: Serial, at now: Instant) {
        guard let entry = live[serial], case .ended = entry.handover.state else { return }
        release(entry.handover.id, of: serial)
        guard let relocation = entry.next, let rule = relocations[relocation]?.rule else { return settle(serial) }
        live[serial]?.next = nil
        defer { concluded(relocation, at: now) }
        guard let target = target(of: entry), target.id != entry.handover.home.id else { return settle(serial) }
        let plan = FlowHandover.Plan(kind: .move, source: entry.handover.home, destination: target, flows: entry.handover.flows)
        if begin(plan, of: entry.sample, seen: nil, in: entry.group, for: rule, by: relocation, at: now) == nil {
            counters.refusedDetections += 1
            settle(serial)
        }
    }

    /// Removes the exact entries of a handover that is over, as soon as no detection entry would catch its flow. The steering entry
    /// takes it to the same port; a flow that is not where the rules say keeps its entries until it has been silent.
    mutating func settle(_ serial: Serial) {
        guard let entry = live[serial], case .ended = entry.handover.state else { return }
        if let detection = openRelocation(covering: entry) { return relocations[detection]?.block(serial) ?? () }
        if let target = target(of: entry), target.id != entry.handover.home.id {
            guard !entry.handover.isKept else { return }
            live[serial]?.handover.isLeft = true
            noteProgress(of: serial)
            for direction in entry.handover.directions.directions { install(.kept, direction, of: serial) }
            return
        }
        removeEntries(of: entry)
        forget(serial)
    }

    private mutating func removeEntries(of entry: Live) {
        for direction in entry.handover.directions.directions {
            guard let there = topology.switches[entry.group.side(direction).switchID] else { continue }
            let match = FlowMatch(exactly: entry.handover.directions[direction].flow)
            for level in entry.levels[direction].all {
                let priority = FlowEntries.Priority.exact + level
                let remove = FlowEntries.remove(match, priority: priority, metadata: entry.group.metadata(direction))
                send(.flowMod(remove), to: there.datapath)
            }
        }
    }

    /// A flow that was kept where no rule sends it has been silent in a direction: when it was so in all, it counts as over.
    mutating func keptFlowExpired(_ serial: Serial, _ direction: Direction, at now: Instant) {
        guard let entry = live[serial] else { return }
        guard live[serial]?.handover.wasSilent(direction, at: now) ?? false, case .ended = entry.handover.state else {
            return install(.kept, direction, of: serial)
        }
        removeEntries(of: entry)
        forget(serial)
    }

    private func openRelocation(covering entry: Live) -> Serial? {
        relocations.values.first { relocation in
            relocation.isOpen && relocation.group == entry.group.id && rules[relocation.rule].map { covers($0, entry) } ?? false
        }?.serial
    }

    /// Whether a handover's instances cannot be reached because a switch is away, which may pass.
    func waitsForSwitch(_ serial: Serial, at now: Instant) -> Bool {
        guard let entry = live[serial] else { return false }
        return entry.handover.directions.directions.contains { direction in
            guard let there = topology.switches[entry.group.side(direction).switchID], there.ports == nil else { return false }
            return isAwayForNow(there.datapath, at: now)
        }
    }

    /// Whether a switch that is away may still come back in time. One that never was there is not waited for.
    func isAwayForNow(_ datapath: DatapathID, at now: Instant) -> Bool {
        absences[datapath].map { now - $0 < configuration.absenceLimit } ?? false
    }
}
