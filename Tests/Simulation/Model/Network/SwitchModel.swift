import Frames
import OpenFlow
import Timing

/// A switch: flow tables that change at once, and a cache in front of them that follows some time later.
///
/// A PACKET_OUT does not go through the cache; a barrier waits for the tables, not for the cache; an idle entry expires up to 0.6
/// seconds late, never early.
package struct SwitchModel {
    /// What follows from an event.
    package enum Output {
        /// A frame leaves by a port.
        case frame([UInt8], port: UInt32)
        /// The controller is told something.
        indirect case tell(Message)
        /// An entry is to be looked at again.
        case lookAt(entry: Int, Instant)
    }

    private(set) var tables = FlowTables()
    private var cache: FlowCache
    private static let expiryDelay = TimeSpan.milliseconds(600)

    /// A switch with empty tables, whose cache lags so.
    package init(lag: Conditions.CacheLag) {
        cache = FlowCache(lag: lag)
    }

    /// A frame arrives at a port.
    package mutating func receive(
        _ frame: [UInt8], from port: UInt32, at now: Instant, _ random: inout SeededGenerator, _ outputs: inout [Output]
    ) {
        guard let path = cache.path(of: frame, from: port, in: &tables, at: now, &random) else { return }
        forward(frame, from: port, along: path, at: now, &outputs)
    }

    private mutating func forward(
        _ frame: [UInt8], from port: UInt32, along path: FlowTables.Path, at now: Instant, _ outputs: inout [Output]
    ) {
        for entry in path.used { tables.used(entry, at: now) }
        var frame = frame
        for (action, cookie, table) in path.actions {
            switch action {
            case .output(PortNumber.controller, _):
                let packetIn = PacketIn(
                    reason: .action, tableID: table, cookie: cookie, match: Match(inPort: port), totalLength: UInt16(frame.count),
                    data: frame)
                outputs.append(.tell(.packetIn(packetIn)))
            case .output(let output, _): if output != port { outputs.append(.frame(frame, port: output)) }
            default: frame.change(by: action)
            }
        }
    }

    /// A message from the controller.
    package mutating func handle(_ message: Message, at now: Instant, _ random: inout SeededGenerator, _ outputs: inout [Output]) {
        switch message {
        case .flowMod(let flowMod): apply(flowMod, at: now, &random, &outputs)
        case .packetOut(let packetOut): emit(packetOut, at: now, &outputs)
        case .barrierRequest: outputs.append(.tell(.barrierReply))
        case .multipartRequest(let request): answer(request, at: now, &random, &outputs)
        default: break
        }
    }

    /// Lists entries, a few in each message.
    ///
    /// A switch counts what its cache does some time later.
    private func answer(
        _ request: MultipartRequest, at now: Instant, _ random: inout SeededGenerator, _ outputs: inout [Output]
    ) {
        guard case .flow(let selection) = request.body else { return }
        let counted = Instant(nanoseconds: now.nanoseconds - random.span(upTo: Self.countingDelay).nanoseconds)
        var entries = tables.installed.filter { selection.covers($0.flowMod) }.map { FlowStatistics($0, countedUntil: counted) }
        while entries.count > Self.entriesPerMessage {
            outputs.append(.tell(.multipartReply(MultipartReply(.flow(Array(entries.prefix(Self.entriesPerMessage))), more: true))))
            entries.removeFirst(Self.entriesPerMessage)
        }
        outputs.append(.tell(.multipartReply(MultipartReply(.flow(entries)))))
    }

    private static let entriesPerMessage = 10
    private static let countingDelay = TimeSpan.milliseconds(490)

    private mutating func emit(_ packetOut: PacketOut, at now: Instant, _ outputs: inout [Output]) {
        var frame = packetOut.data
        for action in packetOut.actions {
            guard case .output(let port, _) = action else {
                frame.change(by: action)
                continue
            }
            if port != PortNumber.table {
                outputs.append(.frame(frame, port: port))
            } else if let headers = try? PacketHeaders(packetOut.data.span.bytes) {
                let path = tables.path(headers, from: packetOut.inPort, in: tables.version)
                forward(packetOut.data, from: packetOut.inPort, along: path, at: now, &outputs)
            }
        }
    }

    private mutating func apply(_ flowMod: FlowMod, at now: Instant, _ random: inout SeededGenerator, _ outputs: inout [Output]) {
        let (added, removed) = tables.apply(flowMod, at: now)
        for entry in removed { announce(entry, .delete, &outputs) }
        if let added, let expiry = tables.entries[added].expiry {
            outputs.append(.lookAt(entry: added, expiry + random.span(upTo: Self.expiryDelay)))
        }
    }

    /// An entry may have been idle for long enough.
    package mutating func lookAt(_ entry: Int, at now: Instant, _ random: inout SeededGenerator, _ outputs: inout [Output]) {
        guard tables.entries[entry].isInstalled, let expiry = tables.entries[entry].expiry else { return }
        guard expiry <= now else {
            outputs.append(.lookAt(entry: entry, expiry + random.span(upTo: Self.expiryDelay)))
            return
        }
        tables.remove(entry, at: now)
        let isIdle = tables.entries[entry].isIdle(at: now)
        announce(entry, isIdle ? .idleTimeout : .hardTimeout, &outputs)
    }

    private func announce(_ entry: Int, _ reason: FlowRemoved.Reason, _ outputs: inout [Output]) {
        let gone = tables.entries[entry].flowMod
        guard gone.flags.contains(.sendFlowRemoved) else { return }
        let removed = FlowRemoved(
            cookie: gone.cookie, priority: gone.priority, reason: reason, tableID: gone.tableID, idleTimeout: gone.idleTimeout,
            packetCount: UInt64(tables.entries[entry].uses.count), match: gone.match)
        outputs.append(.tell(.flowRemoved(removed)))
    }
}

extension [UInt8] {
    /// Does to a frame what an action says that is no output.
    fileprivate mutating func change(by action: Action) {
        switch action {
        case .pushVLAN(let etherType): insert(contentsOf: [UInt8(etherType >> 8), UInt8(truncatingIfNeeded: etherType), 0, 0], at: 12)
        case .popVLAN: removeSubrange(12..<16)
        case .setField(let field) where self[12..<14] == TestFrame.serviceTag[...]:
            self[14] = self[14] & 0xF0 | field.payload[0] & 0x0F
            self[15] = field.payload[1]
        default: preconditionFailure("the controller uses no such action: \(action)")
        }
    }
}

extension FlowSelection {
    fileprivate func covers(_ flowMod: FlowMod) -> Bool {
        (tableID == TableNumber.all || tableID == flowMod.tableID) && cookie & cookieMask == flowMod.cookie & cookieMask
            && (match == Match() || match == flowMod.match)
    }
}

extension FlowStatistics {
    fileprivate init(_ entry: FlowTables.Entry, countedUntil counted: Instant) {
        let flowMod = entry.flowMod
        self.init(
            tableID: flowMod.tableID, priority: flowMod.priority, idleTimeout: flowMod.idleTimeout, hardTimeout: flowMod.hardTimeout,
            flags: flowMod.flags, cookie: flowMod.cookie, packetCount: UInt64(entry.uses.count { $0 <= counted }), match: flowMod.match,
            instructions: flowMod.instructions)
    }
}
