import Timing

/// How far a flow handover is, or how many packets a relocation has got: what another process must know to go on, and to say what was
/// lost with this one. Of fixed size, so that it can be written over and over in place.
public struct Checkpoint: Hashable, Sendable {
    /// What a handover is doing; a relocation is only counted.
    public enum Phase: UInt8, Hashable, Sendable {
        case relocation, moving, stopping, recalling, closing, ended
    }

    /// What is so of a handover as a whole.
    public struct Flags: OptionSet, Hashable, Sendable {
        /// The bits.
        public let rawValue: UInt8
        /// The flags of these bits.
        public init(rawValue: UInt8) { self.rawValue = rawValue }

        /// The flow goes back to its source.
        public static let isBack = Flags(rawValue: 1)
        /// The destination was told to go on without the state.
        public static let isStateLost = Flags(rawValue: 2)
        /// The flow was to go on and could not.
        public static let isLeft = Flags(rawValue: 4)
        /// The destination has the state and has released everything that spoke.
        public static let isTransferred = Flags(rawValue: 8)
        /// Packets may be lost that nobody could count.
        public static let isIncomplete = Flags(rawValue: 16)
    }

    /// How far a direction is.
    public enum Progress: UInt8, Hashable, Sendable {
        case intercepted, redirected, marked, confirming, confirmed, released
    }

    /// Whether the receiver was asked to hold the flow.
    public enum Arming: UInt8, Hashable, Sendable {
        case untouched, waitsForPacket, waitsForFence, starting
    }

    /// What is so of a direction.
    public struct WayFlags: OptionSet, Hashable, Sendable {
        /// The bits.
        public let rawValue: UInt16
        /// The flags of these bits.
        public init(rawValue: UInt16) { self.rawValue = rawValue }

        /// It has an entry of its own to the controller.
        public static let hasIntercept = WayFlags(rawValue: 1)
        /// The source has got its last packet.
        public static let isFenced = WayFlags(rawValue: 2)
        /// The destination was asked to return what reached it.
        public static let hasReturnFence = WayFlags(rawValue: 4)
        /// It has.
        public static let isReturnFenced = WayFlags(rawValue: 8)
        /// A packet came.
        public static let hasSpokenForth = WayFlags(rawValue: 16)
        /// A packet came under an entry that leads back.
        public static let hasSpokenBack = WayFlags(rawValue: 32)
        /// Packets of it may have been lost under a detection entry, and nobody has said how many.
        public static let isUncounted = WayFlags(rawValue: 64)
        /// The same under its own entry to the controller.
        public static let isOwnUncounted = WayFlags(rawValue: 128)
        /// Its packets go from the switch to the receiver, by the rule's entry.
        public static let isDirect = WayFlags(rawValue: 256)
        /// The source was given up before it had said that the receiver has everything.
        public static let isFenceAbandoned = WayFlags(rawValue: 512)
    }

    /// A direction of a handover.
    public struct Way: Hashable, Sendable {
        /// How far it is.
        public var progress: Progress
        /// Whether the receiver was asked to hold the flow.
        public var arming: Arming
        /// What else is so.
        public var flags: WayFlags
        /// TRANSPORT frames that were sent.
        public var sent: UInt32
        /// Packets that wait in the controller: lost with it.
        public var waiting: UInt32
        /// Packets that came under the direction's own entries to the controller.
        public var interceptedForth: UInt32
        /// The same under those that lead back.
        public var interceptedBack: UInt32

        /// A direction of all its parts.
        public init(
            progress: Progress, arming: Arming, flags: WayFlags, sent: UInt32, waiting: UInt32, interceptedForth: UInt32,
            interceptedBack: UInt32
        ) {
            (self.progress, self.arming, self.flags) = (progress, arming, flags)
            (self.sent, self.waiting) = (sent, waiting)
            (self.interceptedForth, self.interceptedBack) = (interceptedForth, interceptedBack)
        }
    }

