import Frames
import Timing

/// What a switch has in front of its tables: for each flow a path that was right once, and is followed until the flow notices, at a
/// time of its own, that the tables have changed.
///
/// Modelled on what was measured of Open vSwitch, and worse. Per flow the switch-over is in order, and versions may be skipped;
/// between flows nothing is promised. When a flow notices a change is drawn only when a packet of it comes. A flow that was silent for
/// long is not cached any more.
struct FlowCache {
    private struct CachedFlow {
        var version: Int
        var path: FlowTables.Path
        /// When it notices the first change that it has not noticed; nil before that was drawn.
        var notices: Instant?
        var lastHeard: Instant
    }

    private let lag: Conditions.CacheLag
    private var flows: [CachedFlow] = []
    private var places: [UInt64: Int] = [:]

    init(lag: Conditions.CacheLag) {
        self.lag = lag
    }

    /// What happens to a packet now; nil when its headers cannot be read.
    mutating func path(
        of frame: [UInt8], from port: UInt32, in tables: inout FlowTables, at now: Instant, _ random: inout SeededGenerator
    ) -> FlowTables.Path? {
        tables.forget(before: Instant(nanoseconds: now.nanoseconds - max(lag.longest, lag.usual).nanoseconds))
        let key = Self.key(of: frame, port)
        guard let place = places[key] else {
            guard let headers = try? PacketHeaders(frame.span.bytes) else { return nil }
            places[key] = flows.count
            let path = tables.path(headers, from: port, in: tables.version)
            flows.append(CachedFlow(version: tables.version, path: path, lastHeard: now))
            return path
        }
        defer { flows[place].lastHeard = now }
        if flows[place].version != tables.version { follow(place, frame, port, tables, at: now, &random) }
        return flows[place].path
    }

    /// Brings a flow up to what it has noticed by now.
    private mutating func follow(
        _ place: Int, _ frame: [UInt8], _ port: UInt32, _ tables: FlowTables, at now: Instant, _ random: inout SeededGenerator
    ) {
        var version = flows[place].version
        if now - flows[place].lastHeard >= lag.life {
            version = tables.version
            flows[place].notices = nil
        }
        if version < tables.oldest {
            version = tables.oldest
            flows[place].notices = nil
        }
        while version < tables.version {
            let notices = flows[place].notices ?? tables.begin(of: version + 1) + draw(&random)
            flows[place].notices = notices
            guard notices <= now else { break }
            flows[place].notices = nil
            version = random.chance(0.5) ? tables.version : tables.version(at: notices, from: version + 1)
        }
        guard version != flows[place].version, let headers = try? PacketHeaders(frame.span.bytes) else { return }
        flows[place].version = version
        flows[place].path = tables.path(headers, from: port, in: version)
    }

    private func draw(_ random: inout SeededGenerator) -> TimeSpan {
        if lag.tail > 0, random.chance(lag.tail) { return random.span(upTo: lag.longest) }
        switch random.number(in: 0...2) {
        case 0: return .zero
        case 1: return random.span(upTo: lag.usual)
        default: return random.span(upTo: TimeSpan(nanoseconds: lag.usual.nanoseconds / 10))
        }
    }

    /// Tells flows apart by what tables can match on: port, Ethernet, a tag and, of UDP over IPv4, addresses and ports.
    private static func key(of frame: [UInt8], _ port: UInt32) -> UInt64 {
        frame.withUnsafeBytes { bytes in
            var key = UInt64(port)
            func mix(_ word: UInt64) {
                key = (key ^ word) &* 0x9E37_79B9_7F4A_7C15
                key ^= key >> 29
            }
            guard bytes.count >= 14 else { return key }
            mix(bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self))
            mix(bytes.loadUnaligned(fromByteOffset: 6, as: UInt64.self))
            var type = 12
            if bytes.count >= 18, bytes[12] == TestFrame.serviceTag[0], bytes[13] == TestFrame.serviceTag[1] {
                mix(UInt64(bytes.loadUnaligned(fromByteOffset: 14, as: UInt32.self)))
                type = 16
            }
            guard bytes.count >= type + 26, bytes[type] == 0x08, bytes[type + 1] == 0x00 else { return key }
            mix(bytes.loadUnaligned(fromByteOffset: type + 14, as: UInt64.self))
            mix(UInt64(bytes.loadUnaligned(fromByteOffset: type + 22, as: UInt32.self)) << 8 | UInt64(bytes[type + 11]))
            return key
        }
    }
}
