import ControlFrames
import Frames
import Timing

/// Groups that go back to where their state is, because the instance that was to take them cannot.
///
/// The instances begin at once: what the one still gets goes through it to the other. The tables are turned back by a relocation like that
/// of a rule's removal, as soon as switches have followed the change before; it comes before all that waits for the group.
extension Engine {
    /// Whether nobody but two instances has to do with the flows of a rule, so that all of them can go back.
    func mayGoBack(_ rule: Rule, from source: VNFID, to destination: VNFID, by relocation: Serial) -> Bool {
        guard let group = topology.groups[rule.group] else { return false }
        let others = rules.overlapping(rule).filter { $0.id != rule.id && ($0.isEffective || $0.hasSteering) }
        let givers = holders(of: rule, in: group).map(\.id).filter { $0 != destination }
        return others.isEmpty && givers == [source]
            && live.values.allSatisfy { $0.handover.isEnded || !covers(rule, $0) }
            && relocations.values.allSatisfy { other in
                other.serial == relocation || !other.isOpen || !other.hasBegun
                    || rules[other.rule].map { $0.group != rule.group || !$0.specification.overlaps(rule.specification) } ?? true
            }
    }

    /// Both instances have given a handover up: another one takes its place, with the roles turned.
    mutating func turnRound(_ first: Serial, at now: Instant) {
        guard let live = groups[first], let rule = rules[live.handover.record.rule], let identifier = freeIdentifier() else {
            return update(group: first, at: now) { handover, actions in
                handover.abandon("too many handovers are open", at: now, &actions)
            }
        }
        let relocation = wayBack(of: live, rule, at: now)
        let serial = newSerial()
        var actions: [GroupHandover.Action] = []
        let handover = GroupHandover(turning: live.handover, id: identifier, at: now, actions: &actions)
        occupy(identifier, by: serial)
        groups[serial] = LiveGroup(handover: handover, relocation: relocation)
        if let note = noteToKeep(ofGroup: serial) { journal(.beganGroup(note)) }
        release(live.handover.id, of: first)
        groups[first] = nil
        journal(.forgotten(first))
        relocations[live.relocation]?.concluded()
        relocations[relocation]?.awaits()
        perform(actions, ofGroup: serial, at: now)
        publish(.handover(handover.record))
        beginWaiting(at: now)
    }

    /// The relocation that turns the tables back: the rule's removal, if that was asked for already.
    private mutating func wayBack(of live: LiveGroup, _ rule: Rule, at now: Instant) -> Serial {
        let handover = live.handover
        if let next = rule.relocation, next != live.relocation, relocations[next]?.hasBegun == false {
            goBack(live.relocation, by: next, turning: handover.id, at: now)
            return next
        }
        if rule.steers { rules[rule.id]?.failure = handover.record.reason }
        return startGoingBack(rule, from: live.relocation, turning: handover.id, at: now)
    }

    /// Whether the flows of a rule are going back, so that it has to be waited for what becomes of it.
    func isGoingBack(_ rule: Rule) -> Bool { rule.relocation.flatMap { relocations[$0] }?.turns != nil }

    /// The way back that a relocation is for, if it is for one.
    func turnedGroup(of relocation: Serial) -> Serial? {
        groups.first { $0.value.relocation == relocation && $0.value.handover.turned != nil }?.key
    }
}
