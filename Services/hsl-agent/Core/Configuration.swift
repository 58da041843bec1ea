import ControlFrames
import Frames
import Timing

/// What a forwarding core is told once, at its start.
public struct Configuration: Sendable {
    /// A network interface, bridged to the function's interface of the same index.
    public struct Pair: Sendable {
        /// The network interface's Ethernet address, by which the controller addresses control frames.
        public var address: MACAddress
        /// The network link's MTU in bytes, without the Ethernet header.
        public var mtu: Int

        /// An interface and its MTU.
        public init(address: MACAddress, mtu: Int = 1_500) {
            self.address = address
            self.mtu = mtu
        }

        /// The longest Ethernet frame of the link in bytes, without the checksum.
        var maximumFrame: Int { mtu + 14 }
    }

    /// The number by which the controller knows the VNF.
    public var vnf: UInt16
    /// The interfaces, by index.
    public var pairs: [Pair]
    /// How much may be held back.
    public var limits: Limits
    /// When to repeat what nobody acknowledges. Its limit is also how long an ended handover is remembered, so that a late
    /// START does not arm again.
    public var retry: Backoff.Schedule
    /// What it says that it can, and does. Without direct mode it refuses ARM, and STARTs of direct mode.
    public var capabilities: Capabilities
    /// The key that control frames are sealed with and have to be sealed with; nil where nobody checks.
    public var key: ControlKey?
    /// The counter of the first frame sealed, above all that this VNF used before (``ControlKey/firstCounter(unixMilliseconds:)``).
    public var firstCounter: UInt64
    /// When the process began, so that answers say what it cannot know of; nil if they are not to.
    public var startedAt: Instant?
    /// The number of the process, so that its answers can be told from another's; nil if they are not to say it.
    public var process: ProcessNumber?

    /// A VNF between its interfaces.
    public init(
        vnf: UInt16, pairs: [Pair], limits: Limits = Limits(), retry: Backoff.Schedule = .controlFrames,
        capabilities: Capabilities = .direct, key: ControlKey? = nil, firstCounter: UInt64 = 0,
        startedAt: Instant? = nil, process: ProcessNumber? = nil
    ) {
        self.vnf = vnf
        self.pairs = pairs
        self.limits = limits
        self.retry = retry
        self.capabilities = capabilities
        self.key = key
        self.firstCounter = firstCounter
        self.startedAt = startedAt
        self.process = process
    }
}

extension Backoff.Schedule {
    /// Repeats of control frames: after 8 ms first, at most every half second, for 30 seconds.
    public static let controlFrames = Backoff.Schedule(first: .milliseconds(8), longest: .milliseconds(500), limit: .seconds(30))
}

/// How much the core may hold back. At nine tenths of an amount the handover asks to be aborted; at the amount frames are dropped.
public struct Limits: Hashable, Sendable {
    /// What one handover may hold.
    public var handover: Amount
    /// What all handovers together may hold; the memory for it is reserved at the start, and used when needed.
    public var total: Amount
    /// How many handovers may be open at a time.
    public var handovers: Int
    /// How many flows an arming, or a group handover, may hold on one interface at a time.
    public var flows: Int
    /// How many flows an arming may remember on one interface because they live here; others are asked about again, and counted.
    public var remembered: Int
    /// How many armings there may be on one interface.
    public var armings: Int

    /// Limits of one handover and of all. What one arming holds on one interface is limited as a handover is.
    public init(
        handover: Amount = Amount(packets: 65_536, bytes: 64 << 20), total: Amount = Amount(packets: 262_144, bytes: 256 << 20),
        handovers: Int = 16_384, flows: Int = 16_384, remembered: Int = 131_072, armings: Int = 256
    ) {
        self.handover = handover
        self.total = total
        self.handovers = handovers
        self.flows = flows
        self.remembered = remembered
        self.armings = armings
    }

    /// Whether nine tenths of the flows are reached.
    func isNear(flows count: Int) -> Bool { count >= flows - flows / 10 }
}

/// A number of packets and their bytes.
public struct Amount: Hashable, Sendable {
    /// How many packets.
    public var packets: Int
    /// Their bytes.
    public var bytes: Int

    /// So many packets and bytes.
    public init(packets: Int, bytes: Int) {
        self.packets = packets
        self.bytes = bytes
    }

    /// Nothing.
    public static let zero = Amount(packets: 0, bytes: 0)

    static func + (left: Amount, right: Amount) -> Amount {
        Amount(packets: left.packets + right.packets, bytes: left.bytes + right.bytes)
    }

    static func - (left: Amount, right: Amount) -> Amount {
        Amount(packets: left.packets - right.packets, bytes: left.bytes - right.bytes)
    }

    func fits(in limit: Amount) -> Bool {
        packets <= limit.packets && bytes <= limit.bytes
    }

    /// Whether nine tenths of `limit` are reached.
    func isNear(_ limit: Amount) -> Bool {
        packets >= limit.packets - limit.packets / 10 || bytes >= limit.bytes - limit.bytes / 10
    }
}
