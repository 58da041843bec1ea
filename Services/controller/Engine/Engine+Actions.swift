import ControlFrames
import Frames
import Mutations
import OpenFlow
import Timing

/// What a handover wants done, said to switches.
extension Engine {
    mutating func perform(_ action: FlowHandover.Action, of serial: Serial, at now: Instant) {
        switch action {
        case .joined(let direction):
            join(direction, of: serial)
            noteFlows(of: serial)
        case .install(let entry, let direction): install(entry, direction, of: serial)
        case .send(let message, let role, let direction): send(message, to: role, direction, of: serial)
        case .transport(let sequence, let frame, let role, let direction):
            for part in Fragmentation.split(frame: frame, sequence: sequence, maximumFrame: configuration.maximumFrame) {
                send(.transport(part), to: role, direction, of: serial)
            }
        case .deliver(let frame, let role, let direction):
            guard let way = way(to: role, direction, in: serial) else { return }
            counters.deliveredDirectly += 1
            packetOut(frame, by: way)
        case .concluded: recordOutcome(serial, at: now)
        case .ended:
            moving -= 1
            goOn(serial, at: now)
        }
    }

    /// Packets of a direction that a handover had not at its beginning are its affair.
    private mutating func join(_ direction: Direction, of serial: Serial) {
        guard let entry = live[serial] else { return }
        let key = DirectedFlow(group: entry.group.index, direction: direction, flow: entry.handover.directions[direction].flow)
        guard let before = flows[key], let other = live[before], before != serial else { return flows[key] = serial }
        // Another handover's flow stays its own; entries of both would be one.
        guard case .ended = other.handover.state else { return }
        forget(before)
        flows[key] = serial
    }

    /// What was written down of the handover's flows is no longer all.
    private mutating func noteFlows(of serial: Serial) {
        if let entry = live[serial] { journal(.began(HandoverNote(serial, entry))) }
    }

    mutating func packetOut(_ frame: [UInt8], by way: Way) {
        send(.packetOut(PacketOut(inPort: PortNumber.controller, actions: way.actions, data: frame)), to: way.datapath)
    }

    mutating func reply(_ message: ControlMessage, handover: HandoverID, by way: Way) {
        let frame = ControlFrame(source: .zero, destination: way.address, handover: handover, message: message)
        counters.controlFramesSent += 1
        reserve()
        packetOut(trust.encode(frame), by: way)
    }

    private mutating func send(_ message: ControlMessage, to role: FlowHandover.Role, _ direction: Direction, of serial: Serial) {
        guard let id = live[serial]?.handover.terms.id, let way = way(to: role, direction, in: serial) else { return }
        reply(withArming(message, of: serial, direction), handover: id, by: way)
    }

    /// The way to an instance begins where the flow comes in, as soon as that is known: only there does a frame lie behind the packets
    /// of the flow that were sent before it.
    private func way(to role: FlowHandover.Role, _ direction: Direction, in serial: Serial) -> Way? {
        guard let index = live.index(forKey: serial) else { return nil }
        let terms = live.values[index].handover.terms
        let instance = role == .source ? terms.source : terms.destination
        let origin = Mutation.fenceFromOwnSwitch.isActive ? nil : live.values[index].entrances[direction]
        return topology.way(to: instance, direction, from: origin)
    }

    /// Gives a flow the exact entry of a stage, with a cookie that no entry of that flow ever had, wherever it may come in.
    mutating func install(_ entry: FlowEntry, _ direction: Direction, of serial: Serial) {
        guard let group = live[serial]?.group else { return }
        for there in topology.entrances(of: group, direction) {
            let entrance = Entrance(direction: direction, datapath: there.datapath)
            live[serial]?.levels[entrance].rise()
            if configuration.keepsJournal, kind(entry).goesToController { live[serial]?.levels[entrance].keep() }
            install(entry, direction, of: serial, on: there)
        }
    }

    mutating func install(_ entry: FlowEntry, _ direction: Direction, of serial: Serial, on there: Switch) {
        if let flowMod = flowMod(entry, direction, of: serial, on: there) { send(.flowMod(flowMod), to: there.datapath) }
    }

    /// A flow's exact entry at a switch where it may come in.
    func flowMod(_ entry: FlowEntry, _ direction: Direction, of serial: Serial, on there: Switch) -> FlowMod? {
        guard let live = live[serial] else { return nil }
        let vnf: VNF
        let kind = kind(entry)
        switch entry {
        case .moving(.forth, _): vnf = live.handover.destination
        case .moving(.back, _): vnf = live.handover.source
        case .kept: vnf = live.handover.home
        }
        guard let whither = topology.actions(to: vnf, direction, at: there) else { return nil }
        // The controller gets what came in, without the tag of a trunk.
        let copy: [Action] = whither.count > 1 ? [.popVLAN, .toController] : [.toController]
        let actions: [Action] =
            switch kind {
            case .intercept, .returnIntercept: [.toController]
            case .redirect, .returnRedirect: whither + copy
            default: whither
            }
        let entrance = Entrance(direction: direction, datapath: there.datapath)
        return FlowEntries.exact(
            live.handover.directions[direction].flow, metadata: live.group.metadata(direction),
            priority: FlowEntries.Priority.exact + live.levels[entrance].current, actions: actions,
            idleTimeout: kind == .kept ? FlowEntries.keptFlowTimeout : 0, cookie: Cookie(kind, direction, serial: serial))
    }

    private mutating func recordOutcome(_ serial: Serial, at now: Instant) {
        guard let live = live[serial] else { return }
        for direction in live.handover.directions.directions { removeCounted(serial, direction) }
        record(serial, live.handover.record, of: live.relocation, at: now)
    }

    /// What the cookie of a flow's exact entry says.
    func kind(_ entry: FlowEntry) -> Cookie.Kind {
        switch entry {
        case .moving(.forth, .intercept): .intercept
        case .moving(.forth, .redirect): .redirect
        case .moving(.forth, .direct): .direct
        case .moving(.back, .intercept): .returnIntercept
        case .moving(.back, _): .returnRedirect
        case .kept: .kept
        }
    }

    /// A handover has come to its outcome: it is recorded, and its rule may be settled by it.
    mutating func record(_ serial: Serial, _ record: HandoverRecord, of relocation: Serial, at now: Instant) {
        ended.append(record)
        journal(.ended(serial, record.outcome))
        counters.handoversEnded[record.outcome, default: 0] += 1
        rules[record.rule]?.handovers[.open, default: 0] -= 1
        rules[record.rule]?.handovers[record.outcome, default: 0] += 1
        publish(.handover(record))
        concluded(relocation, at: now)
    }
}
