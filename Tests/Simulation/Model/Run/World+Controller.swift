import ControlFrames
import HandoverEngine
import OpenFlow
import Timing

/// The controller, its connections to the switches, and who asks something of it.
extension World {
    mutating func connectSwitches() {
        for number in switches.indices { controller.connect(number, at: queue.now) }
        pump()
    }

    mutating func controllerHears(_ message: Message, _ number: Int, over connection: Int) {
        guard controller.connections[number] == connection else { return loses(message) }
        let before = controller.engine.counters
        controller.engine.handle(message, from: Numbering.datapath(number), at: queue.now)
        let after = controller.engine.counters
        if after.refusals > before.refusals { refuses(message) }
        pump()
    }

    mutating func switchHears(_ message: Message, _ number: Int, over connection: Int) {
        guard controller.connections[number] == connection else { return loses(message) }
        var outputs: [SwitchModel.Output] = []
        switches[number].handle(message, at: queue.now, &random, &outputs)
        if case .flowMod = message { peakEntries = max(peakEntries, switches[number].tables.count) }
        perform(outputs, of: number)
    }

    mutating func controllerWakes() {
        guard controller.isAlive, let wakeup = controller.wakeup, wakeup <= queue.now else { return }
        controller.wakeup = nil
        controller.engine.advance(to: queue.now)
        pump()
    }

    /// Sends what the engine wants sent, and sees to it that it is looked at again.
    mutating func pump() {
        for output in controller.engine.takeOutput() {
            switch output {
            case .message(let datapath, let message): send(message, to: Int(datapath.value) - 1)
            case .journal(let entry): controller.write(entry)
            case .checkpoint(let checkpoint): controller.write(checkpoint)
            case .event(let event):
                if trace.isOn { note(event) }
                hear(event)
            }
        }
        let (held, limits) = (controller.engine.held, scenario.conditions.limits.controller)
        if held.packets > 2 * limits.packets || held.bytes > 2 * limits.bytes || held.packets < 0 || held.bytes < 0 {
            violate(.limits, at: "controller", "it holds \(held.packets) packets of \(held.bytes) bytes")
        }
        guard let deadline = controller.engine.nextDeadline else { return }
        if let wakeup = controller.wakeup, wakeup <= deadline { return }
        controller.wakeup = deadline
        queue.at(deadline, .controllerWakes)
    }

    /// Two minutes for a state, and several times the ten seconds that nobody may be silent for.
    private static let longestHandover = TimeSpan.seconds(180)

    private mutating func hear(_ event: Engine.Event) {
        switch event {
        case .handover(let record):
            lastProgress = queue.now
            let isOpen = record.outcome == .open
            if !isOpen { admitted += record.lost }
            if let span = record.endedAt.map({ $0 - record.startedAt }), span > Self.longestHandover {
                violate(
                    .handoversInTime, at: "controller", flow: record.flow.flatMap { flowNumbers[$0] }, isForgivable: false,
                    "handover \(record.number) took \(span.nanoseconds / 1_000_000_000) s")
            }
            guard let key = record.flow else {
                if isOpen { movingGroups.insert(record.number) } else { movingGroups.remove(record.number) }
                return
            }
            guard let flow = flowNumbers[key] else { return }
            if isOpen { movingFlows.insert(flow) } else { movingFlows.remove(flow) }
            for vnf in [record.source.value, record.destination.value] {
                if faulty.contains(vnf) { harm.meets(flow, at: vnf) }
                if isOpen, mayBeTakenForLater(vnf) { harm.leavesInDoubt(flow) }
            }
        case .rule(let rule):
            lastProgress = queue.now
            if rule.failure != nil { accepted.removeAll { $0.name == rule.name } }
            // Its flows could not be taken back from where it had sent them.
            if rule.failure == nil, rule.isInForce, let plan = scenario.plan(named: rule.name),
                !accepted.contains(where: { $0.name == rule.name })
            {
                accepted.append(plan)
            }
        default: break
        }
    }

    /// Whether an agent's process that was there when START left cannot prove it: what it says takes longer than it had been running.
    private func mayBeTakenForLater(_ vnf: UInt16) -> Bool {
        agents[Int(vnf) - 1].hasJustBegun(at: queue.now, wayOfAnswer: scenario.conditions.link + scenario.conditions.connection)
    }

