import Frames
import OpenFlow

/// Which host is behind which port (design, Section 4: table 2 sends to learned addresses, else to all host ports of the side).
extension Engine {
    /// A copy of a host's frame whose source no entry of the classification table names yet.
    mutating func learn(from frame: [UInt8], at location: HostTable.Location, _ direction: Direction, groupIndex: UInt64) {
        guard let group = topology.groups.values.first(where: { UInt64($0.index) == groupIndex }),
            let headers = try? EthernetHeader(frame.span.bytes), !headers.source.isGroup
        else { return counters.unreadableFrames += 1 }
        switch hosts.saw(headers.source, at: location, of: HostTable.Place(group: group.id, direction: direction)) {
        case .known: break
        case .full: counters.hostsNotLearned += 1
        case .learned(let before):
            install(headers.source, at: location, group, direction)
            if let before { send(.flowMod(FlowEntries.forgetKnownHost(headers.source, port: before.port)), to: before.datapath) }
        }
    }

    /// A host has been silent for long: its frames are to be learned from anew.
    mutating func forgetHost(_ removed: FlowRemoved, _ cookie: Cookie, at datapath: DatapathID) {
        guard let group = topology.groups.values.first(where: { UInt64($0.index) == cookie.serial.value }),
            let host = removed.match.fields.ethSource?.value, let port = removed.match.inPort,
            hosts.forget(
                host, at: HostTable.Location(datapath: datapath, port: port),
                of: HostTable.Place(group: group.id, direction: cookie.direction))
        else { return }
        let forget = FlowEntries.forgetHost(host, metadata: group.metadata(cookie.direction))
        for member in group.side(cookie.direction).members {
            if let there = topology.switches[member.switchID] { send(.flowMod(forget), to: there.datapath) }
        }
    }

    /// What a switch knows of hosts is as good as it was.
    mutating func adoptHosts(_ found: [FlowStatistics], on there: Switch) {
        for entry in found {
            guard let cookie = Cookie(rawValue: entry.cookie), cookie.kind == .knownHost, let host = entry.match.fields.ethSource?.value,
                let port = entry.match.inPort,
                let group = topology.groups(on: there.id).first(where: { UInt64($0.index) == cookie.serial.value }),
                group.side(cookie.direction).isOn(there.id)
            else { continue }
            let place = HostTable.Place(group: group.id, direction: cookie.direction)
            let location = HostTable.Location(datapath: there.datapath, port: port)
            guard hosts.location(of: host, at: place) == nil, case .learned = hosts.saw(host, at: location, of: place) else { continue }
            if group.side(cookie.direction).isWide { install(host, at: location, group, cookie.direction) }
        }
    }

    private mutating func install(_ host: MACAddress, at location: HostTable.Location, _ group: Group, _ direction: Direction) {
        for member in group.side(direction).members {
            guard let there = topology.switches[member.switchID] else { continue }
            for flowMod in entries(ofHost: host, at: location, group, direction, on: there) { send(.flowMod(flowMod), to: there.datapath) }
        }
    }

    /// What a switch of a side must have for a known host.
    func entries(
        ofHost host: MACAddress, at location: HostTable.Location, _ group: Group, _ direction: Direction, on there: Switch
    ) -> [FlowMod] {
        let metadata = group.metadata(direction)
        guard location.datapath == there.datapath else {
            let actions = topology.actionsToHost(at: location.datapath, of: group, direction, at: there)
            return actions.map { [FlowEntries.towardsHost(host, metadata: metadata, $0)] } ?? []
        }
        return [
            FlowEntries.towardsHost(host, metadata: metadata, [.output(location.port)]),
            FlowEntries.knownHost(host, port: location.port, metadata: metadata, group: group, direction),
        ]
    }
}
