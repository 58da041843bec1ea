import Frames
import OpenFlow

/// Which host is behind which port (design, Section 4: table 2 sends to learned addresses, else to all host ports of the side).
extension Engine {
    /// A copy of a host's frame whose source no entry of the classification table names yet.
    mutating func learn(from frame: [UInt8], port: UInt32, _ direction: Direction, groupIndex: UInt64) {
        guard let group = topology.groups.values.first(where: { UInt64($0.index) == groupIndex }),
            let headers = try? EthernetHeader(frame.span.bytes), !headers.source.isGroup
        else { return counters.unreadableFrames += 1 }
        switch hosts.saw(headers.source, at: port, of: HostTable.Place(group: group.id, direction: direction)) {
        case .known: break
        case .full: counters.hostsNotLearned += 1
        case .learned: install(headers.source, port: port, group, direction)
        }
    }

    /// A host has been silent for long: its frames are to be learned from anew.
    mutating func forgetHost(_ removed: FlowRemoved, _ cookie: Cookie) {
        guard let group = topology.groups.values.first(where: { UInt64($0.index) == cookie.serial.value }),
            let host = removed.match.fields.ethSource?.value, let port = removed.match.inPort,
            hosts.forget(host, at: port, of: HostTable.Place(group: group.id, direction: cookie.direction)),
            let there = topology.switches[group.side(cookie.direction).switchID]
        else { return }
        send(.flowMod(FlowEntries.forgetHost(host, metadata: group.metadata(cookie.direction))), to: there.datapath)
    }

    mutating func install(_ host: MACAddress, port: UInt32, _ group: Group, _ direction: Direction) {
        guard let there = topology.switches[group.side(direction).switchID] else { return }
        let metadata = group.metadata(direction)
        send(.flowMod(FlowEntries.towardsHost(host, metadata: metadata, port: port)), to: there.datapath)
        send(.flowMod(FlowEntries.knownHost(host, port: port, metadata: metadata, group: group, direction)), to: there.datapath)
    }
}