    private mutating func send(_ message: Message, to number: Int) {
        guard let connection = controller.connections[number] else { return loses(message) }
        let arrival = links.arrival(
            over: .fromController(switch: number), at: queue.now, usually: scenario.conditions.connection, &random)
        queue.at(arrival, .messageAtSwitch(message, switch: number, connection: connection))
    }

    mutating func tellController(_ message: Message, _ number: Int) {
        guard let connection = controller.connections[number] else { return loses(message) }
        let arrival = links.arrival(
            over: .toController(switch: number), at: queue.now, usually: scenario.conditions.connection, &random)
        queue.at(arrival, .messageAtController(message, switch: number, connection: connection))
    }

    /// A message is lost between a switch and the controller: a flow's packet that it carried is gone.
    private mutating func loses(_ message: Message) {
        let frame: [UInt8]
        switch message {
        case .packetIn(let packetIn): frame = packetIn.data
        case .packetOut(let packetOut): frame = packetOut.data
        default: return
        }
        if let tag = TestFrame.tag(of: frame) { harm.cutsOff(tag.flow) }
    }

    /// The controller has no room for a packet or its flow, and has counted that.
    private mutating func refuses(_ message: Message) {
        guard case .packetIn(let packetIn) = message else { return }
        if let tag = TestFrame.tag(of: packetIn.data) { return harm.cutsOff(tag.flow) }
        guard let frame = try? ControlFrame(decoding: packetIn.data.span.bytes), case .straggler(let wrapped) = frame.message,
            let tag = TestFrame.tag(of: wrapped.bytes)
        else { return }
        harm.cutsOff(tag.flow)
    }

    // MARK: Requests

    private static let patience = TimeSpan.milliseconds(500)

    mutating func perform(_ request: Request, _ number: Int) {
        guard controller.isAlive else { return queue.after(Self.patience, .request(number)) }
        switch request.action {
        case .create(let plan): create(plan)
        case .remove(let name): remove(name, number)
        case .drain(let vnf, let mode): drain(vnf, mode)
        case .endDrain(let vnf): endDrain(vnf)
        }
        pump()
    }

    /// A rule that contradicts another one is refused, and then it is as if nobody had asked.
    private mutating func create(_ plan: RulePlan) {
        guard let specification = plan.specification else { return }
        do {
            let rule = try controller.engine.create(specification, named: plan.name, at: queue.now)
            if rule.name == plan.name { accepted.append(plan) }
        } catch {
            if trace.isOn { trace.note(queue.now, nil, "rule \(plan.name) is refused: \(error)") }
        }
    }

    /// The rules of a drain are as good as any that somebody has asked for.
    private mutating func drain(_ vnf: UInt16, _ mode: Mode?) {
        let selections = Dictionary(
            accepted.map { ($0.specification?.match, $0.selection) }, uniquingKeysWith: { first, _ in first })
        do {
            let drain = try controller.engine.drain(VNFID(vnf), mode: mode, at: queue.now)
            for rule in drain.rules where !accepted.contains(where: { $0.name == rule.name }) {
                accepted.append(
                    RulePlan(
                        name: rule.name, selection: selections[rule.specification.match] ?? .all, priority: rule.specification.priority,
                        destination: rule.specification.destination.value, isBidirectional: rule.specification.isBidirectional))
            }
        } catch {
            if trace.isOn { trace.note(queue.now, nil, "VNF \(vnf) is not drained: \(error)") }
        }
    }

    private mutating func endDrain(_ vnf: UInt16) {
        guard let drain = try? controller.engine.endDrain(of: VNFID(vnf), at: queue.now) else { return }
        accepted.removeAll { plan in drain.rules.contains { $0.name == plan.name } }
    }

    /// A removal that is refused while flows move is asked for again.
    private mutating func remove(_ name: String, _ number: Int) {
        guard let rule = controller.engine.rules.named(name) else { return }
        do {
            _ = try controller.engine.removeRule(rule.id, at: queue.now)
            accepted.removeAll { $0.name == name }
        } catch {
            queue.after(Self.patience, .request(number))
        }
    }
}

extension Rule {
    /// Whether its flows are, or are to be, at its destination.
    fileprivate var isInForce: Bool {
        switch state {
        case .moving, .settled: true
        case .removing, .removed: false
        }
    }
}

extension HandoverEngine.Counters {
    /// Packets and flows for which there was no room.
    fileprivate var refusals: Int { droppedAtLimit + refusedDetections + deferredStragglers }
}
