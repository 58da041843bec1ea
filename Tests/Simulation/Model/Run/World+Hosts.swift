import HandoverEngine

/// Hosts and the switches' data plane.
extension World {
    mutating func sendNext(_ stream: Int) {
        let sending = hosts.sendNext(stream, at: queue.now, &random)
        if let next = sending.next { queue.at(next, .trafficDue(stream: stream)) }
        sends(sending.frame, sending.flow, sending.direction)
    }

    /// A host's frame arrives at its switch.
    mutating func sends(_ frame: [UInt8], _ flow: Int, _ direction: Direction) {
        let group = scenario.flows[flow].group(sending: direction)
        let host = scenario.flows[flow].host(sending: direction)
        let number = scenario.topology.groups[group].switchNumber(ofHost: host, direction)
        if trace.isOn { note(frame, from: "host", to: Numbering.name(ofSwitch: number)) }
        if let tag = TestFrame.tag(of: frame) { silences.enters(tag, group, at: queue.now) }
        arrives(frame, at: number, port: Numbering.port(ofHost: host, group: group))
    }

    /// A frame arrives at a switch's port.
    mutating func arrives(_ frame: [UInt8], at number: Int, port: UInt32) {
        var outputs: [SwitchModel.Output] = []
        switches[number].receive(frame, from: port, at: queue.now, &random, &outputs)
        perform(outputs, of: number)
    }

    mutating func perform(_ outputs: [SwitchModel.Output], of number: Int) {
        for output in outputs {
            switch output {
            case .frame(let frame, let port): leaves(frame, number, port)
            case .tell(let message): tellController(message, number)
            case .lookAt(let entry, let instant): queue.at(instant, .entryMayExpire(switch: number, entry: entry))
            }
        }
    }

    mutating func entryMayExpire(_ entry: Int, _ number: Int) {
        var outputs: [SwitchModel.Output] = []
        switches[number].lookAt(entry, at: queue.now, &random, &outputs)
        perform(outputs, of: number)
    }

    /// A frame leaves a switch by a port.
    private mutating func leaves(_ frame: [UInt8], _ number: Int, _ port: UInt32) {
        if let host = Numbering.host(at: port) { return hostReceives(frame, group: host.group, host: host.host, at: number) }
        if let trunk = Numbering.trunk(at: port) { return enters(frame, trunk, from: number) }
        let instance = Int(port) - 1
        guard agents.indices.contains(instance), let pair = pair(of: instance, at: number) else { return }
        carry(frame, over: .toInstance(instance, pair: pair), .frameAtAgent(frame, instance: instance, pair: pair))
    }

    /// The interface of an instance that is connected to a switch.
    private func pair(of instance: Int, at number: Int) -> Int? {
        let group = scenario.topology.groups[groups[instance]]
        return Direction.allCases.first { group.switchNumber(ofInstance: UInt16(instance + 1), $0) == number }?.pair
    }

    /// A frame leaves a switch over a trunk.
    private mutating func enters(_ frame: [UInt8], _ number: Int, from here: Int) {
        let trunk = scenario.topology.trunks[number]
        let isBackwards = trunk.second == here
        carry(
            frame, over: .trunk(number, isBackwards: isBackwards),
            .frameOffTrunk(frame, trunk: number, switch: isBackwards ? trunk.first : trunk.second))
    }

    mutating func comesOff(_ frame: [UInt8], _ trunk: Int, at number: Int) {
        arrives(frame, at: number, port: Numbering.port(ofTrunk: trunk))
    }

    /// Puts a frame on a link; a control frame may be lost or doubled there.
    mutating func carry(_ frame: [UInt8], over link: LinkName, _ arrival: Event) {
        let conditions = scenario.conditions
        if conditions.controlLoss + conditions.controlDoubling > 0, TestFrame.isControl(TestFrame.untagged(frame)) {
            if random.chance(conditions.controlLoss) { return }
            if random.chance(conditions.controlDoubling) {
                queue.at(links.arrival(over: link, at: queue.now, usually: conditions.link, &random), arrival)
            }
        }
        queue.at(links.arrival(over: link, at: queue.now, usually: conditions.link, &random), arrival)
    }

    private mutating func hostReceives(_ frame: [UInt8], group: Int, host: Int, at number: Int) {
        guard let tag = TestFrame.tag(of: frame) else {
            if TestFrame.isControl(frame) { violate(.noForgery, at: "host \(host)", "a control frame left the network") }
            return
        }
        let flow = scenario.flows[tag.flow]
        // Until the controller knows which host is where, frames go to all of a side; the others ignore them.
        let backwards: Direction = tag.direction == .forward ? .reverse : .forward
        guard flow.group(sending: backwards) == group, flow.host(sending: backwards) == host else { return }
        if trace.isOn { note(frame, from: Numbering.name(ofSwitch: number), to: "host") }
        let (expected, answerAfter) = hosts.receive(tag, &random)
        if expected != tag.sequence {
            // Where a controller dies, packets may be missing; but none comes late, or twice.
            let isForgivable = !scenario.killsController || tag.sequence > expected
            violate(
                .egressOrder, at: "host \(host)", flow: tag.flow, isForgivable: isForgivable,
                "\(tag.direction) packet \(tag.sequence) instead of \(expected)")
        }
        if let answerAfter { queue.after(answerAfter, .answerDue(flow: tag.flow)) }
    }
}
