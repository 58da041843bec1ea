import ControlFrames
import Frames
import OpenFlow
import Timing

/// What a handover wants done, said to switches.
extension Engine {
    mutating func perform(_ action: FlowHandover.Action, of serial: Serial, at now: Instant) {
        switch action {
        case .install(let entry, let direction): install(entry, direction, of: serial)
        case .send(let message, let role, let direction): send(message, to: role, direction, of: serial)
        case .transport(let sequence, let frame, let role, let direction):
            for part in Fragmentation.split(frame: frame, sequence: sequence, maximumFrame: configuration.maximumFrame) {
                send(.transport(part), to: role, direction, of: serial)
            }
        case .deliver(let frame, let role, let direction):
            guard let endpoint = endpoint(of: role, direction, in: serial) else { return }
            counters.deliveredDirectly += 1
            packetOut(frame, to: endpoint)
        case .concluded: recordOutcome(serial, at: now)
        case .ended: goOn(serial, at: now)
        }
    }

    mutating func packetOut(_ frame: [UInt8], to endpoint: Endpoint) {
        send(.packetOut(PacketOut(inPort: PortNumber.controller, actions: [.output(endpoint.port)], data: frame)), to: endpoint.datapath)
    }

    mutating func reply(_ message: ControlMessage, handover: HandoverID, to endpoint: Endpoint) {
        let frame = ControlFrame(source: .zero, destination: endpoint.address, handover: handover, message: message)
        counters.controlFramesSent += 1
        reserve()
        packetOut(trust.encode(frame), to: endpoint)
    }

    private mutating func send(_ message: ControlMessage, to role: FlowHandover.Role, _ direction: Direction, of serial: Serial) {
        guard let id = live[serial]?.handover.id, let endpoint = endpoint(of: role, direction, in: serial) else { return }
        reply(message, handover: id, to: endpoint)
    }

    private func endpoint(of role: FlowHandover.Role, _ direction: Direction, in serial: Serial) -> Endpoint? {
        guard let handover = live[serial]?.handover else { return nil }
        return topology.endpoint(of: role == .source ? handover.source : handover.destination, direction)
    }

    /// Gives a flow the exact entry of a stage, with a cookie that no entry of that flow ever had.
    mutating func install(_ entry: FlowEntry, _ direction: Direction, of serial: Serial) {
        live[serial]?.levels[direction].rise()
        if configuration.keepsJournal, kind(entry).goesToController { live[serial]?.levels[direction].keep() }
        guard let flowMod = flowMod(entry, direction, of: serial) else { return }
        send(.flowMod(flowMod.flowMod), to: flowMod.datapath)
    }

    /// A flow's exact entry, and where it belongs.
    func flowMod(_ entry: FlowEntry, _ direction: Direction, of serial: Serial) -> (flowMod: FlowMod, datapath: DatapathID)? {
        guard let live = live[serial] else { return nil }
        let vnf: VNF
        let kind = kind(entry)
        switch entry {
        case .moving(.forth, _): vnf = live.handover.destination
        case .moving(.back, _): vnf = live.handover.source
        case .kept: vnf = live.handover.home
        }
        guard let endpoint = topology.endpoint(of: vnf, direction) else { return nil }
        let actions: [Action] =
            switch kind {
            case .intercept, .returnIntercept: [.toController]
            case .redirect, .returnRedirect: [.output(endpoint.port), .toController]
            default: [.output(endpoint.port)]
            }
        let flowMod = FlowEntries.exact(
            live.handover.directions[direction].flow, metadata: live.group.metadata(direction),
            priority: FlowEntries.Priority.exact + live.levels[direction].current, actions: actions,
            idleTimeout: kind == .kept ? FlowEntries.keptFlowTimeout : 0, cookie: Cookie(kind, direction, serial: serial))
        return (flowMod, endpoint.datapath)
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
    private mutating func recordOutcome(_ serial: Serial, at now: Instant) {
        guard let live = live[serial] else { return }
        for direction in live.handover.directions.directions { removeCounted(serial, direction) }
        let record = live.handover.record
        ended.append(record)
        journal(.ended(serial, record.outcome))
        counters.handoversEnded[record.outcome, default: 0] += 1
        rules[record.rule]?.handovers[.open, default: 0] -= 1
        rules[record.rule]?.handovers[record.outcome, default: 0] += 1
        publish(.handover(record))
        concluded(live.relocation, at: now)
    }
}
