import ControlFrames
import Timing

/// The engine's limits and schedules.
public struct Configuration: Sendable {
    /// What the controller may hold. At the first three and `handovers`, flows that are found stay where they are, and a handover is
    /// handed back; only at twice as much, packets are dropped, and counted (design, Section 2.3).
    public struct Limits: Hashable, Sendable {
        /// Packets of all handovers together.
        public var packets = 200_000
        /// Bytes of all handovers together.
        public var bytes = 256 << 20
        /// Packets of one flow handover.
        public var packetsPerHandover = 20_000
        /// Flow handovers open at a time, or over and waiting for the end of detection; identifiers in control frames have 16 bits.
        public var handovers = 30_000
        /// Flow handovers at which no other begins in direct mode: flows wait for their turn, held at their destination. One that only
        /// waits for a silent direction does not count. Half as many keep switches and agents as busy, if the controller is near; more
        /// only wait for each other (docs/evaluation.md).
        public var moving = 64
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
    /// Repeats of the question what an instance can. At its limit an instance counts as silent; a rule waits for answers no longer than that.
    public var hello = Backoff.Schedule(first: .milliseconds(20), longest: .milliseconds(500), limit: .seconds(2))
    /// Whether instances are asked what they can. Where they are not, each is taken to be able to do what a rule asks for, and a rule that
    /// names no mode is carried out in sharp mode.
    public var asksInstances = true
    /// How long a silent flow may be cached in a switch: its `max-idle` and two seconds (design, Section 2.2). A direction that was silent
    /// for longer is closed without a marker, and detection entries stay for as long.
    public var silenceGuard = TimeSpan.seconds(12)
    /// How long a switch may take to follow its tables: before, silence of a flow says nothing.
    public var settling = TimeSpan.milliseconds(500)
    /// How long switches get to remove detection entries, which they do when new flows pause for a second. Then the entries are removed
    /// all the same; the order of a flow that begins in just that moment is not guaranteed.
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
