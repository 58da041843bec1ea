import ControlFrames
import Frames
import OpenFlow
import Timing

/// What switches say.
extension Engine {
    /// Handles a message from a switch; those that mean nothing to handovers are ignored.
    public mutating func handle(_ message: Message, from datapath: DatapathID, at now: Instant) {
        switch message {
        case .packetIn(let packetIn): handle(packetIn, from: datapath, at: now)
        case .flowRemoved(let removed): handle(removed, at: now)
        case .error: counters.switchErrors += 1
        default: break
        }
    }

    private mutating func handle(_ packetIn: PacketIn, from datapath: DatapathID, at now: Instant) {
        counters.packetIns += 1
        guard let cookie = Cookie(rawValue: packetIn.cookie) else {
            counters.foreignPacketIns += 1
            return
        }
        switch cookie.kind {
        case .control:
            guard let port = packetIn.inPort else { return counters.foreignPacketIns += 1 }
            handleControl(packetIn.data, from: datapath, port: port, at: now)
        case .learning:
            guard let port = packetIn.inPort else { return counters.foreignPacketIns += 1 }
            learn(from: packetIn.data, port: port, cookie.direction, groupIndex: cookie.serial.value)
        case .detection: detected(packetIn.data, cookie.direction, by: cookie.serial, at: now)
        case .intercept, .redirect: flowPacket(packetIn.data, cookie, at: now)
        case .classification, .forwarding, .fallback, .steering, .direct, .handBack, .knownHost: counters.foreignPacketIns += 1
        }
    }

    private mutating func handle(_ removed: FlowRemoved, at now: Instant) {
        guard let cookie = Cookie(rawValue: removed.cookie), removed.reason != .delete else { return }
        switch cookie.kind {
        case .detection: detectionEnded(cookie.serial, cookie.direction, at: now)
        case .knownHost: forgetHost(removed, cookie)
        default: break
        }
    }

    /// A packet of a flow under one of its exact entries.
    private mutating func flowPacket(_ frame: [UInt8], _ cookie: Cookie, at now: Instant) {
        guard live[cookie.serial] != nil else {
            if cookie.kind == .intercept { counters.undeliverable += 1 }
            return
        }
        counters.flowPackets += 1
        update(cookie.serial, at: now) { handover, actions in
            handover.packet(frame, cookie.direction, under: cookie.kind, at: now, actions: &actions)
        }
    }

    /// A packet under a detection entry: of a flow whose handover is to begin, or has just begun.
    private mutating func detected(_ frame: [UInt8], _ direction: Direction, by detection: Serial, at now: Instant) {
        guard let rule = relocations[detection].flatMap({ rules[$0.rule] }), let group = topology.groups[rule.group] else {
            counters.undeliverable += 1
            return
        }
        counters.flowPackets += 1
        guard let headers = try? PacketHeaders(frame.span.bytes) else {
            return passOn(frame, direction, to: destination(of: rule, nil, direction, in: group), \.unreadableFrames)
        }
        let flow = direction == .forward ? headers.flow : headers.flow.mirrored
        var serial = relocations[detection]?.handovers[flow]
        if serial == nil {
            guard let source = source(of: rule, headers, direction, in: group),
                let target = destination(of: rule, headers, direction, in: group)
            else {
                counters.undeliverable += 1
                return
            }
            guard held.packets < configuration.limits.packets, held.bytes < configuration.limits.bytes else {
                return passOn(frame, direction, to: source, \.refusedDetections)
            }
            let reverse = rule.specification.isBidirectional ? flow.mirrored : nil
            serial = begin(
                flow, reverse: reverse, seen: direction, from: source, to: target, in: group, for: rule.id, detectedBy: detection, at: now)
            guard let begun = serial else { return passOn(frame, direction, to: source, \.refusedDetections) }
            relocations[detection]?.started(begun, of: flow)
            rules[rule.id]?.handovers[.open, default: 0] += 1
        }
        guard let serial else { return }
        update(serial, at: now) { handover, actions in
            handover.packet(frame, direction, under: .detection, at: now, actions: &actions)
        }
    }

    private mutating func passOn(_ frame: [UInt8], _ direction: Direction, to vnf: VNF?, _ counter: WritableKeyPath<Counters, Int>) {
        counters[keyPath: counter] += 1
        guard let vnf, let endpoint = topology.endpoint(of: vnf, direction) else { return }
        packetOut(frame, to: endpoint)
    }

    // MARK: Control frames

    private mutating func handleControl(_ bytes: [UInt8], from datapath: DatapathID, port: UInt32, at now: Instant) {
        counters.controlFramesReceived += 1
        guard let (vnf, direction) = topology.instance(on: datapath, port: port) else { return counters.strayControlFrames += 1 }
        let frame: ControlFrame
        do {
            frame = try ControlFrame(decoding: bytes.span.bytes)
        } catch {
            counters.malformedControlFrames += 1
            return
        }
        guard let serial = serial(of: frame.handover), let handover = live[serial]?.handover else {
            return answerForgotten(frame, from: vnf, direction)
        }
        let role: FlowHandover.Role
        switch vnf.id {
        case handover.destination.id: role = .destination
        case handover.source.id: role = .source
        default: return counters.strayControlFrames += 1
        }
        update(serial, at: now) { handover, actions in
            handover.control(frame.message, from: role, direction, at: now, actions: &actions)
        }
    }

    /// An instance repeats what a handover that is over has not acknowledged.
    private mutating func answerForgotten(_ frame: ControlFrame, from vnf: VNF, _ direction: Direction) {
        guard let endpoint = topology.endpoint(of: vnf, direction) else { return }
        switch frame.message {
        case .handoverFinished: reply(.handoverFinishedAck, handover: frame.handover, to: endpoint)
        case .abort: reply(.abortAck, handover: frame.handover, to: endpoint)
        default: counters.strayControlFrames += 1
        }
    }
}
