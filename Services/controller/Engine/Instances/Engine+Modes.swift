import ControlFrames
import Timing

/// Which mode a rule is carried out in, and why.
extension Engine {
    /// A mode and the reason for it.
    struct Choice: Hashable, Sendable {
        let mode: Mode
        let reason: String

        static let asked = "as asked"
    }

    /// What a rule is known to be carried out in without asking anybody; nil where it depends on what the instances can.
    func givenChoice(_ specification: RuleSpecification) -> Choice? {
        switch specification.mode {
        case .direct where configuration.asksInstances: nil
        case let asked?: Choice(mode: asked, reason: Choice.asked)
        case nil where configuration.asksInstances: nil
        case nil: Choice(mode: .sharp, reason: "nobody was asked for another mode")
        }
    }

    /// What a relocation is carried out in; nil while instances may still answer.
    private func choice(for relocation: Relocation, at now: Instant) -> Choice? {
        guard let rule = rules[relocation.rule], let group = topology.groups[rule.group] else { return nil }
        func sharp(_ reason: String) -> Choice { Choice(mode: .sharp, reason: reason) }
        // The function may translate addresses and name the other direction, which goes through the controller in either mode.
        guard rule.specification.isBidirectional || rule.specification.mode == .direct else {
            return sharp("the rule is for one direction")
        }
        guard !group.isSpread else { return sharp(Self.spread) }
        let instances = topology.instances(of: group.id).map(\.id)
        if let unable = instances.first(where: refusesDirectMode) { return sharp(Self.unable(unable)) }
        guard let silent = instances.first(where: { capabilities(of: $0) == nil }) else {
            return Choice(mode: .direct, reason: rule.specification.mode == .direct ? Choice.asked : "every instance of the group can")
        }
        let awaited = instances.filter { abilities[$0].map { $0.answer == .awaited } ?? true }
        let isPatient =
            now < relocation.decideBy || waitsForSwitch(of: group, at: now) || awaited.contains { abilities[$0]?.asking != nil }
        return isPatient && !awaited.isEmpty ? nil : sharp(Self.silent(silent))
    }

    static let spread = "the group has several switches on a side"
    private static func unable(_ vnf: VNFID) -> String { "VNF \(vnf) takes no part in direct mode" }
    private static func silent(_ vnf: VNFID) -> String { "VNF \(vnf) does not say what it can" }

    /// Gives a relocation its mode; false while that is not known, or when nothing comes of it.
    mutating func decide(_ serial: Serial, at now: Instant) -> Bool {
        guard let relocation = relocations[serial], let rule = rules[relocation.rule], relocation.mode == nil else { return true }
        guard let choice = choice(for: relocation, at: now) else {
            relocations[serial]?.wait(until: max(relocation.decideBy, now + configuration.retry.longest))
            schedule(serial)
            return false
        }
        rules[rule.id]?.mode = choice.mode
        rules[rule.id]?.modeReason = choice.reason
        // A state that flows share cannot be moved flow by flow.
        if rule.specification.grouping == .together, choice.mode != .direct, rule.steers {
            withdraw(rule.id, because: choice.reason)
            return false
        }
        relocations[serial]?.decide(choice.mode)
        if let rule = rules[rule.id] { publish(.rule(rule)) }
        return true
    }

    /// A rule of which nothing was done yet cannot be carried out.
    private mutating func withdraw(_ id: RuleID, because reason: String) {
        if let relocation = rules[id]?.relocation {
            relocations[relocation] = nil
            waiting.removeAll { $0 == relocation }
        }
        rules[id]?.failure = reason
        rules[id]?.isDetecting = false
        rules.removed(id)
        if let rule = rules[id] { publish(.rule(rule)) }
        rules.retire(id)
    }

    /// Refuses a rule that asks for what an instance is known not to do.
    func checkMode(of specification: RuleSpecification, in group: String) throws(Refusal) {
        guard specification.mode == .direct else { return }
        let instances = topology.instances(of: group).map(\.id)
        if let unable = instances.first(where: refusesDirectMode) { throw .conflict(Self.unable(unable)) }
        guard specification.grouping == .together else { return }
        if let silent = instances.first(where: { abilities[$0]?.answer == .silent }) { throw .conflict(Self.silent(silent)) }
    }

    /// How a flow handover was carried out that an earlier process has begun, as far as that was written down.
    func resumedChoice(_ note: HandoverNote) -> Choice {
        let rule = rules[note.rule]
        let mode = relocations[note.relocation]?.mode ?? rule?.mode ?? .sharp
        return Choice(mode: mode, reason: rule?.modeReason ?? Choice.asked)
    }

    /// How a flow handover is carried out, and why, in the light of its rule.
    func choice(for plan: FlowHandover.Plan, of rule: Rule?) -> Choice {
        let inRule = rule?.mode ?? .sharp
        let reason = rule?.modeReason ?? Choice.asked
        switch (plan.route, inRule) {
        case (.direct, .direct), (.relayed, .sharp), (.relayed, .opennf): return Choice(mode: inRule, reason: reason)
        case (.direct, _): return Choice(mode: .direct, reason: "its destination held packets of the flow already")
        case (.relayed, .direct): return Choice(mode: .sharp, reason: "the controller had packets of the flow already")
        }
    }
}

extension Group {
    /// Whether a side of it is more than one switch: then SEEN does not say where a flow comes in.
    var isSpread: Bool { Direction.allCases.contains { side($0).members.count > 1 } }
}
