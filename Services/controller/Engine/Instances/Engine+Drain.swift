import Frames
import Timing

/// Taking an instance out of service: rules a little more important than those that send flows to it send them to another one.
///
/// Nothing else is different from an orchestrator's rules: the flows move with their state, and go back when the rules are taken back. It is
/// the rules that say that an instance is drained, so a controller that is started again knows it too.
extension Engine {
    /// How far the drain of an instance is; nil if it is not drained.
    public func drain(of vnf: VNFID) -> Drain? {
        let parts = rules.all.filter { $0.drains == vnf && $0.state != .removed }
        guard let destination = parts.last?.specification.destination else { return nil }
        let isCalledOff = parts.contains { !$0.steers }
        let state: Drain.State = isCalledOff ? .returning : parts.allSatisfy { $0.state == .settled } ? .drained : .draining
        return Drain(vnf: vnf, destination: destination, state: state, rules: parts)
    }

    /// Moves all flows of an instance to another of its group, and sends new ones there; the same drain twice is one.
    ///
    /// - Parameter destination: the instance that takes them; nil is the first of the group that is not drained.
    /// - Parameter mode: who detects and holds the flows; nil leaves that to the controller.
    public mutating func drain(_ id: VNFID, to destination: VNFID? = nil, mode: Mode? = nil, at now: Instant) throws(Refusal) -> Drain {
        guard let vnf = topology.vnfs[id], let group = topology.groups[vnf.group] else { throw .unknown("VNF \(id)", field: nil) }
        if let known = drain(of: id) {
            guard known.state != .returning else { throw .conflict("VNF \(id) is being put back into service; ask again when it is") }
            guard destination == nil || destination == known.destination else {
                throw .conflict("VNF \(id) is drained to VNF \(known.destination)")
            }
            return known
        }
        let heir = try heir(of: vnf, destination)
        let specifications = try replacements(of: vnf, by: heir, mode, in: group)
        guard rules.rules.count + specifications.count <= configuration.limits.rules else {
            throw .exhausted("there are \(rules.rules.count) rules; remove some first")
        }
        for specification in specifications { try checkMode(of: specification, in: group.id) }
        for specification in specifications {
            let serial = newSerial()
            let (rule, isNew) = try rules.add("drain-\(id)-\(serial.value)", specification, group: group.id, serial: serial, drains: id)
            if isNew { startMoving(rule.id, at: now) }
        }
        guard let drain = drain(of: id) else { throw .conflict("no flow goes to VNF \(id)") }
        return drain
    }

    /// Puts an instance back into service: its flows go back to it.
    public mutating func endDrain(of id: VNFID, at now: Instant) throws(Refusal) -> Drain {
        guard topology.vnfs[id] != nil else { throw .unknown("VNF \(id)", field: nil) }
        guard let drain = drain(of: id) else { throw .unknown("a drain of VNF \(id)", field: nil) }
        guard !drain.rules.contains(where: { $0.steers && isGoingBack($0) }) else {
            throw .conflict("flows of VNF \(id) are going back to VNF \(drain.destination); ask again when they are there")
        }
        for rule in drain.rules where rule.steers { startRemoving(rule.id, at: now) }
        return self.drain(of: id) ?? Drain(vnf: id, destination: drain.destination, state: .returning, rules: [])
    }

    /// Whether an instance is to get no new flows.
    func isDrained(_ vnf: VNFID) -> Bool { rules.rules.values.contains { $0.drains == vnf && $0.steers } }

    private func heir(of vnf: VNF, _ named: VNFID?) throws(Refusal) -> VNFID {
        let others = topology.instances(of: vnf.group).map(\.id).filter { $0 != vnf.id }
        guard let named else {
            guard let first = others.first(where: { !isDrained($0) }) else {
                throw .conflict("group \(vnf.group) has no other instance that could take the flows of VNF \(vnf.id)")
            }
            return first
        }
        guard others.contains(named) else {
            throw .invalid("VNF \(named) is no other instance of group \(vnf.group)", field: "destination.vnf")
        }
        guard !isDrained(named) else { throw .conflict("VNF \(named) is drained itself") }
        return named
    }

    /// The rules that take the place of those that send flows to an instance, and of the group's default if it is that.
    private func replacements(of vnf: VNF, by heir: VNFID, _ mode: Mode?, in group: Group) throws(Refusal) -> [RuleSpecification] {
        var specifications: [RuleSpecification] = []
        if topology.fallback(of: group)?.id == vnf.id {
            let all = RuleSpecification(match: .any, priority: 0, destination: vnf.id, isBidirectional: true)
            specifications.append(try replacement(of: all, by: heir, mode, in: group, beside: specifications))
        }
        for rule in rules.ordered where rule.group == group.id && rule.steers && rule.specification.destination == vnf.id {
            specifications.append(try replacement(of: rule.specification, by: heir, mode, in: group, beside: specifications))
        }
        return specifications
    }

    /// A rule over the same flows, above its own priority and below every other one that sends some of them elsewhere.
    private func replacement(
        of old: RuleSpecification, by heir: VNFID, _ mode: Mode?, in group: Group, beside others: [RuleSpecification]
    ) throws(Refusal) -> RuleSpecification {
        let known = rules.ordered.filter { $0.group == group.id && $0.specification.overlaps(old) }
        let taken = Set(known.map(\.specification.priority) + others.filter { $0.overlaps(old) }.map(\.priority))
        let elsewhere = known.filter { $0.steers && $0.specification.destination != old.destination }.map(\.specification.priority)
        let limit = elsewhere.filter { $0 > old.priority }.min() ?? RuleSpecification.maximumPriority + 1
        guard let free = (old.priority + 1..<limit).first(where: { !taken.contains($0) }) else {
            throw .conflict("no priority is free above \(old.priority) for the flows that go to VNF \(old.destination)")
        }
        return RuleSpecification(
            match: old.match, reverseMatch: old.reverseMatch, priority: free, destination: heir, isBidirectional: old.isBidirectional,
            mode: mode, grouping: old.grouping, maximumSilence: old.maximumSilence, detectionLimit: old.detectionLimit)
    }
}
