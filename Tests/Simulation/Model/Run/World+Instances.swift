import ControlFrames
import Frames
import HSLCore
import HandoverEngine
import Timing

/// Agents and functions.
extension World {
    private static let channel = TimeSpan.microseconds(200)

    // MARK: Agents

    mutating func agentReceives(_ frame: [UInt8], _ instance: Int, _ pair: Int) {
        let vnf = UInt16(instance + 1)
        guard agents[instance].isAlive else {
            if let tag = TestFrame.tag(of: frame) { harm.cutsOff(tag.flow, at: vnf) }
            return
        }
        if agents[instance].kind != .able, let control = try? ControlFrame(decoding: frame.span.bytes) {
            if control.message.isOfDirectMode { violate(.onlyWhatItCan, at: "agent \(vnf)", "it got \(control.message)") }
            if agents[instance].kind == .old, control.message == .hello { return }
        }
        let refusedBefore = agents[instance].counters.refusedStarts
        defer { if agents[instance].counters.refusedStarts > refusedBefore { refuses(frame) } }
        switch agents[instance].receive(frame, from: .network(pair), at: queue.now) {
        case .pass:
            // A process that was started anew passes what it would have held, until it is told.
            if agents[instance].isForgetful(at: queue.now), let tag = TestFrame.tag(of: frame) { harm.cutsOff(tag.flow, at: vnf) }
            functionReceives(frame, instance, pair)
        case .taken:
            if let tag = TestFrame.tag(of: frame), !isMoving(tag.flow) { agents[instance].unknown.insert(tag.flow) }
            if !agents[instance].isWithinLimits { violate(.limits, at: "agent \(vnf)", "it holds more than it may") }
        case .drop(let reason):
            let flow = TestFrame.tag(of: frame)?.flow
            if let flow, case .onlyFlowsWithoutRoom = scenario.expectation { harm.cutsOff(flow) }
            violate(.limits, at: "agent \(vnf)", flow: flow, "it dropped a frame: \(reason.rawValue)")
        }
        drain(instance)
    }

    /// Whether a handover of a flow, or of a group, is open.
    func isMoving(_ flow: Int) -> Bool { !movingGroups.isEmpty || movingFlows.contains(flow) }

    /// An agent has no room for a handover, or another reason not to take part in it for now.
    private mutating func refuses(_ frame: [UInt8]) {
        guard case .onlyFlowsWithoutRoom = scenario.expectation, let control = try? ControlFrame(decoding: frame.span.bytes) else { return }
        switch control.message {
        case .startSource(let start), .startDestination(let start):
            start.flow.flatMap { flowNumbers[$0] }.map { harm.cutsOff($0) }
        default: break
        }
    }

    mutating func agentHears(_ event: FunctionEvent, _ instance: Int) {
        guard agents[instance].isAlive else { return }
        agents[instance].handle(event, at: queue.now)
        drain(instance)
    }

    mutating func agentWakes(_ instance: Int) {
        guard agents[instance].isAlive, let wakeup = agents[instance].wakeup, wakeup <= queue.now else { return }
        agents[instance].wakeup = nil
        agents[instance].advance(to: queue.now)
        drain(instance)
    }

    mutating func drain(_ instance: Int) {
        if agents[instance].hasOutput {
            for output in agents[instance].takeOutput() {
                switch output {
                case .frame(let frame, .network(let pair)): agentSends(frame, instance, pair)
                case .frame(let frame, .function(let pair)):
                    if let tag = TestFrame.tag(of: frame) { agents[instance].unknown.remove(tag.flow) }
                    functionReceives(frame, instance, pair)
                case .notification(let notification): tellFunction(notification, instance)
                }
            }
        }
        guard let deadline = agents[instance].nextDeadline else { return }
        if let wakeup = agents[instance].wakeup, wakeup <= deadline { return }
        agents[instance].wakeup = deadline
        queue.at(deadline, .agentWakes(instance))
    }

    private mutating func agentSends(_ frame: [UInt8], _ instance: Int, _ pair: Int) {
        carry(frame, over: .fromInstance(instance, pair: pair), .frameAtSwitch(frame, instance: instance, pair: pair))
    }

