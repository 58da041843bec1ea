import OpenFlow
import Timing

/// Switches that come, go, and come back with what they had.
extension Engine {
    /// A switch has introduced itself with these ports. It is used once its tables are known: entries that it kept, and that are still
    /// right, stay as they are, so that no packet notices.
    public mutating func connected(_ datapath: DatapathID, ports: [PortDescription], at now: Instant) {
        guard topology.switch(datapath) != nil else {
            counters.unknownSwitches += 1
            unregistered[datapath] = Self.numbers(ports)
            return
        }
        noteReturn(of: datapath)
        guard uncounted.remove(datapath) != nil else { return readTables(of: datapath, ports: Self.numbers(ports)) }
        // It counts what its cache did while no controller was there before anything is changed: afterwards it would count that for the
        // new entries.
        returning[datapath] = Returning(ports: Self.numbers(ports))
        let pause = newSerial()
        readings[pause] = datapath
        deadlines.schedule(pause, at: now + configuration.settling)
    }

    /// A switch has had the time to count.
    mutating func advance(reading serial: Serial) {
        guard let datapath = readings.removeValue(forKey: serial), let ports = returning[datapath]?.ports else { return }
        readTables(of: datapath, ports: ports)
    }

    /// A switch's ports have changed.
    public mutating func portsChanged(_ datapath: DatapathID, ports: [PortDescription], at now: Instant) {
        let ports = Self.numbers(ports)
        guard topology.switch(datapath) != nil else { return unregistered[datapath] = ports }
        if returning[datapath] != nil {
            returning[datapath]?.ports = ports
            return
        }
        guard let known = topology.switch(datapath)?.ports, known != ports else { return }
        topology.connected(datapath, ports: ports)
        install(on: datapath)
        askInstances(at: datapath, at: now)
    }

    /// The connection to a switch has ended.
    public mutating func disconnected(_ datapath: DatapathID, at now: Instant) {
        unregistered[datapath] = nil
        returning[datapath] = nil
        censuses[datapath] = nil
        topology.disconnected(datapath)
        absences[datapath] = now
        publishSwitch(datapath)
    }

    mutating func readTables(of datapath: DatapathID, ports: [String: UInt32]) {
        returning[datapath] = Returning(ports: ports)
        let selection = FlowSelection(cookie: Cookie.tag, cookieMask: Cookie.tagMask)
        send(.multipartRequest(MultipartRequest(.flow(selection))), to: datapath)
    }

    /// A part of what a switch has in its tables.
    mutating func handle(_ reply: MultipartReply, from datapath: DatapathID, at now: Instant) {
        guard case .flow(let entries) = reply.body else { return }
        guard returning[datapath] != nil else { return counted(entries, isLast: !reply.more, on: datapath, at: now) }
        returning[datapath]?.found += entries.filter { Cookie(rawValue: $0.cookie) != nil }
        guard returning[datapath]?.found.count ?? 0 <= configuration.limits.entriesRead else {
            return tablesUnreadable(of: datapath, at: now)
        }
        if !reply.more { reconcile(datapath, at: now) }
    }

    /// A switch that will not say what it has gets everything anew.
    mutating func tablesUnreadable(of datapath: DatapathID, at now: Instant) {
        guard returning[datapath] != nil else { return uncountable(datapath, at: now) }
        returning[datapath]?.found = []
        send(.flowMod(FlowEntries.clear), to: datapath)
        reconcile(datapath, at: now)
    }

    private mutating func reconcile(_ datapath: DatapathID, at now: Instant) {
        guard let returned = returning.removeValue(forKey: datapath) else { return }
        topology.connected(datapath, ports: returned.ports)
        absences[datapath] = nil
        guard let there = topology.switch(datapath) else { return }
        adoptHosts(returned.found, on: there)
        noteUncounted(returned.found, on: there, at: now)
        keepIntercepts(on: there)
        let found = Dictionary(returned.found.map { (EntryKey($0), $0) }, uniquingKeysWith: { first, _ in first })
        noteExpired(on: there, found, at: now)
        let wanted = entries(of: there)
        let keys = Set(wanted.map { EntryKey($0) })
        for flowMod in wanted where !(found[EntryKey(flowMod)]?.isWhat(flowMod) ?? false) {
            var flowMod = flowMod
            // It may have been sent while the tables were read, and has counted since.
            if found[EntryKey(flowMod)] == nil { flowMod.flags.remove(.resetCounts) }
            send(.flowMod(flowMod), to: datapath)
        }
        // Not before what they lie over is right: a flow's packets would fall to what it had before.
        for entry in returned.found where !keys.contains(EntryKey(entry)) && !isUncounted(entry, on: there) {
            counters.staleEntries += 1
            send(.flowMod(FlowEntries.remove(entry)), to: datapath)
        }
        for serial in live.keys.sorted() where live[serial]?.group.switchIDs.contains(there.id) ?? false {
            update(serial, at: now) { handover, actions in
                handover.reconnected(at: now)
                handover.remind(&actions)
                handover.advance(to: now, isPatient: true, actions: &actions)
            }
        }
        publishSwitch(datapath)
        askInstances(at: datapath, at: now)
    }

    /// Entries that have a timeout and are gone have expired while nobody could be told.
    private mutating func noteExpired(on there: Switch, _ found: [EntryKey: FlowStatistics], at now: Instant) {
        guard !found.isEmpty else { return }
        for flowMod in entries(of: there) where flowMod.idleTimeout > 0 && found[EntryKey(flowMod)] == nil {
            guard let cookie = Cookie(rawValue: flowMod.cookie) else { continue }
            switch cookie.kind {
            case .closing: detectionExpired(cookie.serial, at: Entrance(cookie, there.datapath), at: now)
            case .kept: keptFlowExpired(cookie.serial, at: Entrance(cookie, there.datapath), at: now)
            default: break
            }
        }
    }

    private static func numbers(_ ports: [PortDescription]) -> [String: UInt32] {
        Dictionary(ports.map { ($0.name, $0.number) }, uniquingKeysWith: { first, _ in first })
    }

    mutating func publishSwitch(_ datapath: DatapathID) {
        if let changed = topology.switch(datapath) { publish(.switch(changed)) }
    }
}

/// A switch whose tables are being read.
struct Returning: Sendable {
    var ports: [String: UInt32]
    var found: [FlowStatistics] = []
}

/// What makes two entries of a switch the same one (OpenFlow 1.3.5, Section 6.4).
private struct EntryKey: Hashable {
    let table: UInt8
    let priority: UInt16
    let match: Match

    init(_ entry: FlowStatistics) {
        (table, priority, match) = (entry.tableID, entry.priority, entry.match)
    }

    init(_ flowMod: FlowMod) {
        (table, priority, match) = (flowMod.tableID, flowMod.priority, flowMod.match)
    }
}

extension FlowStatistics {
    fileprivate func isWhat(_ flowMod: FlowMod) -> Bool {
        cookie == flowMod.cookie && idleTimeout == flowMod.idleTimeout && instructions == flowMod.instructions
    }
}
