import Mutations
import Timing

/// Relocations over some of the same flows take effect one after the other.
///
/// What comes to an instance that is a flow's source, and was told to hold what comes anew, is either old or new: between two changes of
/// the tables in direct mode lies as much time as a switch takes to follow them. A group arrives whole before any flow of it goes on.
/// What comes to an instance that a flow has still to arrive at came straight, too: one that sends flows there once more begins when those
/// of the first time have arrived, if another one has sent them elsewhere in between. And where the controller had to take over in the
/// midst of it, packets of one flow wait at an instance and here: none of them may come by a third way before they are in order. Nor does
/// the controller begin to hold packets of flows of which an instance may hold earlier ones.
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
            // What it is to wait for may depend on that.
            guard let decided = relocations[serial], self.turn(of: decided) != nil else {
                relocations[serial]?.wait(until: nil)
                continue
            }
            waiting.removeAll { $0 == serial }
            begin(serial, at: now)
        }
    }

    /// It may be the turn of those, once what is being done is done.
    mutating func thinkOfWaiting(at now: Instant) {
        for serial in waiting {
            guard case .waiting = relocations[serial]?.phase else { continue }
            relocations[serial]?.wait(until: now)
            schedule(serial)
        }
    }

    /// When a relocation may begin; nil when that is not known yet.
    private func turn(of relocation: Relocation) -> Instant? {
        var turn = relocation.notBefore
        guard let rule = rules[relocation.rule] else { return turn }
        let before = relocations.values.filter { other in
            other.comes(before: relocation)
                && rules[other.rule].map { $0.group == rule.group && $0.specification.overlaps(rule.specification) } ?? false
        }
        // None begins in front of an earlier one that still waits.
        guard before.allSatisfy(\.hasBegun) else { return nil }
        let earlier = before.filter(isDirect)
        let last = earlier.max { $0.comes(before: $1) }?.serial
        for other in earlier {
            guard let end = hasTurned(other), other.serial == last || !sendsAgain(relocation, behind: other) else { return nil }
            if isMixed(relocation, behind: other) { return nil }
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

    /// Whether packets of one flow could wait at an instance because of an earlier relocation, perhaps unreported, and elsewhere because
    /// of this one: in the other mode, or in direct mode behind one that has fallen back. One that takes the earlier one's place takes over
    /// what instances hold for it.
    private func isMixed(_ relocation: Relocation, behind earlier: Relocation) -> Bool {
        switch (earlier.mode, relocation.mode) {
        case (.direct, .sharp), (.direct, .opennf): earlier.isOpen && before(relocation) != earlier.serial
        case (.sharp, .direct), (.sharp, nil):
            (earlier.turnedAt != nil || !armings(of: earlier.serial).isEmpty) && (earlier.isDetecting || earlier.open > 0)
                && before(relocation) != earlier.serial
        default: false
        }
    }

    private func sendsAgain(_ relocation: Relocation, behind earlier: Relocation) -> Bool {
        guard hasFlowsToCome(earlier), let rule = rules[relocation.rule], let before = rules[earlier.rule] else { return false }
        return !Set(destinations(of: rule)).isDisjoint(with: destinations(of: before))
    }

    /// Whether instances hold flows because of a relocation that have still to arrive there.
    private func hasFlowsToCome(_ relocation: Relocation) -> Bool {
        relocation.open > 0 || hasTurnsToCome(relocation.serial)
            || live.values.contains { entry in entry.behind.contains { $0.holding.relocation == relocation.serial } }
    }

    /// When the switches have followed what a relocation has changed in their tables; nil when that is not known yet.
    private func hasTurned(_ relocation: Relocation) -> Instant? {
        switch relocation.phase {
        case .waiting, .arming: return nil
        case .detecting, .lingering, .arriving, .parting, .closing, .closed: break
        }
        // What an instance still holds of an earlier one it has to be told about first.
        if armings.values.contains(where: { $0.relocation == relocation.serial && $0.isDisarming }) { return nil }
        guard let turnedAt = relocation.turnedAt else { return .zero }
        if rules[relocation.rule]?.specification.grouping == .together {
            let isMoving = groups.values.contains { $0.relocation == relocation.serial && !$0.handover.isEnded }
            if relocation.isOpen || isMoving { return nil }
        }
        return Mutation.turnAtOnce.isActive ? turnedAt : turnedAt + configuration.settling
    }
}
