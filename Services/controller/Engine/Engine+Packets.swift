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
        case .flowRemoved(let removed): handle(removed, from: datapath, at: now)
        case .multipartReply(let reply): handle(reply, from: datapath, at: now)
        case .barrierReply: probed(datapath, at: now)
        case .error(let error):
            counters.switchErrors += 1
            if error.answersMultipartRequest { tablesUnreadable(of: datapath, at: now) }
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
            let location = HostTable.Location(datapath: datapath, port: port)
            learn(from: packetIn.data, at: location, cookie.direction, groupIndex: cookie.serial.value)
        case .detection, .closing: detected(packetIn.data, at: Entrance(cookie, datapath), by: cookie.serial, at: now)
        case .intercept: flowPacket(packetIn.data, .forth, cookie, from: datapath, at: now)
        case .returnIntercept: flowPacket(packetIn.data, .back, cookie, from: datapath, at: now)
        case .redirect: flowCopy(.forth, cookie, from: datapath, at: now)
        case .returnRedirect: flowCopy(.back, cookie, from: datapath, at: now)
        case .crossing: crossed(packetIn.data, cookie.direction, at: datapath, at: now)
        case .classification, .forwarding, .fallback, .steering, .direct, .kept, .knownHost, .trunk: counters.foreignPacketIns += 1
        }
    }

    private mutating func handle(_ removed: FlowRemoved, from datapath: DatapathID, at now: Instant) {
        guard let cookie = Cookie(rawValue: removed.cookie), removed.reason != .delete else { return }
        switch cookie.kind {
        case .closing:
            let entrance = Entrance(cookie, datapath)
            detectionCounted(cookie.serial, at: entrance, took: removed.packetCount, at: now)
            detectionExpired(cookie.serial, at: entrance, at: now)
        case .kept: keptFlowExpired(cookie.serial, at: Entrance(cookie, datapath), at: now)
        case .knownHost: forgetHost(removed, cookie, at: datapath)
        default: break
        }
    }

    /// A packet of a flow under an exact entry to the controller.
    private mutating func flowPacket(
        _ frame: [UInt8], _ course: FlowEntry.Course, _ cookie: Cookie, from datapath: DatapathID, at now: Instant
    ) {
        guard live[cookie.serial]?.handover.takes(cookie.direction) ?? false else { return counters.undeliverable += 1 }
        counters.flowPackets += 1
        _ = comesIn(cookie.serial, at: Entrance(cookie, datapath))
        live[cookie.serial]?.handover.directions[cookie.direction].countIntercepted(course)
        take(frame, course, cookie.direction, of: cookie.serial, at: now)
    }

    /// Gives a packet to the handover that it belongs to, or drops it where there is no room at all.
    private mutating func take(_ frame: [UInt8], _ course: FlowEntry.Course, _ direction: Direction, of serial: Serial, at now: Instant) {
        func lost() -> Int { live[serial].map { $0.handover.record.lost + $0.handover.lostBehind } ?? 0 }
        let lostBefore = lost()
        let hasRoom = hasRoom(for: frame.count)
        update(serial, at: now) { handover, actions in
            if hasRoom {
                handover.packet(frame, course, direction, at: now, actions: &actions)
            } else {
                handover.drop(frame, course, direction, at: now, actions: &actions)
            }
        }
        counters.droppedAtLimit += max(0, lost() - lostBefore)
    }

    /// Whether another frame may be held.
    private func hasRoom(for bytes: Int) -> Bool {
        held.packets < 2 * configuration.limits.packets && held.bytes + bytes <= 2 * configuration.limits.bytes
    }

    /// A copy of a packet that an instance got directly.
    private mutating func flowCopy(_ course: FlowEntry.Course, _ cookie: Cookie, from datapath: DatapathID, at now: Instant) {
        guard live[cookie.serial]?.handover.takes(cookie.direction) ?? false else { return }
        counters.flowPackets += 1
        guard comesIn(cookie.serial, at: Entrance(cookie, datapath)) else {
            // It says nothing of packets that are under way from the first switch: that must have been silent for long.
            if course == .forth { live[cookie.serial]?.handover.directions[cookie.direction].countCopy() }
            return
        }
        update(cookie.serial, at: now) { handover, actions in
            handover.copy(course, cookie.direction, at: now, actions: &actions)
        }
    }

    /// A packet under a detection entry: of a flow whose handover is to begin, or has begun.
    private mutating func detected(_ frame: [UInt8], at entrance: Entrance, by detection: Serial, at now: Instant) {
        let direction = entrance.direction
        guard let relocation = relocations[detection], let group = topology.groups[relocation.group] else {
            counters.undeliverable += 1
            return
        }
        counters.flowPackets += 1
        relocations[detection]?.heard(at: now)
        countDetected(at: entrance, by: detection)
        guard let headers = try? PacketHeaders(frame.span.bytes) else {
            return passOn(frame, at: entrance, to: topology.fallback(of: group), \.unreadableFrames)
        }
        let known = flows[DirectedFlow(group: group.index, direction: direction, flow: headers.flow)]
        if let known, live[known]?.handover.takes(direction) ?? false {
            _ = comesIn(known, at: entrance)
            return take(frame, .forth, direction, of: known, at: now)
        }
        if !relocation.isOpen { counters.lateDetections += 1 }
        let sample = Sample(headers: headers, direction: direction, frame: Array(frame.prefix(Sample.longestFrame)))
        guard let plan = plan(for: sample, by: relocation, in: group, known: known) else {
            counters.undeliverable += 1
            return
        }
        guard hasRoom(for: frame.count),
            let begun = begin(
                plan, of: sample, seen: plan.route == .direct ? nil : entrance, in: group, for: relocation.rule, by: detection, at: now)
        else { return passOn(frame, at: entrance, to: plan.source, \.refusedDetections) }
        take(frame, .forth, direction, of: begun, at: now)
    }

    /// What is to be done about a flow that was seen; nil when no instance can have it.
    ///
    /// - Parameter known: the handover, over by now, that brought it to where it is.
    private mutating func plan(for sample: Sample, by relocation: Relocation, in group: Group, known: Serial?) -> FlowHandover.Plan? {
        guard let source = known.flatMap({ live[$0]?.handover.home }) ?? holder(of: sample.headers, sample.direction, in: group),
            let target = target(of: sample.headers, sample.direction, in: group)
        else { return nil }
        let flows = flows(of: sample, rules[relocation.rule], in: group, known: known)
        if source.id == target.id { return FlowHandover.Plan(kind: .adopt, source: source, destination: target, flows: flows) }
        let limits = configuration.limits
        guard held.packets < limits.packets, held.bytes < limits.bytes, live.count < limits.handovers else {
            counters.refusedDetections += 1
            return FlowHandover.Plan(kind: .keep, source: source, destination: source, flows: flows)
        }
        // What the target was given before the controller took over lies before the packet.
        let arming = armings.values.filter { $0.relocation == relocation.serial && $0.vnf == target.id && $0.isArmed }
            .max { $0.origin < $1.origin }
        return FlowHandover.Plan(
            kind: .move, route: arming == nil ? .relayed : .direct, source: source, destination: target, flows: flows,
            holding: arming.map { holding(under: $0, of: sample.headers, sample.direction, in: group) })
    }

    /// A flow in the directions that its rule covers, but for one that another handover has to do with.
    func flows(of sample: Sample, _ rule: Rule?, in group: Group, known: Serial?) -> PerDirection<FlowKey> {
        let flow = sample.headers.flow
        var mirror = rule?.specification.isBidirectional ?? false && flow.hasMirror ? flow.mirrored : nil
        if let other = flows[DirectedFlow(group: group.index, direction: sample.direction.opposite, flow: flow.mirrored)], other != known {
            mirror = nil
        }
        return sample.direction == .forward ? PerDirection(forward: flow, reverse: mirror) : PerDirection(forward: mirror, reverse: flow)
    }

    mutating func passOn(_ frame: [UInt8], at entrance: Entrance, to vnf: VNF?, _ counter: WritableKeyPath<Counters, Int>) {
        counters[keyPath: counter] += 1
        guard let vnf, let way = topology.way(to: vnf, entrance.direction, from: entrance.datapath) else { return }
        packetOut(frame, by: way)
    }

    // MARK: Control frames

    private mutating func handleControl(_ bytes: [UInt8], from datapath: DatapathID, port: UInt32, at now: Instant) {
        counters.controlFramesReceived += 1
        guard let (vnf, direction) = topology.instance(on: datapath, port: port) else { return counters.strayControlFrames += 1 }
        let frame: ControlFrame
        do throws(Trust.Problem) {
            frame = try trust.decode(bytes, from: vnf, direction)
        } catch {
            switch error {
            case .malformed: counters.malformedControlFrames += 1
            case .untrusted: counters.untrustedControlFrames += 1
            }
            return
        }
        let speaker = processes.speaker(of: frame, from: vnf.id, at: now)
        if case .helloAck(let capabilities) = frame.message { return hears(capabilities, from: vnf.id, by: speaker, at: now) }
        guard let serial = serial(of: frame.handover) else { return answerForgotten(frame, from: vnf, direction, at: now) }
        if armings[serial] != nil { return arming(serial, frame.message, from: vnf, direction, by: speaker, at: now) }
        if groups[serial] != nil { return group(serial, frame.message, from: vnf, direction, by: speaker, at: now) }
        guard let terms = live[serial]?.handover.terms else {
            return answerForgotten(frame, from: vnf, direction, at: now)
        }
        guard let role = FlowHandover.Role(of: vnf, from: terms.source, to: terms.destination) else {
            return counters.strayControlFrames += 1
        }
        // The instance keeps what it returns, and is asked for it again.
        if case .straggler(let wrapped) = frame.message,
            !hasRoom(for: wrapped.part == nil ? wrapped.bytes.count : configuration.maximumFrame)
        {
            return counters.deferredStragglers += 1
        }
        if case .startAck(nil) = frame.message, role == .source { startCrossing(serial, direction, at: now) }
        update(serial, at: now) { handover, actions in
            guard handover.hears(frame.message, from: role, direction, by: speaker, at: now) else { return }
            handover.control(frame.message, from: role, direction, at: now, actions: &actions)
        }
        if case .startAck(.some) = frame.message { noteAnswer(of: serial, at: now) }
    }

    /// An instance repeats what a handover that is over has not acknowledged.
    private mutating func answerForgotten(_ frame: ControlFrame, from vnf: VNF, _ direction: Direction, at now: Instant) {
        guard let way = topology.way(to: vnf, direction, from: nil) else { return }
        switch frame.message {
        case .handoverFinished(_, let flow): reply(.handoverFinishedAck(flow: flow), handover: frame.handover, by: way)
        case .abort: reply(.abortAck(refusal: nil), handover: frame.handover, by: way)
        case .mirror: reply(.handoverFinished(nil), handover: frame.handover, by: way)
        case .seen(let seen):
            sighted(seen, under: frame.handover, by: vnf, direction, at: now)
            reply(.disarm, handover: frame.handover, by: way)
        case .disarmAck: break
        default: counters.strayControlFrames += 1
        }
    }
}
