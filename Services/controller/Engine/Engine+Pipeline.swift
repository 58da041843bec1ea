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
            for direction in entry.handover.directions.directions where entry.group.side(direction).switchID == there.id {
                guard let exact = entry.handover.entry(direction), let (flowMod, _) = flowMod(exact, direction, of: serial) else {
                    continue
                }
                entries.append(flowMod)
            }
        }
        for relocation in relocations.values.sorted(by: { $0.serial < $1.serial }) {
            for direction in relocation.directions {
                if let (flowMod, datapath) = detection(of: relocation, direction), datapath == there.datapath { entries.append(flowMod) }
            }
        }
        for rule in rules.all {
            guard let group = topology.groups[rule.group], rule.steers else { continue }
            for direction in rule.specification.directions where group.side(direction).switchID == there.id {
                if let (flowMod, _) = steering(of: rule, direction) { entries.append(flowMod) }
            }
        }
        for group in topology.groups(on: there.id) {
            for direction in Direction.allCases where group.side(direction).switchID == there.id {
                entries += instanceEntries(of: group, direction, on: there) + hostEntries(of: group, direction, on: there)
            }
        }
        return entries
    }

    private func hostEntries(of group: Group, _ direction: Direction, on there: Switch) -> [FlowMod] {
        let metadata = group.metadata(direction)
        let ports = group.side(direction).hostPorts.compactMap { there.number(of: $0) }
        guard !ports.isEmpty else { return [] }
        let classifying = ports.map { port in
            ports.count == 1
                ? FlowEntries.host(port: port, metadata: metadata)
                : FlowEntries.learningHost(port: port, metadata: metadata, group: group, direction)
        }
        let known = hosts.hosts(of: HostTable.Place(group: group.id, direction: direction)).flatMap { host, port in
            [
                FlowEntries.towardsHost(host, metadata: metadata, port: port),
                FlowEntries.knownHost(host, port: port, metadata: metadata, group: group, direction),
            ]
        }
        return classifying + [FlowEntries.forwarding(metadata: metadata, toPorts: ports)] + known
    }

    private func instanceEntries(of group: Group, _ direction: Direction, on there: Switch) -> [FlowMod] {
        let next = topology.neighbour(of: group, direction)
        var entries = topology.instances(of: group.id).flatMap { vnf -> [FlowMod] in
            guard let port = there.number(of: vnf.attachment(direction).port) else { return [] }
            return [
                FlowEntries.control(fromPort: port),
                next.map { FlowEntries.chained(port: port, metadata: $0.metadata(direction.opposite)) }
                    ?? FlowEntries.instance(port: port, metadata: group.metadata(direction)),
            ]
        }
        if let fallback = topology.fallback(of: group), let endpoint = topology.endpoint(of: fallback, direction) {
            entries.append(FlowEntries.fallback(metadata: group.metadata(direction), toPort: endpoint.port, direction))
        }
        return entries
    }

    // MARK: Rules

    /// A rule's steering entry in a direction, and where it belongs.
    func steering(of rule: Rule, _ direction: Direction) -> (FlowMod, DatapathID)? {
        guard let group = topology.groups[rule.group], let match = rule.specification.match(direction),
            let vnf = topology.vnfs[rule.specification.destination], let endpoint = topology.endpoint(of: vnf, direction)
        else { return nil }
        let flowMod = FlowEntries.steering(
            match, priority: rule.specification.priority, metadata: group.metadata(direction), toPort: endpoint.port,
            cookie: Cookie(.steering, direction, serial: rule.serial))
        return (flowMod, endpoint.datapath)
    }

    /// A relocation's detection entry in a direction, if it has one, and where it belongs.
    func detection(of relocation: Relocation, _ direction: Direction) -> (FlowMod, DatapathID)? {
        guard let kind = relocation.entry(direction), let rule = rules[relocation.rule], let group = topology.groups[rule.group],
            let there = topology.switches[group.side(direction).switchID], let match = rule.specification.match(direction)
        else { return nil }
        let flowMod = FlowEntries.detection(
            match, priority: rule.specification.priority, metadata: group.metadata(direction),
            cookie: Cookie(kind, direction, serial: relocation.serial), continues: relocation.continues)
        return (flowMod, there.datapath)
    }
}
