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
    ///
    /// - Parameter relocation: what an instance holds because of one was there before that took effect.
    func holder(of headers: PacketHeaders, _ direction: Direction, in group: Group, before relocation: Serial? = nil) -> VNF? {
        let parting = relocation.flatMap { relocations[$0] }.flatMap { $0.isParting ? $0.rule : nil }
        return rules.holder(of: headers, direction, in: group.id, before: parting).flatMap { topology.vnfs[$0] }
            ?? topology.fallback(of: group)
    }

    /// A handover is over and its source knows: the flow goes on if a later rule wants that, or if packets of it wait somewhere.
    mutating func goOn(_ serial: Serial, at now: Instant) {
        guard let entry = live[serial], case .ended = entry.handover.state else { return }
        release(entry.handover.id, of: serial)
        var waiting = takeWaiting(of: serial)
        if entry.behind.first?.isBehindController ?? false {
            deliver(waiting, to: entry.handover.home)
            waiting = []
        }
        let relocation = entry.next ?? entry.relocation
        live[serial]?.next = nil
        live[serial]?.behind = []
        // Others may have waited for what lay behind it, which finds no room perhaps.
        if !entry.behind.isEmpty { thinkOfWaiting(at: now) }
        defer { if entry.next != nil { concluded(relocation, at: now) } }
        guard var plan = onward(entry, relocation, waiting: Set(waiting.map(\.direction))) else { return settle(serial) }
        var cause = relocation
        if let behind = entry.behind.first, behind.vnf == plan.destination.id {
            plan.holding = behind.holding
            if relocations[behind.holding.relocation]?.isOpen ?? false { cause = behind.holding.relocation }
        } else if plan.route == .direct, let x = plan.flows.directions.first {
            plan.holding = armings(of: plan.destination.id, covering: plan.flows[x], x).max { $0.origin < $1.origin }
                .map { holding(under: $0, of: entry.sample.headers, entry.sample.direction, in: entry.group) }
        }
        let rule = relocations[cause]?.rule ?? entry.handover.record.rule
        guard let begun = begin(plan, of: entry.sample, seen: nil, in: entry.group, for: rule, by: cause, at: now) else {
            counters.refusedDetections += 1
            deliver(waiting, to: entry.handover.home)
            return settle(serial)
        }
        live[begun]?.handover.record.lost += entry.handover.lostBehind
        if let target = target(of: entry), target.id != plan.destination.id {
            lead(begun, onTo: relocation)
        }
        var behind = entry.behind
        let arrived = behind.first.map { $0.vnf == plan.destination.id } ?? false ? behind.removeFirst().directions.sorted() : []
        live[begun]?.behind = behind
        for direction in arrived {
            update(begun, at: now) { handover, actions in handover.sighted(direction, at: now, actions: &actions) }
        }
        for (frame, direction) in waiting {
            update(begun, at: now) { handover, actions in handover.packet(frame, .forth, direction, at: now, actions: &actions) }
        }
    }

    /// Gives packets to the instance where their flow is, and where nothing else of it comes.
    private mutating func deliver(_ waiting: [(frame: [UInt8], direction: Direction)], to home: VNF) {
        for (frame, direction) in waiting {
            guard let way = topology.way(to: home, direction, from: nil) else { continue }
            counters.deliveredDirectly += 1
            packetOut(frame, by: way)
        }
    }

    /// A flow goes on because of a relocation once it has arrived.
    mutating func lead(_ handover: Serial, onTo relocation: Serial) {
        live[handover]?.next = relocation
        live[handover]?.handover.goesOn = true
        relocations[relocation]?.awaits()
    }

    /// Where a flow goes that has arrived; nil if it stays.
    private func onward(_ entry: Live, _ relocation: Serial, waiting: Set<Direction>) -> FlowHandover.Plan? {
        let home = entry.handover.home
        if let behind = entry.behind.first, behind.vnf != home.id, let seer = topology.vnfs[behind.vnf] {
            let route: FlowDirection.Route = entry.handover.isSteered ? .direct : .relayed
            return FlowHandover.Plan(
                kind: .move, route: route, relayedMirror: entry.handover.namedDirection, source: home, destination: seer,
                flows: entry.handover.flows)
        }
        if entry.next != nil, let target = target(of: entry), target.id != home.id {
            let isHeld = entry.handover.isSteered && isArmed(target.id, for: relocation)
            return FlowHandover.Plan(
                kind: .move, route: isHeld ? .direct : .relayed, relayedMirror: entry.handover.namedDirection, source: home,
                destination: target, flows: entry.handover.flows)
        }
        guard !waiting.isEmpty else { return nil }
        return FlowHandover.Plan(kind: .adopt, source: home, destination: home, flows: entry.handover.flows, waiting: waiting)
    }

    /// Packets that came to the controller and belong behind a handover that is over.
    private mutating func takeWaiting(of serial: Serial) -> [(frame: [UInt8], direction: Direction)] {
        guard let directions = live[serial]?.handover.directions.directions else { return [] }
        return directions.flatMap { direction in
            (live[serial]?.handover.directions[direction].takeWaiting() ?? []).map { ($0, direction) }
        }
    }

    /// Removes the exact entries of a handover that is over, as soon as no detection entry would catch its flow. The steering entry
    /// takes it to the same port; a flow that is not where the rules say keeps its entries until it has been silent.
    mutating func settle(_ serial: Serial) {
        guard let entry = live[serial], case .ended = entry.handover.state else { return }
        if let detection = openRelocation(covering: entry) { return relocations[detection]?.block(serial) ?? () }
        if entry.handover.needsEntries(at: target(of: entry)) || needsEntriesWhereNamed(entry) {
            guard !entry.handover.isKept else { return }
            live[serial]?.handover.isLeft = true
            noteProgress(of: serial)
            for direction in entry.handover.directions.directions { install(.kept, direction, of: serial) }
            return
        }
        removeEntries(of: entry)
        forget(serial)
    }

    /// Whether the direction that a function has named needs an entry to go where the flow is: a rule could only cover it by chance.
    private func needsEntriesWhereNamed(_ entry: Live) -> Bool {
        guard let named = entry.handover.namedDirection else { return false }
        let match = FlowMatch(exactly: entry.handover.directions[named].flow)
        let isCovered = rules.ordered.contains { rule in
            rule.group == entry.group.id && rule.specification.match(named)?.overlaps(match) ?? false
        }
        return isCovered || topology.fallback(of: entry.group)?.id != entry.handover.home.id
    }

    private mutating func removeEntries(of entry: Live) {
        guard entry.handover.hasEntries else { return }
        for direction in entry.handover.directions.directions {
            for there in topology.entrances(of: entry.group, direction) {
                let entrance = Entrance(direction: direction, datapath: there.datapath)
                removeEntries(of: entry, at: entrance, entry.levels[entrance].all)
            }
        }
    }

    /// Removes exact entries of a handover at some levels where its flow may come in.
    mutating func removeEntries(of entry: Live, at entrance: Entrance, _ levels: [UInt16]) {
        let match = FlowMatch(exactly: entry.handover.directions[entrance.direction].flow)
        for level in levels {
            let remove = FlowEntries.remove(
                match, priority: FlowEntries.Priority.exact + level, metadata: entry.group.metadata(entrance.direction))
            send(.flowMod(remove), to: entrance.datapath)
        }
    }

    /// A flow that was kept where no rule sends it has been silent where it may come in: when it was so everywhere, it counts as over.
    mutating func keptFlowExpired(_ serial: Serial, at entrance: Entrance, at now: Instant) {
        guard let entry = live[serial], let there = topology.switch(entrance.datapath) else { return }
        let all = topology.entrances(of: entry.group, entry.handover.directions.directions)
        guard live[serial]?.handover.wasSilent(at: entrance, of: all, at: now) ?? false, case .ended = entry.handover.state else {
            return install(.kept, entrance.direction, of: serial, on: there)
        }
        removeEntries(of: entry)
        forget(serial)
    }

    private func openRelocation(covering entry: Live) -> Serial? {
        relocations.values.first { relocation in
            relocation.isOpen && relocation.group == entry.group.id && rules[relocation.rule].map { covers($0, entry) } ?? false
        }?.serial
    }

    /// Whether instances of a group may be out of reach because a switch is away, which may pass.
    func waitsForSwitch(of group: Group, at now: Instant) -> Bool {
        group.switchIDs.contains { id in
            topology.switches[id].map { $0.ports == nil && isAwayForNow($0.datapath, at: now) } ?? false
        }
    }

    /// Whether a switch that is away may still come back in time. One that never was there is not waited for.
    func isAwayForNow(_ datapath: DatapathID, at now: Instant) -> Bool {
        absences[datapath].map { now - $0 < configuration.absenceLimit } ?? false
    }
}
