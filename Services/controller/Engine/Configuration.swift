import ControlFrames
import Timing

/// The engine's limits and schedules.
public struct Configuration: Sendable {
    /// What the controller may hold of the flows' packets.
    public struct Limits: Hashable, Sendable {
        /// Packets of all handovers together.
        public var packets = 200_000
        /// Bytes of all handovers together.
        public var bytes = 256 << 20
        /// Packets of one flow handover.
        public var packetsPerHandover = 20_000
        /// Flow handovers open at a time; identifiers in control frames have 16 bits.
        public var handovers = 30_000
        /// Rules, settled ones included.
        public var rules = 30_000
        /// Entries of its own that the controller reads from a switch that comes back.
        public var entriesRead = 500_000
        /// Hosts learned on each side of a group.
        public var hosts = 4_096
        /// Records of handovers that ended, kept for those who ask.
        public var records = 20_000

        /// The default limits.
        public init() {}
    }

    /// The limits on what is held.
    public var limits = Limits()
    /// Repeats of a control frame that nobody has acknowledged.
    public var retry = Backoff.Schedule(first: .milliseconds(20), longest: .milliseconds(500), limit: .seconds(5))
    /// How long a direction must have been silent before it is closed without a marker: the switch's `max-idle` and two seconds
    /// (design, Section 2.2).
    public var silenceGuard = TimeSpan.seconds(12)
    /// How long a switch may take to follow its tables: before, silence of a flow says nothing.
    public var settling = TimeSpan.milliseconds(500)
    /// How long new flows are taken to where they are to be through the controller when detection is over and they do not pause for a
    /// second; the order of a flow that begins in just that moment is not guaranteed.
    public var closingLimit = TimeSpan.seconds(10)
    /// How long handovers wait for a switch that is away.
    public var absenceLimit = TimeSpan.seconds(30)
    /// How long what belongs to something that is over finds out so.
    public var memory = TimeSpan.seconds(60)
    /// How long the destination may take from the request for the state until everything is released.
    public var stateLimit = TimeSpan.seconds(120)
    /// The largest Ethernet frame that the links carry, in bytes without the check sequence.
    public var maximumFrame = 1514
    /// The first serial: another one at each start of the controller, so that cookies of an earlier life are never reused.
    public var firstSerial: UInt64 = 1

    /// The key by which control frames are known; without one, the switches' ports are all that is trusted.
    public var key: ControlKey?
    /// What the first sealed frame is numbered: above all that an earlier life of the controller used.
    public var firstCounter: UInt64 = 0

    /// Whether the engine says what has to be written down so that another process can go on.
    public var keepsJournal = false

    /// The default configuration.
    public init() {}
}