    /// The handover or the relocation.
    public var serial: Serial
    /// What it is doing.
    public var phase: Phase
    /// What is so of it.
    public var flags: Flags = []
    /// Packets of a handover that are known to be lost.
    public var lost: UInt32 = 0
    /// Its directions, those that it has.
    public var forward: Way?
    /// Its directions, those that it has.
    public var reverse: Way?
    /// Of a relocation: the packets that came under its entries.
    public var handled: (forward: UInt64, reverse: UInt64) = (0, 0)

    /// Where a relocation is.
    public init(relocation serial: Serial, handled: (forward: UInt64, reverse: UInt64)) {
        (self.serial, phase, self.handled) = (serial, .relocation, handled)
    }

    /// Where a handover is.
    public init(handover serial: Serial, phase: Phase, flags: Flags, lost: UInt32, forward: Way?, reverse: Way?) {
        (self.serial, self.phase, self.flags, self.lost) = (serial, phase, flags, lost)
        (self.forward, self.reverse) = (forward, reverse)
    }

    /// Whether two say the same.
    public static func == (left: Checkpoint, right: Checkpoint) -> Bool {
        left.serial == right.serial && left.phase == right.phase && left.flags == right.flags && left.lost == right.lost
            && left.forward == right.forward && left.reverse == right.reverse && left.handled == right.handled
    }

    /// Hashes what tells checkpoints of different things apart.
    public func hash(into hasher: inout Hasher) { hasher.combine(serial) }
}

extension Checkpoint {
    /// A checkpoint as it is kept in memory that outlives the process: seven words.
    public typealias Words = InlineArray<7, UInt64>

    /// A direction takes three bytes of the second word.
    private static let wayMask: UInt64 = 0xFF_FFFF

    /// The checkpoint in words.
    public var words: Words {
        var words = Words(repeating: 0)
        words[0] = serial.value
        words[1] = UInt64(phase.rawValue) | UInt64(flags.rawValue) << 8
        guard phase != .relocation else {
            (words[2], words[4]) = handled
            return words
        }
        words[6] = UInt64(lost)
        for (way, shift, first) in [(forward, UInt64(16), 2), (reverse, 40, 4)] {
            guard let way else { continue }
            let state = 1 | UInt64(way.progress.rawValue) << 1 | UInt64(way.arming.rawValue) << 4 | UInt64(way.flags.rawValue) << 8
            words[1] |= state << shift
            words[first] = UInt64(way.sent) << 32 | UInt64(way.waiting)
            words[first + 1] = UInt64(way.interceptedForth) << 32 | UInt64(way.interceptedBack)
        }
        return words
    }

    /// Reads words that an earlier process has left; nil when they say nothing.
    public init?(_ words: Words) {
        guard let phase = Phase(rawValue: UInt8(truncatingIfNeeded: words[1])), words[0] != 0 else { return nil }
        let serial = Serial(words[0])
        guard phase != .relocation else {
            self.init(relocation: serial, handled: (words[2], words[4]))
            return
        }
        self.init(
            handover: serial, phase: phase, flags: Flags(rawValue: UInt8(truncatingIfNeeded: words[1] >> 8)),
            lost: UInt32(truncatingIfNeeded: words[6]),
            forward: Way(UInt32(truncatingIfNeeded: words[1] >> 16 & Self.wayMask), words[2], words[3]),
            reverse: Way(UInt32(truncatingIfNeeded: words[1] >> 40 & Self.wayMask), words[4], words[5]))
    }
}

extension Checkpoint.Way {
    fileprivate init?(_ state: UInt32, _ frames: UInt64, _ packets: UInt64) {
        guard state & 1 == 1, let progress = Checkpoint.Progress(rawValue: UInt8(state >> 1 & 7)),
            let arming = Checkpoint.Arming(rawValue: UInt8(state >> 4 & 3))
        else { return nil }
        self.init(
            progress: progress, arming: arming, flags: Checkpoint.WayFlags(rawValue: UInt16(state >> 8 & 0xFFFF)),
            sent: UInt32(frames >> 32), waiting: UInt32(truncatingIfNeeded: frames), interceptedForth: UInt32(packets >> 32),
            interceptedBack: UInt32(truncatingIfNeeded: packets))
    }
}
