import OpenFlow
import Timing

/// What a switch must have in its tables.
extension Engine {
    /// Sends a switch all that it must have, after something was registered: what it has already does not change by that.
    mutating func install(on datapath: DatapathID) {
        guard let there = topology.switch(datapath), there.ports != nil else { return }
        for flowMod in entries(of: there) { send(.flowMod(flowMod), to: datapath) }
    }

    /// All that a switch must have, in the order in which it is to get it: a flow's own entry and detection before steering, so that
    /// nothing reaches an instance unheld, and what lets packets in last.
    func entries(of there: Switch) -> [FlowMod] {
        var entries = [FlowEntries.dropStrayControl]
        for (serial, entry) in live.sorted(by: { $0.key < $1.key }) {
            for direction in entry.handover.directions.directions where entry.group.side(direction).entrances.contains(there.id) {
                guard let exact = entry.handover.entry(direction), let flowMod = flowMod(exact, direction, of: serial, on: there) else {
                    continue
                }
                entries.append(flowMod)
            }
        }
        for relocation in relocations.values.sorted(by: { $0.serial < $1.serial }) {
            for direction in relocation.directions {
                let entrance = Entrance(direction: direction, datapath: there.datapath)
                if let flowMod = detection(of: relocation, at: entrance) { entries.append(flowMod) }
            }
        }
        for rule in rules.all {
            guard let group = topology.groups[rule.group], rule.hasSteering else { continue }
            for direction in rule.specification.directions where group.side(direction).entrances.contains(there.id) {
                if let flowMod = steering(of: rule, direction, on: there) { entries.append(flowMod) }
            }
        }
        for group in topology.groups(on: there.id) {
            for direction in Direction.allCases where group.side(direction).isOn(there.id) {
                entries += trunkEntries(of: group, direction, on: there)
                entries += instanceEntries(of: group, direction, on: there) + hostEntries(of: group, direction, on: there)
            }
        }
        return entries
    }

    private func hostEntries(of group: Group, _ direction: Direction, on there: Switch) -> [FlowMod] {
        let metadata = group.metadata(direction)
        let side = group.side(direction)
        let toAll = topology.actionsToAllHosts(of: group, direction, at: there)
        guard !toAll.isEmpty else { return [] }
        let classifying = side.hostPorts(at: there.id).compactMap { there.number(of: $0) }.map { port in
            side.hostPortCount == 1
                ? FlowEntries.host(port: port, metadata: metadata)
                : FlowEntries.learningHost(port: port, metadata: metadata, group: group, direction)
        }
        let known = hosts.hosts(of: HostTable.Place(group: group.id, direction: direction)).flatMap { host, location in
            entries(ofHost: host, at: location, group, direction, on: there)
        }
        return classifying + [FlowEntries.forwarding(metadata: metadata, toAll)] + known
    }

    /// What comes from trunks: each tag says where it goes.
    private func trunkEntries(of group: Group, _ direction: Direction, on there: Switch) -> [FlowMod] {
        guard let toHosts = topology.tag(.hosts(group: group.id, direction)) else { return [] }
        let side = group.side(direction)
        let onward = topology.treePorts(of: group, direction, at: there).map { Action.output($0) }
        let crossing = onward + (side.entrances.contains(there.id) ? [.popVLAN, .toController] : [])
        let relays = topology.instances(of: group.id).compactMap { vnf -> (tag: UInt16, actions: [Action])? in
            guard let tag = topology.tag(.instance(vnf.id, direction)), let actions = topology.relay(to: vnf, direction, at: there) else {
                return nil
            }
            return (tag, actions)
        }
        return side.trunkPorts(at: there.id).compactMap { there.number(of: $0) }.flatMap { port in
            [
                FlowEntries.crossing(fromTrunk: port, tag: toHosts, crossing, direction),
                FlowEntries.hosts(fromTrunk: port, tag: toHosts, metadata: group.metadata(direction)),
            ] + relays.map { FlowEntries.relay(fromTrunk: port, tag: $0.tag, $0.actions) }
        }
    }

    private func instanceEntries(of group: Group, _ direction: Direction, on there: Switch) -> [FlowMod] {
        let next = topology.neighbour(of: group, direction)
        var entries = topology.instances(of: group.id).flatMap { vnf -> [FlowMod] in
            guard topology.switchID(of: vnf, direction) == there.id, let port = there.number(of: vnf.attachment(direction).port) else {
                return []
            }
            return [
                FlowEntries.control(fromPort: port),
                FlowEntries.peerControl(fromPort: port, metadata: group.metadata(direction)),
                FlowEntries.peer(vnf.attachment(direction).address, metadata: group.metadata(direction), toPort: port),
                next.map { FlowEntries.chained(port: port, metadata: $0.metadata(direction.opposite)) }
                    ?? FlowEntries.instance(port: port, metadata: group.metadata(direction)),
            ]
        }
        if group.side(direction).entrances.contains(there.id), let fallback = topology.fallback(of: group),
            let actions = topology.actions(to: fallback, direction, at: there)
        {
            entries.append(FlowEntries.fallback(metadata: group.metadata(direction), actions, direction))
        }
        return entries
    }

    // MARK: Rules

    /// A rule's steering entry at a switch where the direction comes in.
    func steering(of rule: Rule, _ direction: Direction, on there: Switch) -> FlowMod? {
        guard let group = topology.groups[rule.group], let match = rule.specification.match(direction),
            let vnf = topology.vnfs[rule.specification.destination], let actions = topology.actions(to: vnf, direction, at: there)
        else { return nil }
        return FlowEntries.steering(
            match, priority: rule.specification.priority, metadata: group.metadata(direction), actions,
            cookie: Cookie(.steering, direction, serial: rule.serial))
    }

    /// A relocation's detection entry where a direction comes in, if it has one there.
    func detection(of relocation: Relocation, at entrance: Entrance) -> FlowMod? {
        let direction = entrance.direction
        guard let kind = relocation.entry(at: entrance), let rule = rules[relocation.rule], let group = topology.groups[rule.group],
            let match = rule.specification.match(direction), topology.entrances(of: group, [direction]).contains(entrance)
        else { return nil }
        return FlowEntries.detection(
            match, priority: rule.specification.priority, metadata: group.metadata(direction),
            cookie: Cookie(kind, direction, serial: relocation.serial), continues: relocation.continues)
    }
}
