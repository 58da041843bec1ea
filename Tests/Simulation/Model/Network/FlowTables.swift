import Frames
import OpenFlow
import Timing

/// A switch's flow tables, and what they were a while ago: caches may still act upon that.
struct FlowTables {
    /// A flow entry.
    struct Entry {
        let flowMod: FlowMod
        let match: FlowMatch
        /// The versions of the tables that have it.
        let added: Int
        fileprivate(set) var removed = Int.max
        let addedAt: Instant
        var lastUsed: Instant
        /// When packets took it, of an entry to the controller; those of the entry that it replaced too, unless it was to count anew.
        fileprivate(set) var uses: [Instant] = []
        /// The entry that took its place, and whether that goes on counting.
        fileprivate var successor: (entry: Int, counts: Bool)?

        /// Whether the controller gets the packets that take it.
        fileprivate let isCopied: Bool
        fileprivate let actions: [Action]
        fileprivate let metadata: MaskedMetadata?
        fileprivate let next: UInt8?

        var isInstalled: Bool { removed == .max }

        /// The ports that it sends to, the controller left out.
        var outputs: [UInt32] {
            actions.compactMap { action in
                if case .output(let port, _) = action, port != PortNumber.controller { port } else { nil }
            }
        }

        /// When it expires, unless it is used; nil if never.
        var expiry: Instant? {
            let hard = flowMod.hardTimeout > 0 ? addedAt + .seconds(Int64(flowMod.hardTimeout)) : nil
            return [idleExpiry, hard].compactMap(\.self).min()
        }

        /// Whether nobody has used it for as long as it says.
        func isIdle(at now: Instant) -> Bool { idleExpiry.map { $0 <= now } ?? false }

        private var idleExpiry: Instant? {
            flowMod.idleTimeout > 0 ? lastUsed + .seconds(Int64(flowMod.idleTimeout)) : nil
        }
    }

    /// What the tables do with a flow: the actions on its packets, and under whose cookie the controller gets them.
    struct Path {
        var actions: [(action: Action, cookie: UInt64, table: UInt8)] = []
        /// The entries that it follows.
        var used: [Int] = []
    }

    /// Every entry that there ever was.
    private(set) var entries: [Entry] = []
    /// How often the tables have changed.
    private(set) var version = 0
    /// When each version began.
    private var begins: [Instant] = [.zero]
    /// A version that nobody looks behind any more.
    private(set) var oldest = 0
    /// By table, the entries that some version from `oldest` on has, the most important first.
    private var order: [[Int]] = Array(repeating: [], count: 4)

    /// How many there are now.
    private(set) var count = 0

    /// The entries that are there now.
    var installed: some Sequence<Entry> { entries.lazy.filter(\.isInstalled) }

    /// When a version began.
    func begin(of version: Int) -> Instant { begins[version] }

    /// The version at an instant, not before `earliest`.
    func version(at instant: Instant, from earliest: Int) -> Int {
        var found = earliest
        while found < version, begins[found + 1] <= instant { found += 1 }
        return found
    }

    /// Forgets what the tables were before an instant.
    mutating func forget(before instant: Instant) {
        oldest = version(at: instant, from: oldest)
    }

    /// Carries out a FLOW_MOD; gives the entry that is new, and those that went.
    mutating func apply(_ flowMod: FlowMod, at now: Instant) -> (added: Int?, removed: [Int]) {
        switch flowMod.command {
        case .add:
            let replaced = remove(at: now) { $0.flowMod.isSameEntry(as: flowMod) }
            let added = add(flowMod, at: now)
            guard let added, let replaced = replaced.first else { return (added, []) }
            let counts = !flowMod.flags.contains(.resetCounts)
            entries[replaced].successor = (added, counts)
            if counts { entries[added].uses = entries[replaced].uses }
            return (added, [])
        case .deleteStrict: return (nil, remove(at: now) { $0.flowMod.isSameEntry(as: flowMod) && flowMod.covers($0.flowMod.cookie) })
        case .delete: return (nil, remove(at: now) { flowMod.deletes($0.flowMod) })
        case .modify, .modifyStrict: return (nil, [])
        }
    }

