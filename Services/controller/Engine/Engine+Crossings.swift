import ControlFrames
import Mutations
import OpenFlow
import Timing

/// The last packets of a source, on trunks on their way to hosts.
///
/// A source's START_ACK lies behind its last packets, but only as far as its own switch. Where the destination is at another switch of
/// that side, its first packets may take another way to the hosts and overtake them. So the controller sends a frame of its own, the
/// paper's follow-up, behind them: it goes along the tree by which all packets go to hosts, comes back from every switch that has
/// any, and only then has the source frozen the state in that direction.
extension Engine {
    /// A source has said on a side that its state is frozen: its last packets are on their way.
    mutating func startCrossing(_ serial: Serial, _ direction: Direction, at now: Instant) {
        guard !Mutation.skipCrossing.isActive, live[serial]?.group.isSpread ?? false, let entry = live[serial],
            case .starting = entry.handover.sourceState,
            let home = topology.switchID(of: entry.handover.source, direction).flatMap({ topology.switches[$0] }),
            home.id != topology.switchID(of: entry.handover.destination, direction)
        else { return }
        let exits = topology.entrances(of: entry.group, direction).filter { $0.id != home.id }
        // One that is away for longer says nothing of its packets, and cannot be waited for.
        let reachable = exits.filter { $0.ports != nil || isAwayForNow($0.datapath, at: now) }.map(\.datapath)
        let waiting = (entry.crossings[direction] ?? Set(exits.map(\.datapath))).intersection(reachable)
        live[serial]?.crossings[direction] = waiting
        guard !waiting.isEmpty else {
            live[serial]?.handover.crossing.remove(direction)
            return
        }
        live[serial]?.handover.crossing.insert(direction)
        let actions = topology.actionsToOtherHosts(of: entry.group, direction, at: home)
        let frame = ControlFrame(
            source: entry.handover.source.attachment(direction).address, destination: .zero, handover: entry.handover.id,
            message: .followUp)
        counters.controlFramesSent += 1
        packetOut(trust.encode(frame), by: Way(datapath: home.datapath, actions: actions, address: .zero))
    }

    /// The frame has come back from a switch: everything before it has gone out there.
    mutating func crossed(_ bytes: [UInt8], _ direction: Direction, at datapath: DatapathID, at now: Instant) {
        guard let frame = trust.recognise(bytes), case .followUp = frame.message, let serial = serial(of: frame.handover) else {
            return counters.strayControlFrames += 1
        }
        guard live[serial]?.crossings[direction]?.remove(datapath) != nil, live[serial]?.crossings[direction]?.isEmpty ?? false else {
            return
        }
        update(serial, at: now) { handover, actions in handover.crossed(direction, at: now, actions: &actions) }
    }
}
