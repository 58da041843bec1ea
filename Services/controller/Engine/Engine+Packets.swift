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
            learn(from: packetIn.data, port: port, cookie.direction, groupIndex: cookie.serial.value)
        case .detection, .closing: detected(packetIn.data, cookie.direction, by: cookie.serial, at: now)
        case .intercept: flowPacket(packetIn.data, .forth, cookie, at: now)
        case .returnIntercept: flowPacket(packetIn.data, .back, cookie, at: now)
        case .redirect: flowCopy(.forth, cookie, at: now)
        case .returnRedirect: flowCopy(.back, cookie, at: now)
        case .classification, .forwarding, .fallback, .steering, .direct, .kept, .knownHost: counters.foreignPacketIns += 1
        }
    }

    private mutating func handle(_ removed: FlowRemoved, at now: Instant) {
        guard let cookie = Cookie(rawValue: removed.cookie), removed.reason != .delete else { return }
        switch cookie.kind {
        case .closing:
            detectionCounted(cookie.serial, cookie.direction, took: removed.packetCount, at: now)
            detectionExpired(cookie.serial, cookie.direction, at: now)
        case .kept: keptFlowExpired(cookie.serial, cookie.direction, at: now)
        case .knownHost: forgetHost(removed, cookie)
        default: break
        }
    }

    /// A packet of a flow under an exact entry to the controller.
    private mutating func flowPacket(_ frame: [UInt8], _ course: FlowEntry.Course, _ cookie: Cookie, at now: Instant) {
        guard live[cookie.serial]?.handover.takes(cookie.direction) ?? false else { return counters.undeliverable += 1 }
        counters.flowPackets += 1
        update(cookie.serial, at: now) { handover, actions in
            handover.directions[cookie.direction].countIntercepted(course)
            handover.packet(frame, course, cookie.direction, at: now, actions: &actions)
        }
    }

    /// A copy of a packet that an instance got directly.
    private mutating func flowCopy(_ course: FlowEntry.Course, _ cookie: Cookie, at now: Instant) {
        guard live[cookie.serial]?.handover.takes(cookie.direction) ?? false else { return }
        counters.flowPackets += 1
        update(cookie.serial, at: now) { handover, actions in
            handover.copy(course, cookie.direction, at: now, actions: &actions)
        }
    }

    /// A packet under a detection entry: of a flow whose handover is to begin, or has begun.
    private mutating func detected(_ frame: [UInt8], _ direction: Direction, by detection: Serial, at now: Instant) {
        guard let relocation = relocations[detection], let group = topology.groups[relocation.group] else {
            counters.undeliverable += 1
            return
        }
        counters.flowPackets += 1
        if !relocation.isOpen { counters.lateDetections += 1 }
        relocations[detection]?.heard(at: now)
        countDetected(direction, by: detection)
        guard let headers = try? PacketHeaders(frame.span.bytes) else {
            return passOn(frame, direction, to: topology.fallback(of: group), \.unreadableFrames)
        }
        let known = flows[DirectedFlow(group: group.index, direction: direction, flow: headers.flow)]
        if let known, live[known]?.handover.takes(direction) ?? false {
            return update(known, at: now) { handover, actions in
                handover.packet(frame, .forth, direction, at: now, actions: &actions)
            }
        }
        let sample = Sample(headers: headers, direction: direction, frame: Array(frame.prefix(Sample.longestFrame)))
        guard let plan = plan(for: sample, rules[relocation.rule], in: group, known: known) else {
            counters.undeliverable += 1
            return
        }
        guard let begun = begin(plan, of: sample, seen: direction, in: group, for: relocation.rule, by: detection, at: now) else {
            return passOn(frame, direction, to: plan.source, \.refusedDetections)
        }
        update(begun, at: now) { handover, actions in
            handover.packet(frame, .forth, direction, at: now, actions: &actions)
        }
    }

    /// What is to be done about a flow that was seen; nil when no instance can have it.
    ///
    /// - Parameter known: the handover, over by now, that brought it to where it is.
    private mutating func plan(for sample: Sample, _ rule: Rule?, in group: Group, known: Serial?) -> FlowHandover.Plan? {
        guard let source = known.flatMap({ live[$0]?.handover.home }) ?? holder(of: sample.headers, sample.direction, in: group),
            let target = target(of: sample.headers, sample.direction, in: group)
        else { return nil }
        let flows = flows(of: sample, rule, in: group, known: known)
        if source.id == target.id { return FlowHandover.Plan(kind: .adopt, source: source, destination: target, flows: flows) }
        guard held.packets < configuration.limits.packets, held.bytes < configuration.limits.bytes else {
            counters.refusedDetections += 1
            return FlowHandover.Plan(kind: .keep, source: source, destination: source, flows: flows)
        }
        return FlowHandover.Plan(kind: .move, source: source, destination: target, flows: flows)
    }

    /// A flow in the directions that its rule covers, but for one that another handover has to do with.
    private func flows(of sample: Sample, _ rule: Rule?, in group: Group, known: Serial?) -> PerDirection<FlowKey> {
        let flow = sample.headers.flow
        var mirror = rule?.specification.isBidirectional ?? false && flow.hasMirror ? flow.mirrored : nil
        if let other = flows[DirectedFlow(group: group.index, direction: sample.direction.opposite, flow: flow.mirrored)], other != known {
            mirror = nil
        }
        return sample.direction == .forward ? PerDirection(forward: flow, reverse: mirror) : PerDirection(forward: mirror, reverse: flow)
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
        do throws(Trust.Problem) {
            frame = try trust.decode(bytes, from: vnf, direction)
        } catch {
            switch error {
            case .malformed: counters.malformedControlFrames += 1
            case .untrusted: counters.untrustedControlFrames += 1
            }
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
        case .abort: reply(.abortAck(refusal: nil), handover: frame.handover, to: endpoint)
        default: counters.strayControlFrames += 1
        }
    }
}
