import Frames
import HandoverEngine
import OpenFlow
import Timing

/// What must hold when nothing happens any more.
extension World {
    mutating func checkEnd() {
        for flow in scenario.flows.indices { checkFlow(flow) }
        checkLosses()
        checkHandovers()
        checkBuffers()
        for number in switches.indices { checkTables(of: number) }
    }

    private mutating func checkFlow(_ flow: Int) {
        let conversation = hosts.conversations[flow]
        for direction in Direction.allCases where conversation.sent[direction] != conversation.arrived[direction] {
            let (sent, arrived) = (conversation.sent[direction], conversation.arrived[direction])
            violate(.nothingLost, at: "host", flow: flow, "\(direction): \(sent) packets sent, \(arrived) arrived")
        }
        for group in scenario.flows[flow].route { checkState(of: flow, in: group) }
    }

    /// Where nothing but the controller was killed, what is lost is counted.
    private mutating func checkLosses() {
        guard scenario.killsController, scenario.expectation == .onlyFlowsMet else { return }
        // What an entry took that went while no controller was there, nobody can count.
        guard missedCounts + controller.engine.counters.missedCounts == 0 else { return }
        var lost = 0
        for conversation in hosts.conversations {
            for direction in Direction.allCases { lost += Int(conversation.sent[direction]) - conversation.received[direction] }
        }
        let inRules = controller.engine.rules.all.reduce(0) { $0 + $1.lost }
        let counted = admitted + inRules + refused + controller.engine.counters.lostElsewhere
        if lost > counted { violate(.harmIsSaid, at: "controller", "\(lost) packets are lost, of which \(counted) are counted") }
    }

    private mutating func checkState(of flow: Int, in group: Int) {
        let conversation = hosts.conversations[flow]
        guard let last = holders[flow][group], let lastEntered = silences.lastEntered(flow, group) else { return }
        let state = functions[last].states[flow]
        for direction in Direction.allCases {
            guard let next = state?.next[direction], next != conversation.sent[direction] else { continue }
            let detail = "\(direction): its state goes on with \(next), \(conversation.sent[direction]) packets were sent"
            violate(.stateWhole, at: "function \(last + 1)", flow: flow, detail)
        }
        let other = functions.indices.first {
            $0 != last && groups[$0] == group && functions[$0].states[flow]?.epoch == silences.epoch(of: flow, in: group)
        }
        if let other {
            violate(.stateWhole, at: "function \(last + 1)", flow: flow, "function \(other + 1) has a state of the flow too")
        }
        // Where there is no room, flows stay where they are.
        if scenario.expectation == .onlyFlowsWithoutRoom { return }
        let expected = Int(expectedInstance(of: scenario.flows[flow], in: group)) - 1
        // Who was silent since the last rule took effect is still where it was.
        if lastEntered > lastProgress + Silences.long, expected != last {
            violate(.rightInstance, at: "function \(last + 1)", flow: flow, "the rules say function \(expected + 1)")
        }
    }

    /// The instance of a group that the rules give a flow to.
    private func expectedInstance(of flow: Flow, in group: Int) -> UInt16 {
        let rules = accepted.filter { groups[Int($0.destination) - 1] == group && $0.selection.covers(flow) }
        return rules.max { $0.priority < $1.priority }?.destination ?? scenario.topology.groups[group].defaultInstance
    }

