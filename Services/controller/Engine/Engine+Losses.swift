import Frames
import OpenFlow
import Timing

/// Counting what was lost between a switch and the controller.
///
/// An entry's count says how many packets took it, and how many of them had come before the switch was away is known. What is beyond
/// those may have been lost, and counts as lost: not less than was, since switches count what their caches do up to half a second late,
/// and for the entries of then. A detection entry tells its count when it goes. A flow's own entry to the controller is asked for it once
/// no packet takes it any more and the switch has counted those that did.
extension Engine {
    // MARK: Switches that come back

    /// A switch is there again: what came before is told apart from what comes from now on.
    mutating func noteReturn(of datapath: DatapathID) {
        guard let there = topology.switch(datapath) else { return }
        for serial in relocations.keys {
            for direction in relocations[serial]?.directions ?? [] where isThere(relocations[serial]?.group, direction, there) {
                relocations[serial]?.returned(direction)
            }
        }
        for serial in live.keys {
            for direction in live[serial]?.handover.directions.directions ?? []
            where isThere(live[serial]?.group.id, direction, there) {
                live[serial]?.handover.directions[direction].returned()
            }
        }
    }

    private func isThere(_ group: String?, _ direction: Direction, _ there: Switch) -> Bool {
        group.flatMap { topology.groups[$0] }?.side(direction).switchID == there.id
    }

    // MARK: Detection entries

    /// A packet came under the detection entry of a relocation.
    mutating func countDetected(_ direction: Direction, by serial: Serial) {
        var counting: Serial? = serial
        while let relocation = counting {
            relocations[relocation]?.count(direction)
            noteProgress(ofRelocation: relocation)
            counting = relocations[relocation]?.successor
        }
    }

    /// The relocation whose entries one takes the place of, if one does: they have the same match and priority.
    ///
    /// - Parameter isPast: whether one that an earlier process has closed counts too, since it is not known why.
    func before(_ relocation: Relocation, isPast: Bool = false) -> Serial? {
        guard let rule = rules[relocation.rule] else { return nil }
        return relocations.values.first { other in
            other.serial != relocation.serial && other.group == relocation.group && other.successor == nil
                && (other.isOpen || isPast && other.rule == relocation.rule)
                && rules[other.rule].map { known in
                    known.specification.priority == rule.specification.priority && known.specification.match == rule.specification.match
                        && known.specification.reverseMatch == rule.specification.reverseMatch
                        && known.specification.directions == rule.specification.directions
                } ?? false
        }?.serial
    }

    /// The relocation whose entries have taken the place of one's own, or that itself.
    func newest(_ serial: Serial) -> (serial: Serial, isOpen: Bool) {
        var newest = serial
        while let next = relocations[newest]?.successor { newest = next }
        return (newest, relocations[newest]?.isOpen ?? false)
    }

    /// The entry of a relocation is gone, and this many packets took it in its time.
    mutating func detectionCounted(_ serial: Serial, _ direction: Direction, took packets: UInt64, at now: Instant) {
        guard let relocation = relocations[serial], packets != .max else { return }
        relocations[serial]?.awaitsCount.remove(direction)
        let heard = relocation.heardBefore[direction] ?? .max
        let lost = packets > heard ? Int(clamping: packets - heard) : 0
        if lost > 0 {
            counters.lostOnTheWay += lost
            rules[relocation.rule]?.lost += lost
            if let rule = rules[relocation.rule] { publish(.rule(rule)) }
        }
        resolve(.detection, of: serial, [direction], isComplete: lost == 0, at: now)
    }

    /// The entries of a relocation are gone, and nobody has said how many packets took them.
    mutating func detectionUncounted(_ serial: Serial, at now: Instant) {
        guard newest(serial).serial == serial, relocations[serial]?.awaitsCount.isEmpty == false else { return }
        counters.missedCounts += 1
        resolve(.detection, of: serial, Direction.allCases, isComplete: false, at: now)
    }

    private mutating func resolve(
        _ uncounted: Uncounted, of relocation: Serial, _ ways: [Direction], isComplete: Bool, at now: Instant
    ) {
        for serial in live.keys.sorted() where live[serial]?.handover.isAwaiting(uncounted, in: ways) ?? false {
            guard let found = live[serial]?.relocation, newest(found).serial == relocation else { continue }
            update(serial, at: now) { handover, actions in
                handover.counted(uncounted, in: ways, lost: 0, isComplete: isComplete, at: now, &actions)
            }
        }
    }

    // MARK: A flow's own entries

    /// Finds the entries to the controller of flows that still move, in the tables of a switch that has come back.
    mutating func noteUncounted(_ found: [FlowStatistics], on there: Switch, at now: Instant) {
        var levels: [Serial: [Direction: [(level: UInt16, kind: Cookie.Kind)]]] = [:]
        for entry in found where entry.priority >= FlowEntries.Priority.exact {
            let level = entry.priority - FlowEntries.Priority.exact
            guard level < EntryLevels.limit, let cookie = Cookie(rawValue: entry.cookie), let known = live[cookie.serial],
                known.handover.directions.has(cookie.direction), known.group.side(cookie.direction).switchID == there.id
            else { continue }
            levels[cookie.serial, default: [:]][cookie.direction, default: []].append((level, cookie.kind))
        }
        for (serial, ways) in levels.sorted(by: { $0.key < $1.key }) {
            for (direction, entries) in ways { noteUncounted(serial, direction, entries, at: now) }
        }
        // What is gone cannot be counted any more.
        for (serial, known) in live.sorted(by: { $0.key < $1.key }) {
            for direction in known.handover.directions.directions where known.group.side(direction).switchID == there.id {
                guard known.handover.directions[direction].uncounted.contains(.ownEntry),
                    live[serial]?.levels[direction].uncounted.isEmpty ?? true
                else { continue }
                update(serial, at: now) { handover, actions in
                    handover.counted(.ownEntry, in: [direction], lost: 0, isComplete: false, at: now, &actions)
                }
            }
        }
    }

