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

    /// The mode of the next rule.
    func next(_ random: inout SeededGenerator) -> Mode {
        switch self {
        case .sharp: .sharp
        case .direct: .direct
        case .mixed: random.chance(0.5) ? .sharp : .direct
        case .opennf: .opennf
        }
    }
}

extension Scenario {
    /// Gives the rules their modes.
    mutating func use(_ modes: Modes) {
        var random = SeededGenerator(seed: seed ^ 0xD1EC)
        for index in requests.indices {
            guard case .create(var plan) = requests[index].action else { continue }
            // Mirrors are not named in direct mode.
            let isNamed = modes != .opennf && !plan.isTranslated && flows.contains { $0.translatedPort != nil }
            plan.mode = plan.grouping == .together ? .direct : isNamed ? .sharp : modes.next(&random)
            requests[index].action = .create(plan)
        }
    }
}
