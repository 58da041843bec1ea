import ControlFrames
import Frames
import OpenFlow
import Timing

/// What a handover wants done, said to switches.
extension Engine {
    mutating func perform(_ action: FlowHandover.Action, of serial: Serial, at now: Instant) {
        switch action {
        case .joined(let direction): join(direction, of: serial)
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

    mutating func packetOut(_ frame: [UInt8], to endpoint: Endpoint) {
        send(.packetOut(PacketOut(inPort: PortNumber.controller, actions: [.output(endpoint.port)], data: frame)), to: endpoint.datapath)
    }

    mutating func reply(_ message: ControlMessage, handover: HandoverID, to endpoint: Endpoint) {
        let frame = ControlFrame(source: .zero, destination: endpoint.address, handover: handover, message: message)
        counters.controlFramesSent += 1
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
        guard let flowMod = flowMod(entry, direction, of: serial) else { return }
        send(.flowMod(flowMod.flowMod), to: flowMod.datapath)
    }

    /// A flow's exact entry, and where it belongs.
    func flowMod(_ entry: FlowEntry, _ direction: Direction, of serial: Serial) -> (flowMod: FlowMod, datapath: DatapathID)? {
        guard let live = live[serial] else { return nil }
        let vnf: VNF
        let kind: Cookie.Kind
        switch entry {
        case .moving(.forth, let stage):
            vnf = live.handover.destination
            kind = stage == .intercept ? .intercept : stage == .redirect ? .redirect : .direct
        case .moving(.back, let stage):
            vnf = live.handover.source
            kind = stage == .intercept ? .returnIntercept : .returnRedirect
        case .kept:
            vnf = live.handover.home
            kind = .kept
        }
        guard let endpoint = topology.endpoint(of: vnf, direction) else { return nil }
        let actions: [Action] =
            switch kind {
            case .intercept, .returnIntercept: [.toController]
            case .redirect, .returnRedirect: [.output(endpoint.port), .toController]
            default: [.output(endpoint.port)]
            }
        let flowMod = FlowEntries.exact(
            live.handover.directions[direction].flow, metadata: live.group.metadata(direction), actions: actions,
            idleTimeout: kind == .kept ? FlowEntries.keptFlowTimeout : 0, cookie: Cookie(kind, direction, serial: serial))
        return (flowMod, endpoint.datapath)
    }

    private mutating func recordOutcome(_ serial: Serial, at now: Instant) {
        guard let live = live[serial] else { return }
        record(live.handover.record, of: live.relocation, at: now)
    }

    /// A handover has come to its outcome: it is recorded, and its rule may be settled by it.
    mutating func record(_ record: HandoverRecord, of relocation: Serial, at now: Instant) {
        ended.append(record)
        counters.handoversEnded[record.outcome, default: 0] += 1
        rules[record.rule]?.handovers[.open, default: 0] -= 1
        rules[record.rule]?.handovers[record.outcome, default: 0] += 1
        publish(.handover(record))
        concluded(relocation, at: now)
    }
}