    private mutating func noteUncounted(
        _ serial: Serial, _ direction: Direction, _ entries: [(level: UInt16, kind: Cookie.Kind)], at now: Instant
    ) {
        guard let handover = live[serial]?.handover else { return }
        let wanted = handover.entry(direction).map(kind)
        let current = entries.filter { $0.kind == wanted }.map(\.level).max()
        let uncounted = handover.isUnderWay ? Set(entries.filter(\.kind.goesToController).map(\.level)) : []
        live[serial]?.levels[direction].found(current: current, uncounted: uncounted)
        guard !uncounted.isEmpty else { return }
        live[serial]?.handover.directions[direction].uncounted.insert(.ownEntry)
        guard !counts.values.contains(where: { $0.handover == serial && $0.direction == direction }) else { return }
        let count = newSerial()
        counts[count] = PendingCount(handover: serial, direction: direction)
        deadlines.schedule(count, at: now + configuration.settling)
    }

    /// Whether an entry stays in its table until it was counted.
    func isUncounted(_ entry: FlowStatistics) -> Bool {
        guard entry.priority >= FlowEntries.Priority.exact, let cookie = Cookie(rawValue: entry.cookie) else { return false }
        return live[cookie.serial]?.levels[cookie.direction].uncounted.contains(entry.priority - FlowEntries.Priority.exact) ?? false
    }

    /// Asks for a count when the direction has been under a newer entry for so long that the switch has counted everything.
    mutating func advance(count serial: Serial, at now: Instant) {
        guard var count = counts[serial] else { return }
        guard let entry = live[count.handover], entry.handover.isUnderWay,
            entry.handover.directions[count.direction].uncounted.contains(.ownEntry)
        else { return counts[serial] = nil }
        deadlines.schedule(serial, at: now + configuration.settling)
        guard entry.handover.directions[count.direction].isMarked else { return }
        if count.isQuiet, let there = topology.switches[entry.group.side(count.direction).switchID], there.ports != nil,
            !(censuses[there.datapath]?.contains { $0.count == serial } ?? false)
        {
            let cookie = Cookie(.intercept, count.direction, serial: count.handover)
            censuses[there.datapath, default: []].append(Census(count: serial))
            let selection = FlowSelection(cookie: cookie.rawValue, cookieMask: Cookie.ownerMask)
            send(.multipartRequest(MultipartRequest(.flow(selection))), to: there.datapath)
        }
        count.isQuiet = true
        counts[serial] = count
    }

    /// A switch's answer, or a part of it.
    mutating func counted(_ entries: [FlowStatistics], isLast: Bool, on datapath: DatapathID, at now: Instant) {
        guard let first = censuses[datapath]?.first, let count = counts[first.count] else {
            if isLast, censuses[datapath]?.isEmpty == false { censuses[datapath]?.removeFirst() }
            return
        }
        for entry in entries {
            guard let cookie = Cookie(rawValue: entry.cookie), cookie.serial == count.handover, cookie.direction == count.direction,
                cookie.kind.goesToController
            else { continue }
            censuses[datapath]?[0].packets &+= entry.packetCount
            censuses[datapath]?[0].entries += 1
        }
        guard isLast, let answer = censuses[datapath]?.removeFirst() else { return }
        conclude(answer, of: count, at: now)
    }

    /// A switch refuses to say what it was asked.
    mutating func uncountable(_ datapath: DatapathID, at now: Instant) {
        guard let first = censuses[datapath]?.first else { return }
        censuses[datapath]?.removeFirst()
        guard let count = counts[first.count] else { return }
        conclude(Census(count: first.count), of: count, at: now)
    }

    private mutating func conclude(_ answer: Census, of count: PendingCount, at now: Instant) {
        counts[answer.count] = nil
        guard let entry = live[count.handover] else { return }
        let heard = UInt64(entry.handover.directions[count.direction].interceptedBefore)
        let lost = answer.packets > heard ? Int(clamping: answer.packets - heard) : 0
        let isComplete = answer.entries == entry.levels[count.direction].uncounted.count
        counters.lostOnTheWay += lost
        removeCounted(count.handover, count.direction)
        update(count.handover, at: now) { handover, actions in
            handover.counted(.ownEntry, in: [count.direction], lost: lost, isComplete: isComplete, at: now, &actions)
        }
    }

    /// Removes the entries to the controller that need not be counted any more.
    mutating func removeCounted(_ serial: Serial, _ direction: Direction) {
        guard let entry = live[serial], !entry.levels[direction].uncounted.isEmpty,
            let there = topology.switches[entry.group.side(direction).switchID]
        else { return }
        let match = FlowMatch(exactly: entry.handover.directions[direction].flow)
        for level in live[serial]?.levels[direction].counted().sorted() ?? [] {
            let priority = FlowEntries.Priority.exact + level
            let remove = FlowEntries.remove(match, priority: priority, metadata: entry.group.metadata(direction))
            send(.flowMod(remove), to: there.datapath)
        }
    }
}

/// A flow's own entries to the controller whose count is to be asked for.
struct PendingCount: Sendable {
    let handover: Serial
    let direction: Direction
    /// Whether no packet took them when they were last thought of.
    var isQuiet = false
}

/// What a switch has answered so far.
struct Census: Sendable {
    let count: Serial
    var packets: UInt64 = 0
    var entries = 0
}
