import OpenFlow
import Timing

/// What a switch must have in its tables.
extension Engine {
    /// Brings a switch's tables to what is known: after it has connected, or something was registered.
    mutating func install(on datapath: DatapathID, at now: Instant) {
        guard let there = topology.switch(datapath), there.ports != nil else { return }
        send(.flowMod(FlowEntries.dropStrayControl), to: datapath)
        for group in topology.groups(on: there.id) {
            for direction in Direction.allCases where group.side(direction).switchID == there.id { install(group, direction, on: there) }
        }
        for rule in rules.all { reinstall(rule, on: there) }
        for (serial, entry) in live {
            for direction in entry.handover.directions.directions where entry.group.side(direction).switchID == there.id {
                if let exact = entry.handover.entry(direction) { install(exact, direction, of: serial) }
            }
        }
    }

    private mutating func install(_ group: Group, _ direction: Direction, on there: Switch) {
        let metadata = group.metadata(direction)
        let ports = group.side(direction).hostPorts.compactMap { there.number(of: $0) }
        for port in ports {
            let entry =
                ports.count == 1
                ? FlowEntries.host(port: port, metadata: metadata)
                : FlowEntries.learningHost(port: port, metadata: metadata, group: group, direction)
            send(.flowMod(entry), to: there.datapath)
        }
        send(.flowMod(FlowEntries.forwarding(metadata: metadata, toPorts: ports)), to: there.datapath)
        for (host, port) in hosts.hosts(of: HostTable.Place(group: group.id, direction: direction)) {
            install(host, port: port, group, direction)
        }
        for vnf in topology.instances(of: group.id) {
            guard let port = there.number(of: vnf.attachment(direction).port) else { continue }
            send(.flowMod(FlowEntries.control(fromPort: port)), to: there.datapath)
            send(.flowMod(FlowEntries.instance(port: port, metadata: metadata)), to: there.datapath)
        }
        if let fallback = topology.fallback(of: group), let endpoint = topology.endpoint(of: fallback, direction) {
            send(.flowMod(FlowEntries.fallback(metadata: metadata, toPort: endpoint.port, direction)), to: there.datapath)
        }
    }

    private mutating func reinstall(_ rule: Rule, on there: Switch) {
        guard let group = topology.groups[rule.group] else { return }
        for direction in rule.specification.directions where group.side(direction).switchID == there.id {
            for relocation in relocations.values where relocation.rule == rule.id { installDetection(of: rule, relocation, direction) }
            if rule.steers { installSteering(of: rule, direction) }
        }
    }
}
