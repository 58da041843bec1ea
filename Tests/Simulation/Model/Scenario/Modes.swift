import HandoverEngine

/// Who detects and holds the flows of a scenario's rules. It is no part of what a seed draws, so that the same scenario runs in each.
public enum Modes: String, Sendable, Hashable, CaseIterable {
    /// The controller, for every rule.
    case sharp
    /// The destination's HSL, for every rule.
    case direct
    /// Now one, now the other.
    case mixed
    /// The controller, for every rule, which keeps all packets until the state has moved.
    case opennf
    /// Most rules name none, and not every agent can direct mode.
    case auto

    /// The mode that the next rule names.
    func next(_ random: inout SeededGenerator) -> Mode? {
        switch self {
        case .sharp: .sharp
        case .direct: .direct
        case .mixed: random.chance(0.5) ? .sharp : .direct
        case .opennf: .opennf
        case .auto: random.pick([nil, nil, nil, nil, nil, nil, .sharp, .direct])
        }
    }
}

extension Scenario {
    /// Gives the rules their modes.
    mutating func use(_ modes: Modes) {
        var random = SeededGenerator(seed: seed ^ 0xD1EC)
        if modes == .auto { drawAgents(&random) }
        for index in requests.indices {
            if case .drain(let vnf, _) = requests[index].action {
                requests[index].action = .drain(vnf: vnf, mode: modes.next(&random))
            }
            guard case .create(var plan) = requests[index].action else { continue }
            plan.mode = plan.grouping == .together ? .direct : modes.next(&random)
            requests[index].action = .create(plan)
        }
    }

    /// Half of the time, some agents cannot direct mode.
    private mutating func drawAgents(_ random: inout SeededGenerator) {
        asksInstances = true
        guard random.chance(0.5) else { return }
        for vnf in topology.instances where random.chance(0.3) { agents[vnf] = random.pick([.sharpOnly, .old]) }
    }
}

/// What an agent can, and whether it says so.
public enum AgentKind: Sendable, Hashable {
    /// Whatever the controller may want, and says that.
    case able
    /// No direct mode, and says that.
    case sharpOnly
    /// No direct mode, and knows no HELLO.
    case old
}