    mutating func instanceSends(_ frame: [UInt8], _ instance: Int, _ pair: Int) {
        if let tag = TestFrame.tag(of: frame), let next = scenario.topology.group(after: groups[instance], tag.direction) {
            silences.enters(tag, next, at: queue.now)
        }
        let vnf = UInt16(instance + 1)
        let group = scenario.topology.groups[groups[instance]]
        arrives(frame, at: group.switchNumber(ofInstance: vnf, Direction(pair: pair)), port: Numbering.port(ofInstance: vnf))
    }

    // MARK: Functions

    /// A frame waits at a function until what came before it is done.
    private mutating func functionReceives(_ frame: [UInt8], _ instance: Int, _ pair: Int) {
        let done = functions[instance].finishes(at: queue.now, taking: workTime())
        queue.at(done, .functionProcesses(frame, instance: instance, pair: pair))
    }

    private mutating func workTime() -> TimeSpan {
        let usual = scenario.conditions.processing
        return random.span(upTo: random.next() & 7 == 0 ? usual * 40 : usual)
    }

    mutating func functionProcesses(_ frame: [UInt8], _ instance: Int, _ pair: Int) {
        guard let tag = TestFrame.tag(of: frame) else { return }
        let place = "function \(instance + 1)"
        let packet = "\(tag.direction) packet \(tag.sequence)"
        let (epoch, isFirst) = silences.processes(tag, groups[instance])
        // A controller that dies may lose packets; it doubles or reorders none.
        let isLossy = !scenario.killsController || scenario.expectation != .onlyFlowsMet
        switch functions[instance].process(tag, epoch: epoch, isFirst: isFirst) {
        case nil: break
        case .frozen(let handover):
            violate(
                .nothingAfterFreeze, at: place, flow: tag.flow, isForgivable: isLossy,
                "\(packet) after it froze the state for handover \(handover)")
        case .awaited(let handover):
            violate(
                .stateFirst, at: place, flow: tag.flow, isForgivable: isLossy,
                "\(packet) before it got the state of handover \(handover)")
        case .stateless: violate(.stateFirst, at: place, flow: tag.flow, "\(packet), and it has no state")
        case .notNext(let expected):
            violate(
                .stateOrder, at: place, flow: tag.flow, isForgivable: isLossy || tag.sequence > expected,
                "\(packet) where its state goes on with \(expected)")
        }
        holders[tag.flow][groups[instance]] = instance
        guard agents[instance].isAlive else { return harm.cutsOff(tag.flow, at: UInt16(instance + 1)) }
        guard agents[instance].receive(frame, from: .function(1 - pair), at: queue.now) == .pass else { return }
        agentSends(TestFrame.translated(frame, scenario.flows[tag.flow], tag.direction), instance, 1 - pair)
    }

    private mutating func tellFunction(_ notification: HSLCore.Notification, _ instance: Int) {
        // The data path may be faster than the control channel, so the end of a handover counts from when it is said.
        if case .start(let handover, _, _, _, _) = notification { functions[instance].begin(handover) }
        if case .end(let handover, let outcome) = notification {
            functions[instance].end(handover, isAborted: outcome == .aborted)
            if outcome == .aborted { forgetFetched(for: handover, by: instance) }
        }
        let arrival = links.arrival(over: .toFunction(instance), at: queue.now, usually: Self.channel, &random)
        queue.at(arrival, .functionTold(notification, instance: instance))
    }

    /// The flows that a function has fetched for a handover that was aborted are where they were.
    private mutating func forgetFetched(for handover: HandoverID, by instance: Int) {
        let group = groups[instance]
        for (flow, before) in fetchedFrom[handover] ?? [:] where holders[flow][group] == instance { holders[flow][group] = before }
    }

    /// A message from the agent: what it asks for is done in turn with the packets, or after the time that a state takes.
    mutating func functionIsTold(_ notification: HSLCore.Notification, _ instance: Int) {
        guard functions[instance].isConnected, !functions[instance].conduct.isMute, !functions[instance].isOver(notification.handover)
        else { return }
        let slowness = functions[instance].conduct.slowness
        let patience = slowness == .zero ? .zero : random.span(upTo: slowness)
        switch notification {
        case .start(let handover, let role, let subject, _, _):
            if role == .destination { for flow in flows(of: subject, instance) { functions[instance].awaitState(flow, for: handover) } }
            let done = functions[instance].finishes(at: queue.now, taking: workTime())
            queue.at(done + patience, .functionAnswers(notification, instance: instance))
        case .transfer:
            let longest = random.pick([.zero, .milliseconds(1), scenario.conditions.stateTransfer])
            queue.after(random.span(upTo: longest) + patience, .functionAnswers(notification, instance: instance))
        case .mirrored:
            let done = functions[instance].finishes(at: queue.now, taking: workTime())
            queue.at(done + patience, .functionAnswers(notification, instance: instance))
        case .end, .refused: break
        }
    }

