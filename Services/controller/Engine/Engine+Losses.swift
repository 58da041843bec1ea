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
            guard let relocation = relocations[serial] else { continue }
            for entrance in entrances(of: relocation) where entrance.datapath == datapath {
                relocations[serial]?.counts.returned(at: entrance)
            }
        }
        for serial in live.keys {
            guard let entry = live[serial] else { continue }
            for direction in entry.handover.directions.directions where entry.group.side(direction).entrances.contains(there.id) {
                // Where it came in elsewhere, nothing of it was lost here.
                guard entry.entrances[direction] ?? datapath == datapath else { continue }
                live[serial]?.handover.directions[direction].returned()
            }
        }
    }

    // MARK: Detection entries

    /// A packet came under the detection entry of a relocation.
    mutating func countDetected(at entrance: Entrance, by serial: Serial) {
        var counting: Serial? = serial
        while let relocation = counting {
            relocations[relocation]?.counts.count(at: entrance)
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
                && other.hasBegun && (other.isOpen || isPast && other.rule == relocation.rule)
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
    mutating func detectionCounted(_ serial: Serial, at entrance: Entrance, took packets: UInt64, at now: Instant) {
        guard let relocation = relocations[serial], packets != .max else { return }
        let all = entrances(of: relocation)
        switch relocations[serial]?.counts.told(packets, at: entrance, of: all) {
        case nil: return
        case .lost(0): resolve(.detection, of: serial, [entrance.direction], isComplete: true, at: now)
        case .lost(let lost):
            counters.lostOnTheWay += Int(clamping: lost)
            rules[relocation.rule]?.lost += Int(clamping: lost)
            if let rule = rules[relocation.rule] { publish(.rule(rule)) }
            resolve(.detection, of: serial, [entrance.direction], isComplete: false, at: now)
        case .unknown:
            counters.missedCounts += 1
            resolve(.detection, of: serial, [entrance.direction], isComplete: false, at: now)
        }
    }

    /// The entries of a relocation are gone, and nobody has said how many packets took them.
    mutating func detectionUncounted(_ serial: Serial, at now: Instant) {
        guard relocations[serial]?.isDetectedHere ?? false, newest(serial).serial == serial,
            relocations[serial]?.counts.awaited.isEmpty == false
        else { return }
        relocations[serial]?.counts.giveUp()
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
                known.handover.directions.has(cookie.direction), known.group.side(cookie.direction).entrances.contains(there.id)
            else { continue }
            levels[cookie.serial, default: [:]][cookie.direction, default: []].append((level, cookie.kind))
        }
        for (serial, ways) in levels.sorted(by: { $0.key < $1.key }) {
            for (direction, entries) in ways {
                noteUncounted(serial, at: Entrance(direction: direction, datapath: there.datapath), entries, at: now)
            }
        }
        for (serial, known) in live.sorted(by: { $0.key < $1.key }) {
            for direction in known.handover.directions.directions where known.group.side(direction).entrances.contains(there.id) {
                giveUpUncounted(serial, direction, at: now)
            }
        }
    }

    /// What is gone from all tables cannot be counted any more.
    private mutating func giveUpUncounted(_ serial: Serial, _ direction: Direction, at now: Instant) {
        guard let known = live[serial], known.handover.directions[direction].uncounted.contains(.ownEntry),
            known.levels.uncounted(direction).isEmpty,
            topology.entrances(of: known.group, direction).allSatisfy({ $0.ports != nil })
        else { return }
        update(serial, at: now) { handover, actions in
            handover.counted(.ownEntry, in: [direction], lost: 0, isComplete: false, at: now, &actions)
        }
    }

    private mutating func noteUncounted(
        _ serial: Serial, at entrance: Entrance, _ entries: [(level: UInt16, kind: Cookie.Kind)], at now: Instant
    ) {
        guard let handover = live[serial]?.handover else { return }
        let direction = entrance.direction
        let wanted = handover.entry(direction).map(kind)
        let current = entries.filter { $0.kind == wanted }.map(\.level).max()
        let uncounted = handover.isUnderWay ? Set(entries.filter(\.kind.goesToController).map(\.level)) : []
        live[serial]?.levels[entrance].found(current: current, uncounted: uncounted)
        guard !uncounted.isEmpty else { return }
        live[serial]?.handover.directions[direction].uncounted.insert(.ownEntry)
        guard !counts.values.contains(where: { $0.handover == serial && $0.direction == direction }) else { return }
        let count = newSerial()
        counts[count] = PendingCount(handover: serial, direction: direction)
        deadlines.schedule(count, at: now + configuration.settling)
    }

    /// The entries to the controller that a switch is given now will not be written over either: it may not have got them before.
    mutating func keepIntercepts(on there: Switch) {
        guard configuration.keepsJournal else { return }
        for serial in live.keys {
            guard let known = live[serial] else { continue }
            for direction in known.handover.directions.directions where known.group.side(direction).entrances.contains(there.id) {
                guard let entry = known.handover.entry(direction), kind(entry).goesToController else { continue }
                live[serial]?.levels[Entrance(direction: direction, datapath: there.datapath)].keep()
            }
        }
    }

    /// Whether an entry stays in a switch's table until it was counted.
    func isUncounted(_ entry: FlowStatistics, on there: Switch) -> Bool {
        guard entry.priority >= FlowEntries.Priority.exact, let cookie = Cookie(rawValue: entry.cookie) else { return false }
        let entrance = Entrance(cookie, there.datapath)
        return live[cookie.serial]?.levels[entrance].uncounted.contains(entry.priority - FlowEntries.Priority.exact) ?? false
    }

    /// Asks for a count when the direction has been under a newer entry for so long that the switches have counted everything.
    mutating func advance(count serial: Serial, at now: Instant) {
        guard var count = counts[serial] else { return }
        guard let entry = live[count.handover], entry.handover.isUnderWay,
            entry.handover.directions[count.direction].uncounted.contains(.ownEntry)
        else { return counts[serial] = nil }
        deadlines.schedule(serial, at: now + configuration.settling)
        guard entry.handover.directions[count.direction].isMarked else { return }
        if count.isQuiet, !censuses.values.contains(where: { $0.contains { $0.count == serial } }) {
            let places = entry.levels.uncounted(count.direction).keys.map(\.datapath)
            if !places.isEmpty, places.allSatisfy({ topology.switch($0)?.ports != nil }) {
                count.ask(places)
                let cookie = Cookie(.intercept, count.direction, serial: count.handover)
                let selection = FlowSelection(cookie: cookie.rawValue, cookieMask: Cookie.ownerMask)
                for place in places.sorted() {
                    censuses[place, default: []].append(Census(count: serial))
                    send(.multipartRequest(MultipartRequest(.flow(selection))), to: place)
                }
            }
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
        answered(answer, by: datapath, at: now)
    }

    /// A switch refuses to say what it was asked.
    mutating func uncountable(_ datapath: DatapathID, at now: Instant) {
        guard let first = censuses[datapath]?.first else { return }
        censuses[datapath]?.removeFirst()
        answered(Census(count: first.count), by: datapath, at: now)
    }

    private mutating func answered(_ answer: Census, by datapath: DatapathID, at now: Instant) {
        guard counts[answer.count]?.add(answer, of: datapath) ?? false, let count = counts.removeValue(forKey: answer.count),
            let entry = live[count.handover]
        else { return }
        let heard = UInt64(entry.handover.directions[count.direction].interceptedBefore)
        let lost = count.packets > heard ? Int(clamping: count.packets - heard) : 0
        let isComplete = count.entries == entry.levels.uncounted(count.direction).values.reduce(0, +)
        counters.lostOnTheWay += lost
        removeCounted(count.handover, count.direction)
        update(count.handover, at: now) { handover, actions in
            handover.counted(.ownEntry, in: [count.direction], lost: lost, isComplete: isComplete, at: now, &actions)
        }
    }

    /// Removes the entries to the controller that need not be counted any more.
    mutating func removeCounted(_ serial: Serial, _ direction: Direction) {
        guard let entry = live[serial] else { return }
        for entrance in entry.levels.uncounted(direction).keys.sorted() {
            removeEntries(of: entry, at: entrance, live[serial]?.levels[entrance].counted().sorted() ?? [])
        }
    }
}
