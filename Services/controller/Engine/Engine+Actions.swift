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
        case .transport(let sequence, let frame, let direction):
            for part in Fragmentation.split(frame: frame, sequence: sequence, maximumFrame: configuration.maximumFrame) {
                send(.transport(part), to: .destination, direction, of: serial)
            }
        case .deliver(let frame, let role, let direction):
            guard let endpoint = endpoint(of: role, direction, in: serial) else { return }
            counters.deliveredDirectly += 1
            packetOut(frame, to: endpoint)
        case .concluded: concluded(serial, at: now)
        case .ended: settle(serial)
        }
    }

    mutating func packetOut(_ frame: [UInt8], to endpoint: Endpoint) {
        send(.packetOut(PacketOut(inPort: PortNumber.controller, actions: [.output(endpoint.port)], data: frame)), to: endpoint.datapath)
    }

    mutating func reply(_ message: ControlMessage, handover: HandoverID, to endpoint: Endpoint) {
        let frame = ControlFrame(source: .zero, destination: endpoint.address, handover: handover, message: message)
        counters.controlFramesSent += 1
        packetOut(frame.encoded(), to: endpoint)
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
        guard let live = live[serial] else { return }
        let role: FlowHandover.Role = entry == .handBack ? .source : .destination
        guard let endpoint = endpoint(of: role, direction, in: serial) else { return }
        let (kind, actions, timeout): (Cookie.Kind, [Action], UInt16) =
            switch entry {
            case .intercept: (.intercept, [.toController], 0)
            case .redirect: (.redirect, [.output(endpoint.port), .toController], 0)
            case .direct: (.direct, [.output(endpoint.port)], 0)
            case .handBack: (.handBack, [.output(endpoint.port)], 60)
            }
        let flowMod = FlowEntries.exact(
            live.handover.directions[direction].flow, metadata: live.group.metadata(direction), actions: actions, idleTimeout: timeout,
            cookie: Cookie(kind, direction, serial: serial))
        send(.flowMod(flowMod), to: endpoint.datapath)
    }

    /// A handover has come to its outcome: it is recorded, and its rule may be settled by it.
    private mutating func concluded(_ serial: Serial, at now: Instant) {
        guard let live = live[serial] else { return }
        let record = live.handover.record
        ended.append(record)
        counters.handoversEnded[record.outcome, default: 0] += 1
        rules[record.rule]?.handovers[.open, default: 0] -= 1
        rules[record.rule]?.handovers[record.outcome, default: 0] += 1
        publish(.handover(record))
        relocations[live.relocation]?.concluded(serial)
        finishRelocation(live.relocation, at: now)
    }

    /// A handover is over and its source knows: its entries go as soon as its flow cannot be detected again.
    private mutating func settle(_ serial: Serial) {
        guard let live = live[serial] else { return }
        if relocations[live.relocation]?.isDetecting ?? false { return }
        removeEntries(of: serial)
    }

    /// Removes the exact entries of handovers that are over, so that the steering entry takes their flows to the same port.
    mutating func removeEntries(of serial: Serial) {
        guard let live = live[serial], case .ended = live.handover.state else { return }
        if live.handover.isAtDestination {
            for direction in live.handover.directions.directions {
                guard let endpoint = endpoint(of: .destination, direction, in: serial) else { continue }
                let match = FlowMatch(exactly: live.handover.directions[direction].flow)
                send(
                    .flowMod(FlowEntries.remove(match, priority: FlowEntries.Priority.exact, metadata: live.group.metadata(direction))),
                    to: endpoint.datapath)
            }
        }
        forget(serial)
    }
}
