import Frames

/// Because of which relocation packets came that an instance holds.
///
/// An instance holds under the newest arming that covers a packet. One that was made because other flows come there holds what an earlier
/// relocation still sends, too, until the tables are turned: that came before everything that the newer one sends elsewhere.
extension Engine {
    /// What a handover remembers of the arming under which an instance holds a flow.
    func holding(under arming: Arming, of headers: PacketHeaders, _ direction: Direction, in group: Group) -> FlowHandover.Holding {
        FlowHandover.Holding(arming: arming.id, relocation: cause(of: arming, headers, direction, in: group))
    }

    /// Whether what an instance holds of a flow came before what another one holds.
    func comes(_ first: Arming, before other: Arming, _ headers: PacketHeaders, _ direction: Direction, in group: Group) -> Bool {
        let causes = [first, other].map { cause(of: $0, headers, direction, in: group) }
        return causes[0] == causes[1] ? first.serial < other.serial : causes[0] < causes[1]
    }

    /// The last relocation, up to that of an arming, that sends a flow to the arming's instance.
    private func cause(of arming: Arming, _ headers: PacketHeaders, _ direction: Direction, in group: Group) -> Serial {
        func sends(_ relocation: Serial) -> Bool {
            let target = rules.target(of: headers, direction, in: group.id, asOf: relocation) ?? topology.fallback(of: group)?.id
            return target == arming.vnf
        }
        guard !sends(arming.origin) else { return arming.origin }
        let earlier = relocations(covering: headers, direction, in: group).map(\.serial).filter { $0 < arming.origin }
        return earlier.sorted(by: >).first(where: sends) ?? (earlier.min() ?? arming.origin).predecessor
    }
}
