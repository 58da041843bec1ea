import Timing

/// What operators and orchestrators ask.
extension Engine {
    /// Registers a switch; the same one twice is one switch.
    public mutating func put(_ new: Switch, at now: Instant) throws(Refusal) {
        try topology.put(new)
        journal(.switch(id: new.id, datapath: new.datapath))
        guard let ports = unregistered.removeValue(forKey: new.datapath) else { return }
        readTables(of: new.datapath, ports: ports)
    }

    /// Registers a group; the same one again may change its default instance.
    public mutating func put(_ new: Group, at now: Instant) throws(Refusal) {
        try topology.put(new)
        journal(.group(new))
        reinstall(new.id)
    }

    /// Registers an instance; the same one twice is one instance.
    public mutating func put(_ new: VNF, at now: Instant) throws(Refusal) {
        try topology.put(new)
        journal(.vnf(new))
        reinstall(new.group)
        ask([new], at: now)
    }

    /// Accepts a rule and starts to move its flows; the same rule twice is one rule.
    ///
    /// Flows that are still moving because of another rule go on once they have arrived, if this one is more important.
    ///
    /// - Parameter name: what the requester calls the rule; unique among all rules.
    public mutating func create(_ specification: RuleSpecification, named name: String, at now: Instant) throws(Refusal) -> Rule {
        guard (1...RuleSpecification.maximumPriority).contains(specification.priority) else {
            throw .invalid("a priority is 1 to \(RuleSpecification.maximumPriority)", field: "priority")
        }
        guard let destination = topology.vnfs[specification.destination] else {
            throw .unknown("VNF \(specification.destination)", field: "destination.vnf")
        }
        guard rules.rules.count < configuration.limits.rules else {
            throw .exhausted("there are \(rules.rules.count) rules; remove some first")
        }
        guard !isDrained(destination.id) else { throw .conflict("VNF \(destination.id) is drained") }
        try checkMode(of: specification, in: destination.group)
        let (rule, isNew) = try rules.add(name, specification, group: destination.group, serial: newSerial())
        if isNew { startMoving(rule.id, at: now) }
        return rules[rule.id] ?? rule
    }

    /// Removes a rule: its flows are handed back to whoever has them without it.
    public mutating func removeRule(_ id: RuleID, at now: Instant) throws(Refusal) -> Rule {
        guard let rule = rules[id] else { throw .unknown("rule \(id)", field: nil) }
        guard !rule.steers || !isGoingBack(rule) else {
            let home = rule.specification.destination
            throw .conflict("the flows of rule \(rule.name) are going back to VNF \(home); ask again when they are there")
        }
        if rule.steers { startRemoving(id, at: now) }
        return rules[id] ?? rule
    }

    private mutating func reinstall(_ groupID: String) {
        guard let group = topology.groups[groupID] else { return }
        let near = Direction.allCases.compactMap { topology.neighbour(of: group, $0) } + [group]
        for id in Set(near.flatMap(\.switchIDs)).sorted() {
            if let datapath = topology.switches[id]?.datapath { install(on: datapath) }
        }
    }
}