    private mutating func checkHandovers() {
        for record in controller.engine.records where record.outcome != .completed {
            let flow = record.flow.flatMap { flowNumbers[$0] }
            let isExcused = flow.map { harm.isExcused[$0] } ?? false
            switch (record.outcome, scenario.expectation) {
            case (.aborted, .nothingLostButAborts), (.aborted, .onlyFlowsWithoutRoom): continue
            case (.aborted, .onlyFlowsMet) where record.flow == nil && scenario.hasCarefulFunctions: continue
            case (.failed, .onlyFlowsMet), (.failed, .onlyFlowsAt): if isExcused || flow.map({ harm.isInDoubt[$0] }) ?? false { continue }
            case (.aborted, _), (.failed, _): if isExcused { continue }
            default: break
            }
            let detail = "handover \(record.number) is \(record.outcome): \(record.reason ?? "no reason given")"
            violate(.handoversEnd, at: "controller", flow: flow, isForgivable: record.outcome != .open, detail)
        }
        for rule in controller.engine.rules.all where rule.state != .settled && rule.state != .removed {
            violate(.rulesSettle, at: "controller", "rule \(rule.name) is \(rule.state)")
        }
        for flow in scenario.flows.indices where harm.isHarmed[flow] && harm.isExcused[flow] && !harm.isCutOff[flow] {
            let records = controller.engine.records.filter { $0.flow.map { flowNumbers[$0] == flow } ?? true }
            guard !records.contains(where: { $0.outcome == .failed || $0.outcome == .aborted }) else { continue }
            violate(.harmIsSaid, at: "controller", "flow \(flow) was harmed, and no record of its handovers says so")
        }
    }

    private mutating func checkBuffers() {
        let held = controller.engine.held
        if held.packets != 0 || held.bytes != 0 {
            violate(.buffersEmpty, at: "controller", "it still holds \(held.packets) packets of \(held.bytes) bytes")
        }
        for (index, agent) in agents.enumerated() {
            let counters = agent.counters
            let packets = [counters.inControlBuffers, counters.inSwitchBuffers, counters.inStragglers].map(\.packets)
            if packets != [0, 0, 0] {
                violate(.buffersEmpty, at: "agent \(index + 1)", "control buffer, switch buffer, stragglers still hold \(packets) packets")
            }
            if counters.openHandovers != 0 {
                violate(.handoversEnd, at: "agent \(index + 1)", "\(counters.openHandovers) handovers are still open")
            }
        }
    }

    /// A steering entry, as far as it can be told from outside.
    private struct Steering: Hashable {
        let priority: UInt16
        let fields: FlowMatch.Fields
        let port: UInt32
    }

    private mutating func checkTables(of number: Int) {
        let place = Numbering.name(ofSwitch: number)
        var found: [Steering: Int] = [:]
        for entry in switches[number].tables.installed {
            guard let cookie = Cookie(rawValue: entry.flowMod.cookie) else {
                violate(.tablesClean, at: place, "an entry with cookie \(entry.flowMod.cookie) is nobody's")
                continue
            }
            switch cookie.kind {
            case .steering:
                let port = entry.outputs.first ?? 0
                found[Steering(priority: entry.flowMod.priority, fields: entry.flowMod.match.fields, port: port), default: 0] += 1
            case .classification, .control, .forwarding, .fallback, .learning, .knownHost, .trunk, .crossing: break
            default: violate(.tablesClean, at: place, "an entry of kind \(cookie.kind) was left, serial \(cookie.serial.value)")
            }
        }
        let expected = steering(on: number)
        for (entry, count) in found where expected[entry] != count {
            violate(.tablesClean, at: place, "\(count) steering entries of priority \(entry.priority) to port \(entry.port)")
        }
        for (entry, count) in expected where found[entry] == nil {
            violate(.tablesClean, at: place, "\(count) steering entries of priority \(entry.priority) to port \(entry.port) are missing")
        }
    }

    /// The steering entries that the rules ask for.
    private func steering(on number: Int) -> [Steering: Int] {
        var entries: [Steering: Int] = [:]
        for rule in accepted {
            let group = scenario.topology.groups[groups[Int(rule.destination) - 1]]
            for direction in rule.isBidirectional ? Direction.allCases : [.forward] where group.entrances(direction).contains(number) {
                guard let match = rule.selection.match else { continue }
                let fields = (direction == .forward ? match : rule.reverseMatch ?? match.mirrored).fields
                let port = scenario.topology.port(towards: rule.destination, direction, at: number) ?? 0
                entries[Steering(priority: 2 * rule.priority, fields: fields, port: port), default: 0] += 1
            }
        }
        return entries
    }
}
