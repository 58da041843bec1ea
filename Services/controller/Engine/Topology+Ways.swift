import Frames
import OpenFlow

/// How a frame gets from a switch to an instance's interface.
struct Way: Hashable, Sendable {
    /// The switch where it begins.
    let datapath: DatapathID
    /// What is done with the frame there.
    let actions: [Action]
    /// The interface's Ethernet address.
    let address: MACAddress
}

/// What the tag of a frame on a trunk says: where it goes.
enum Parcel: Hashable, Sendable {
    /// To an instance's interface where that direction enters.
    case instance(VNFID, Direction)
    /// To the hosts of a group on the side where that direction enters.
    case hosts(group: String, Direction)
}

/// Frames on their way through the switches of a side.
///
/// A frame that crosses trunks carries a service tag in front of whatever it has: its VLAN identifier says where it goes, so that the
/// switches on the way need not know the flow, and the frame comes out as it went in, tags of its own included.
extension Topology {
    /// The switches where packets of a direction enter a group.
    func entrances(of group: Group, _ direction: Direction) -> [Switch] {
        group.side(direction).entrances.compactMap { switches[$0] }
    }

    /// The same, of several directions.
    func entrances(of group: Group, _ directions: [Direction]) -> Set<Entrance> {
        Set(directions.flatMap { x in entrances(of: group, x).map { Entrance(direction: x, datapath: $0.datapath) } })
    }

    /// The name of the switch that an instance's interface is connected to.
    func switchID(of vnf: VNF, _ direction: Direction) -> String? {
        guard let side = groups[vnf.group]?.side(direction) else { return nil }
        return vnf.attachment(direction).switchID ?? side.members.first?.switchID
    }

    /// The way to an instance's interface from a switch of its side, or from its own; nil while that cannot be told.
    func way(to vnf: VNF, _ direction: Direction, from datapath: DatapathID?) -> Way? {
        if let own = ownWay(to: vnf.id, direction), datapath == nil || datapath == own.datapath { return own }
        let origin = datapath.map { self.switch($0) } ?? switchID(of: vnf, direction).flatMap { switches[$0] }
        guard let origin, let actions = actions(to: vnf, direction, at: origin) else { return nil }
        return Way(datapath: origin.datapath, actions: actions, address: vnf.attachment(direction).address)
    }

    /// What a switch of a side does with a frame for an instance; nil while that cannot be told.
    func actions(to vnf: VNF, _ direction: Direction, at there: Switch) -> [Action]? {
        guard let port = port(towards: vnf, direction, at: there) else { return nil }
        guard there.id != switchID(of: vnf, direction) else { return [.output(port)] }
        return tag(.instance(vnf.id, direction)).map { Self.tagged($0, to: [port]) }
    }

    /// What a switch of a side does with a frame that comes from a trunk with an instance's tag.
    func relay(to vnf: VNF, _ direction: Direction, at there: Switch) -> [Action]? {
        guard let port = port(towards: vnf, direction, at: there) else { return nil }
        return there.id == switchID(of: vnf, direction) ? [.popVLAN, .output(port)] : [.output(port)]
    }

    /// What a switch of a side does with a frame for hosts that nobody has seen: it goes to all of them.
    func actionsToAllHosts(of group: Group, _ direction: Direction, at there: Switch) -> [Action] {
        let ports = group.side(direction).hostPorts(at: there.id).compactMap { there.number(of: $0) }
        return ports.map { .output($0) } + actionsToOtherHosts(of: group, direction, at: there)
    }

    /// What a switch of a side does with a frame for the hosts at other switches.
    func actionsToOtherHosts(of group: Group, _ direction: Direction, at there: Switch) -> [Action] {
        let ports = treePorts(of: group, direction, at: there)
        guard !ports.isEmpty, let tag = tag(.hosts(group: group.id, direction)) else { return [] }
        return Self.tagged(tag, to: ports)
    }

    /// What a switch of a side does with a frame for a host behind another one.
    func actionsToHost(at other: DatapathID, of group: Group, _ direction: Direction, at there: Switch) -> [Action]? {
        guard let id = self.switch(other)?.id, let port = group.side(direction).tree[there.id]?[id].flatMap({ there.number(of: $0) }),
            let tag = tag(.hosts(group: group.id, direction))
        else { return nil }
        return Self.tagged(tag, to: [port])
    }

    /// The trunks of a switch that lead to other hosts of a side.
    func treePorts(of group: Group, _ direction: Direction, at there: Switch) -> [UInt32] {
        group.side(direction).treePorts(at: there.id).compactMap { there.number(of: $0) }
    }

    private func port(towards vnf: VNF, _ direction: Direction, at there: Switch) -> UInt32? {
        guard let home = switchID(of: vnf, direction) else { return nil }
        if home == there.id { return there.number(of: vnf.attachment(direction).port) }
        return groups[vnf.group]?.side(direction).shortest[there.id]?[home].flatMap { there.number(of: $0) }
    }

    private static func tagged(_ tag: UInt16, to ports: [UInt32]) -> [Action] {
        [.pushVLAN(etherType: EtherType.serviceVLAN), .setVLAN(tag)] + ports.map { .output($0) }
    }
}
