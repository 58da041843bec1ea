import Mutations
import Timing

/// Relocations over some of the same flows take effect one after the other.
///
/// What comes to an instance that is a flow's source, and was told to hold what comes anew, is either old or new: between two changes of
/// the tables in direct mode lies as much time as a switch takes to follow them. A group arrives whole before any flow of it goes on.
extension Engine {
    /// Lets those begin whose turn it is.
    mutating func beginWaiting(at now: Instant) {
        for serial in waiting {
            // The one before may have let it begin.
            guard let relocation = relocations[serial], case .waiting = relocation.phase else { continue }
            guard let turn = turn(of: relocation) else {
                relocations[serial]?.wait(until: nil)
                continue
            }
            guard turn <= now else {
                relocations[serial]?.wait(until: turn)
                schedule(serial)
                continue
            }
            guard decide(serial, at: now) else { continue }
            waiting.removeAll { $0 == serial }
            begin(serial, at: now)
        }
    }

    /// When a relocation may begin; nil when that is not known yet.
    private func turn(of relocation: Relocation) -> Instant? {
        var turn = Instant.zero
        guard let rule = rules[relocation.rule], !Mutation.turnAtOnce.isActive else { return turn }
        for other in relocations.values where other.serial < relocation.serial && isDirect(other) {
            guard let before = rules[other.rule], before.group == rule.group, before.specification.overlaps(rule.specification) else {
                continue
            }
            guard let end = hasTurned(other) else { return nil }
            turn = max(turn, end)
        }
        return turn
    }

    /// Whether it may be in direct mode, or may have been before it fell back.
    private func isDirect(_ relocation: Relocation) -> Bool {
        switch rules[relocation.rule]?.specification.mode {
        case .direct, nil: true
        case .sharp, .opennf: false
        }
    }

    /// When the switches have followed what a relocation has changed in their tables; nil when that is not known yet.
    private func hasTurned(_ relocation: Relocation) -> Instant? {
        switch relocation.phase {
        case .waiting, .arming: return nil
        case .detecting, .lingering, .arriving, .closing, .closed: break
        }
        // What an instance still holds of an earlier one it has to be told about first.
        if armings.values.contains(where: { $0.relocation == relocation.serial && $0.isDisarming }) { return nil }
        guard let turnedAt = relocation.turnedAt else { return .zero }
        if rules[relocation.rule]?.specification.grouping == .together {
            let isMoving = groups.values.contains { $0.relocation == relocation.serial && !$0.handover.isEnded }
            if relocation.isOpen || isMoving { return nil }
        }
        return turnedAt + configuration.settling
    }
}