    /// Removes one entry.
    mutating func remove(_ index: Int, at now: Instant) {
        begin(at: now)
        entries[index].removed = version
        count -= 1
    }

    mutating func used(_ index: Int, at now: Instant) {
        entries[index].lastUsed = now
        // As Open vSwitch does: what a cached flow does under an entry that was replaced counts for the one in its place.
        var counted = index
        while let successor = entries[counted].successor {
            guard successor.counts else { return }
            counted = successor.entry
        }
        if entries[counted].isCopied { entries[counted].uses.append(now) }
    }

    /// What a version of the tables does with a packet. Of one that an entry has taken the tag off, later tables look at no more than
    /// the Ethernet addresses.
    func path(_ headers: PacketHeaders, from port: UInt32, in version: Int) -> Path {
        var path = Path()
        var metadata: UInt64 = 0
        var table: UInt8? = 0
        while let current = table, Int(current) < order.count {
            table = nil
            for index in order[Int(current)] where entries[index].matches(headers, port, metadata, version) {
                path.used.append(index)
                let cookie = entries[index].flowMod.cookie
                path.actions += entries[index].actions.map { ($0, cookie, current) }
                if let written = entries[index].metadata { metadata = metadata & ~written.mask | written.value & written.mask }
                table = entries[index].next
                break
            }
        }
        return path
    }

    private mutating func begin(at now: Instant) {
        version += 1
        begins.append(now)
    }

    private mutating func add(_ flowMod: FlowMod, at now: Instant) -> Int? {
        guard let entry = Entry(flowMod, version: version + 1, at: now), Int(flowMod.tableID) < order.count else { return nil }
        begin(at: now)
        let table = Int(flowMod.tableID)
        let index = entries.count
        entries.append(entry)
        order[table].removeAll { entries[$0].removed <= oldest }
        let place = order[table].firstIndex { entries[$0].flowMod.priority < flowMod.priority } ?? order[table].endIndex
        order[table].insert(index, at: place)
        count += 1
        return index
    }

    private mutating func remove(at now: Instant, where isMeant: (Entry) -> Bool) -> [Int] {
        let found = order.joined().filter { entries[$0].isInstalled && isMeant(entries[$0]) }
        guard !found.isEmpty else { return [] }
        begin(at: now)
        for index in found { entries[index].removed = version }
        count -= found.count
        return found
    }
}

extension FlowTables.Entry {
    fileprivate init?(_ flowMod: FlowMod, version: Int, at now: Instant) {
        guard let match = try? FlowMatch(flowMod.match.fields) else { return nil }
        var all: [Action] = []
        var metadata: MaskedMetadata?
        var next: UInt8?
        for instruction in flowMod.instructions {
            switch instruction {
            case .gotoTable(let table): next = table
            case .writeMetadata(let written): metadata = written
            case .applyActions(let actions), .writeActions(let actions): all += actions
            case .clearActions, .meter, .other: break
            }
        }
        self.init(
            flowMod: flowMod, match: match, added: version, addedAt: now, lastUsed: now, isCopied: all.contains { $0.goesToController },
            actions: all, metadata: metadata, next: next)
    }

    fileprivate func matches(_ headers: PacketHeaders, _ port: UInt32, _ metadata: UInt64, _ version: Int) -> Bool {
        guard added <= version, version < removed, flowMod.match.inPort == nil || flowMod.match.inPort == port else { return false }
        if let wanted = flowMod.match.metadata, wanted.value != metadata & wanted.mask { return false }
        return match.matches(headers)
    }
}

extension Action {
    fileprivate var goesToController: Bool {
        if case .output(PortNumber.controller, _) = self { true } else { false }
    }
}

extension FlowMod {
    fileprivate func isSameEntry(as other: FlowMod) -> Bool {
        priority == other.priority && tableID == other.tableID && match == other.match
    }

    fileprivate func covers(_ cookie: UInt64) -> Bool { cookie & cookieMask == self.cookie & cookieMask }

    /// Whether a non-strict deletion means an entry: by its cookie and table, and by its match when one is given.
    fileprivate func deletes(_ other: FlowMod) -> Bool {
        covers(other.cookie) && (tableID == TableNumber.all || tableID == other.tableID) && (match == Match() || match == other.match)
    }
}
