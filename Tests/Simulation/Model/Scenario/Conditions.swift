import HSLCore
import HandoverEngine
import Timing

/// How fast and how faithful links, switches and functions are.
public struct Conditions: Sendable, Hashable {
    /// How far a switch's cache lags behind its tables.
    public struct CacheLag: Sendable, Hashable {
        /// What most flows take at most to notice a change.
        public var usual = TimeSpan.milliseconds(1)
        /// What the flows of the tail take at most.
        public var longest = TimeSpan.milliseconds(1)
        /// How many flows are in the tail.
        public var tail = 0.0
        /// How long a flow that does not speak is cached at most.
        public var life = TimeSpan.milliseconds(500)

        /// A lag of a millisecond.
        public init() {}
    }

    /// How far the switches' caches lag behind their tables.
    public var lag = CacheLag()
    /// The probability that a control frame is lost on a link.
    public var controlLoss = 0.0
    /// The probability that a control frame comes out of a link twice.
    public var controlDoubling = 0.0
    /// What a link takes at most, as a rule; one message in four takes up to twenty times as long.
    public var link = TimeSpan.microseconds(20)
    /// What a connection between switch and controller takes at most, as a rule.
    public var connection = TimeSpan.microseconds(200)
    /// What a function takes at most for a packet.
    public var processing = TimeSpan.microseconds(5)
    /// What fetching a state takes at most.
    public var stateTransfer = TimeSpan.milliseconds(1)
    /// The largest frame of the links, in bytes: longer ones are wrapped in parts.
    public var maximumFrame = 1514
    /// What controller and agents may hold.
    public var limits = Limits()

    /// What controller and agents may hold.
    public struct Limits: Sendable, Hashable {
        /// The controller.
        public var controller = HandoverEngine.Configuration.Limits()
        /// Each agent.
        public var agent = HSLCore.Limits(
            handover: Amount(packets: 20_000, bytes: 24 << 20), total: Amount(packets: 20_000, bytes: 24 << 20), handovers: 1_024)
    }
}

extension Conditions: CustomStringConvertible {
    /// The conditions for people.
    public var description: String {
        var parts = ["cache lag \(lag.usual.short)"]
        if lag.tail > 0 { parts.append("of one flow in \(Int(1 / lag.tail)) \(lag.longest.short)") }
        if controlLoss > 0 { parts.append("control frames lost \(Int(controlLoss * 100)) %") }
        if controlDoubling > 0 { parts.append("doubled \(Int(controlDoubling * 100)) %") }
        parts.append("silent flows cached \(lag.life.short)")
        parts.append("links \(link.short), connections \(connection.short), processing \(processing.short), state \(stateTransfer.short)")
        if limits != Limits() {
            let (one, all, room) = (limits.controller, limits.agent.total.packets, limits.agent.handover.packets)
            parts.append(
                "controller holds \(one.packetsPerHandover) of \(one.packets) packets, \(one.handovers) handovers, \(one.rules) rules")
            parts.append("agents \(room) of \(all) packets, \(limits.agent.handovers) handovers")
        }
        return parts.joined(separator: ", ")
    }
}