    mutating func functionAnswers(_ notification: HSLCore.Notification, _ instance: Int) {
        guard functions[instance].isConnected, !functions[instance].isOver(notification.handover) else { return }
        switch notification {
        case .start(let handover, let role, let subject, _, _):
            // A function that translates addresses says what comes back, and goes on when that is intercepted too.
            if role == .source, let mirror = mirror(of: subject) {
                named[handover] = flows(of: subject, instance)
                return say(.mirror(handover, mirror), instance)
            }
            if role == .source { for flow in flows(of: subject, instance) { functions[instance].freeze(flow, for: handover) } }
            say(.ready(handover), instance)
        case .mirrored(let handover):
            for flow in named[handover] ?? [] { functions[instance].freeze(flow, for: handover) }
            say(.ready(handover), instance)
        case .transfer(let handover, let subject, let peer): fetch(subject, from: peer, for: handover, instance)
        case .end, .refused: break
        }
    }

    /// The flows of a scenario that a handover is about.
    private func flows(of subject: Start.Subject, _ instance: Int) -> [Int] {
        switch subject {
        case .flow(let key): return flowNumbers[key].map { [$0] } ?? []
        case .match(let match):
            return scenario.flows.indices.filter { flow in
                scenario.flows[flow].route.contains(groups[instance])
                    && match.overlaps(FlowMatch(exactly: scenario.flows[flow].key))
            }
        }
    }

    /// The other direction of a flow whose addresses are translated.
    private func mirror(of subject: Start.Subject) -> FlowKey? {
        guard case .flow(let key) = subject, let flow = flowNumbers[key], scenario.flows[flow].translatedPort != nil,
            key == scenario.flows[flow].key
        else { return nil }
        return scenario.flows[flow].serverKey.mirrored
    }

    private mutating func fetch(_ subject: Start.Subject, from peer: Peer, for handover: HandoverID, _ instance: Int) {
        guard !functions[instance].conduct.failsToFetch else { return say(.stateFailed(handover, reason: "no memory"), instance) }
        let source = Int(peer.vnf) - 1
        guard functions.indices.contains(source) else { return }
        for flow in flows(of: subject, instance) {
            if !functions[source].isFrozen(flow) {
                let detail = "it fetched the state of handover \(handover) before function \(peer.vnf) had frozen it"
                violate(.frozenBeforeFetched, at: "function \(instance + 1)", flow: flow, detail)
            }
            let state = functions[source].giveAway(flow, for: handover)
            guard state != nil || functions[instance].states[flow] == nil else {
                functions[instance].receive(nil, of: flow, for: handover)
                continue
            }
            functions[instance].receive(state, of: flow, for: handover)
            fetchedFrom[handover, default: [:]][flow] = holders[flow][groups[instance]]
            holders[flow][groups[instance]] = instance
        }
        say(.stateReady(handover), instance)
    }

    mutating func say(_ event: FunctionEvent, _ instance: Int) {
        let arrival = links.arrival(over: .fromFunction(instance), at: queue.now, usually: Self.channel, &random)
        queue.at(arrival, .functionSays(event, instance: instance))
    }
}

extension HSLCore.Notification {
    /// The handover that it is about.
    fileprivate var handover: HandoverID {
        switch self {
        case .start(let handover, _, _, _, _), .transfer(let handover, _, _), .end(let handover, _), .mirrored(let handover),
            .refused(let handover, _):
            handover
        }
    }
}

extension ControlMessage {
    /// Whether only an agent can carry it out that can direct mode.
    fileprivate var isOfDirectMode: Bool {
        switch self {
        case .arm: true
        case .startSource(let start), .startDestination(let start): start.isOfDirectMode
        default: false
        }
    }
}
