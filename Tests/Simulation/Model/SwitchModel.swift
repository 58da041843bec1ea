import Frames
import HandoverEngine
import OpenFlow
import Timing

/// A switch: flow tables that change at once, and a cache in front of them that follows, for each flow by itself, some time later.
///
/// Modelled on what was measured of Open vSwitch: per flow the switch-over is in order, between flows it is not; a PACKET_OUT does not
/// go through the cache; an idle entry expires a second or so after its last packet, never early.
final class SwitchModel {
    /// A flow entry.
    struct Entry {
        let flowMod: FlowMod
        var lastUsed: Instant
        let generation: Int
    }

    /// What a cached flow does: where its packets go, and under whose cookie the controller gets them.
    private struct Path {
        var ports: [UInt32] = []
        var controllers: [(cookie: UInt64, table: UInt8)] = []
        var used: [Int] = []
    }

    private struct CacheKey: Hashable {
        let port: UInt32
        let etherType: UInt16
        let flow: FlowKey?
    }

    let datapath: DatapathID
    private unowned let network: Network
    private(set) var entries: [Entry] = []
    private var cache: [CacheKey: Path] = [:]
    private var cached: [CacheKey] = []
    private var generation = 0
    private let lag: TimeSpan

    init(_ datapath: DatapathID, lag: TimeSpan, in network: Network) {
        self.datapath = datapath
        self.lag = lag
        self.network = network
    }

    /// The entries for single flows: none of them may outlive its handover.
    var exactEntries: [Entry] { entries.filter { $0.flowMod.tableID == 1 && $0.flowMod.priority > 0xF000 } }

    // MARK: Data plane

    /// A frame arrives at a port.
    func receive(_ frame: [UInt8], from port: UInt32) {
        guard let headers = try? PacketHeaders(frame.span.bytes) else { return }
        let key = CacheKey(port: port, etherType: headers.etherType, flow: headers.etherType == EtherType.sharp ? nil : headers.flow)
        let path: Path
        if let known = cache[key] {
            path = known
        } else {
            path = lookUp(headers, port)
            cache[key] = path
            cached.append(key)
        }
        for index in entries.indices where path.used.contains(entries[index].generation) { entries[index].lastUsed = network.clock.now }
        for output in path.ports where output != port { network.transmit(frame, from: self, port: output) }
        for copy in path.controllers {
            let packetIn = PacketIn(
                reason: .action, tableID: copy.table, cookie: copy.cookie, match: Match(inPort: port), totalLength: UInt16(frame.count),
                data: frame)
            network.toController(.packetIn(packetIn), from: self)
        }
    }

    private func lookUp(_ headers: PacketHeaders, _ port: UInt32) -> Path {
        var path = Path()
        var table: UInt8? = 0
        var metadata: UInt64 = 0
        while let current = table {
            table = nil
            let candidates = entries.filter { entry in
                let match = entry.flowMod.match
                guard entry.flowMod.tableID == current, match.inPort == nil || match.inPort == port else { return false }
                if let wanted = match.metadata, wanted.value != metadata & wanted.mask { return false }
                guard let flowMatch = try? FlowMatch(match.fields) else { return false }
                return flowMatch.matches(headers)
            }
            guard let best = candidates.max(by: { $0.flowMod.priority < $1.flowMod.priority }) else { break }
            path.used.append(best.generation)
            for instruction in best.flowMod.instructions {
                switch instruction {
                case .gotoTable(let next): table = next
                case .writeMetadata(let written): metadata = metadata & ~written.mask | written.value & written.mask
                case .applyActions(let actions), .writeActions(let actions):
                    for case .output(let output, _) in actions {
                        if output == PortNumber.controller {
                            path.controllers.append((best.flowMod.cookie, current))
                        } else {
                            path.ports.append(output)
                        }
                    }
                default: break
                }
            }
        }
        return path
    }

    // MARK: Control

    /// A message from the controller.
    func handle(_ message: Message) {
        switch message {
        case .flowMod(let flowMod): apply(flowMod)
        case .multipartRequest: network.toController(.multipartReply(MultipartReply(.flow([]))), from: self)
        case .packetOut(let packetOut):
            for case .output(let port, _) in packetOut.actions { network.transmit(packetOut.data, from: self, port: port) }
        default: break
        }
    }

    private func apply(_ flowMod: FlowMod) {
        switch flowMod.command {
        case .add:
            entries.removeAll { $0.flowMod.isSameEntry(as: flowMod) }
            generation += 1
            entries.append(Entry(flowMod: flowMod, lastUsed: network.clock.now, generation: generation))
            if flowMod.idleTimeout > 0 { watch(generation) }
        case .deleteStrict: entries.removeAll { $0.flowMod.isSameEntry(as: flowMod) }
        case .delete:
            entries.removeAll { $0.flowMod.cookie & flowMod.cookieMask == flowMod.cookie & flowMod.cookieMask }
        default: break
        }
        revalidate()
    }

    /// Lets the cache follow the tables, each flow after a time of its own.
    private func revalidate() {
        for key in cached {
            let delay = network.random.span(upTo: network.random.pick([.zero, lag, TimeSpan(nanoseconds: lag.nanoseconds / 10)]))
            network.after(delay) { [unowned self] in
                if cache.removeValue(forKey: key) != nil { cached.removeAll { $0 == key } }
            }
        }
    }

    private func watch(_ generation: Int) {
        guard let entry = entries.first(where: { $0.generation == generation }) else { return }
        let timeout = TimeSpan.seconds(Int64(entry.flowMod.idleTimeout))
        let slack = network.random.span(upTo: .milliseconds(500))
        network.at(entry.lastUsed + timeout + slack) { [unowned self] in
            guard let index = entries.firstIndex(where: { $0.generation == generation }) else { return }
            guard network.clock.now - entries[index].lastUsed >= timeout else { return watch(generation) }
            let gone = entries.remove(at: index).flowMod
            revalidate()
            guard gone.flags.contains(.sendFlowRemoved) else { return }
            let removed = FlowRemoved(
                cookie: gone.cookie, priority: gone.priority, reason: .idleTimeout, tableID: gone.tableID, idleTimeout: gone.idleTimeout,
                match: gone.match)
            network.toController(.flowRemoved(removed), from: self)
        }
    }
}

extension FlowMod {
    fileprivate func isSameEntry(as other: FlowMod) -> Bool {
        tableID == other.tableID && priority == other.priority && match == other.match
    }
}
