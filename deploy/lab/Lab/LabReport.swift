import TrafficKit

/// What a run of the lab found; `report.json` is this as JSON.
public struct LabReport: Hashable, Sendable, Codable {
    /// What the run is worth.
    public enum Verdict: String, Hashable, Sendable, Codable {
        /// Everything that was promised held.
        case passed
        /// Something was lost, reordered, doubled, or did not complete.
        case failed
        /// The environment dropped packets, so the run says nothing.
        case void
    }

    /// Counts of one direction, or of both.
    public struct Counts: Hashable, Sendable, Codable {
        /// Packets sent.
        public var sent = 0
        /// Different packets received.
        public var received = 0
        /// Packets sent and never received.
        public var lost = 0
        /// Packets received behind one that was sent later.
        public var reordered = 0
        /// Packets received more than once.
        public var duplicated = 0
    }

    /// How a set of times is spread, in milliseconds.
    public struct Spread: Hashable, Sendable, Codable {
        /// Half of them are no longer.
        public var p50: Double
        /// 90 of 100 are no longer.
        public var p90: Double
        /// 99 of 100 are no longer.
        public var p99: Double
        /// None is longer.
        public var max: Double

        /// A spread that is known.
        package init(p50: Double, p90: Double, p99: Double, max: Double) {
            (self.p50, self.p90, self.p99, self.max) = (p50, p90, p99, max)
        }
    }

    /// Times in which a processor did nothing for this machine, while there was traffic: only a machine without them is quiet.
    public struct Machine: Hashable, Sendable, Codable {
        /// How often one stood still for more than two milliseconds.
        public var standstills: Int
        /// For how many milliseconds at the longest.
        public var longestMs: Double
        /// For how many in all.
        public var totalMs: Double

        /// What so many standstills amount to.
        package init(_ standstills: [Standstill]) {
            let times = standstills.map { Double(($0.ended - $0.began) / 1000) / 1000 }
            self.standstills = times.count
            longestMs = times.max() ?? 0
            totalMs = times.reduce(0, +)
        }
    }

    /// What was buffered over all handovers.
    public struct Buffered: Hashable, Sendable, Codable {
        /// Packets.
        public var packets = 0
        /// Bytes of them.
        public var bytes = 0
        /// The most packets that one handover held at a time.
        public var peakPackets = 0
    }

    /// How many times fall between the bin before and this one.
    public struct Bin: Hashable, Sendable, Codable {
        /// The longest time in it, in milliseconds; nil in the last, which takes all longer ones.
        public var upToMs: Double?
        /// How many.
        public var count: Int
    }

    /// A stream beside the measured one.
    public struct Beside: Hashable, Sendable, Codable {
        /// What it is called.
        public var name: String
        /// Its flows.
        public var flows: Int
        /// Whether nothing of it may be lost, reordered or doubled.
        public var mustArrive: Bool
        /// Host 1 to host 2.
        public var forward: Counts
        /// Host 2 to host 1.
        public var reverse: Counts
    }

    /// A TCP connection.
    public struct ConnectionBytes: Hashable, Sendable, Codable {
        /// What it is called.
        public var name: String
        /// Bytes sent.
        public var sent: UInt64
        /// Bytes received.
        public var received: UInt64
        /// Received bytes that are not those that were sent.
        public var mismatches: Int
        /// Segments that the sender's kernel sent again.
        public var retransmissions: Int
    }

    /// Requests that arrived by themselves.
    public struct Requests: Hashable, Sendable, Codable {
        /// How many.
        public var count: Int
        /// How many a second there should have been, on average.
        public var ratePerSecond: Double
        /// How many a second there were.
        public var achievedPerSecond: Double
        /// By how many milliseconds the latest one was behind its time: above a few, the lab itself could not keep up.
        public var latestMs: Double
        /// How long their answers took.
        public var answerMs: Spread?
    }

    /// The switches' tables and what the services hold, at one moment.
    public struct Snapshot: Hashable, Sendable, Codable {
        /// All flow entries, without counters, sorted.
        public var flowEntries: [String]
        /// Packet-ins that the controller has had so far.
        public var packetIns: Int
        /// Handovers that the controller calls open.
        public var openHandovers: Int
        /// Packets that controller and agents hold.
        public var heldPackets: Int
    }

    /// What Open vSwitch's own counters say of the way to the controller and back, from before the traffic until its end.
    public struct ThroughController: Hashable, Sendable, Codable {
        /// Packets of flows that were sent to the controller, copies among them.
        public var packets: Int
        /// Control frames from the functions' HSL to the controller.
        public var controlFrames: Int
        /// PACKET_OUT messages from the controller.
        public var packetOuts: Int
        /// All messages from the controller, those among them.
        public var messages: Int

        /// So many of each.
        package init(packets: Int, controlFrames: Int, packetOuts: Int, messages: Int) {
            (self.packets, self.controlFrames, self.packetOuts, self.messages) = (packets, controlFrames, packetOuts, messages)
        }

        /// The packets and control frames that the controller handled, in and out.
        public var handled: Int { packets + controlFrames + packetOuts }
    }

    /// Control frames that a host forged.
    public struct Forged: Hashable, Sendable, Codable {
        /// Frames sent.
        public var sent: Int
        /// Frames that the switch dropped because they came from no function.
        public var dropped: Int
    }

    /// What was run.
    public var title: String
    /// What the run is worth.
    public var verdict: Verdict
    /// Why it did not pass, one line a reason.
    public var failures: [String]

    /// Packets sent, both directions together.
    public var sent: Int
    /// Different packets received, both directions together.
    public var received: Int
    /// Packets lost, both directions together.
    public var lost: Int
    /// Packets reordered, both directions together.
    public var reordered: Int
    /// Packets received more than once, both directions together.
    public var duplicated: Int
    /// The first packets of the measured stream that came behind later ones, by where they arrived.
    package var disorders: [String: [Disorder]]
    /// Whether the last function's state of every flow is what the hosts sent, in order.
    public var stateIntact: Bool
    /// Packets that the machine dropped: sockets, interfaces, switch queues. Anything but 0 makes the run void.
    public var environmentDrops: Int
    /// Where it dropped them.
    public var environmentDropsBySource: [String: Int]
    /// Frames that reached a function when the protocol forbids it.
    public var violations: Int

    /// Flows.
    public var flows: Int
    /// Packets a second from host 1.
    public var rate: Double
    /// Bytes of each frame.
    public var size: Int
    /// Milliseconds by which each state transfer was prolonged.
    public var stateMs: Int
    /// Whether traffic went both ways.
    public var bidirectional: Bool
    /// How often the flows were moved.
    public var handovers: Int
    /// Flow handovers by how they ended.
    public var outcomes: [String: Int]
    /// Flow handovers that were open when they were last heard of.
    public var forgotten: Int
    /// Packets that the records say were lost.
    public var lostByRecords: Int
    /// Why handovers did not complete, and how often.
    public var reasons: [String: Int]

    /// Flow handovers by the mode that they were carried out in.
    public var modes: [String: Int]
    /// Why in that mode, and how often.
    public var modeReasons: [String: Int]

    /// Host 1 to host 2.
    public var forward: Counts
    /// Host 2 to host 1.
    public var reverse: Counts
    /// How long the flow handovers took.
    public var handoverMs: Spread?
    /// The same by how many took how long.
    public var handoverHistogram: [Bin]
    /// How long each phase took, medians.
    public var phasesMs: [String: Double]
    /// By how much the longest delay during a handover exceeds the median before: there and back, or one way if nothing comes back.
    /// With a request for each flow, of each flow.
    public var addedDelayMs: Spread?
    /// The same by how many had how much.
    public var addedDelayHistogram: [Bin]
    /// The same, from host 1 to host 2 only.
    public var addedForwardDelayMs: Spread?
    /// The same as ``addedDelayMs``, of those alone whose packet was not on its way while the machine stood still.
    public var undisturbedDelayMs: Spread?
    /// How many it was on its way then.
    public var disturbedDelays: Int
    /// How quiet the machine was; nil where nobody could look.
    public var machine: Machine?
    /// The usual delay: the median before the first handover.
    public var usualDelayMs: Double
    /// What the controller buffered.
    public var controllerBuffered: Buffered
    /// What the destination's HSL agent buffered.
    public var vnfBuffered: Buffered

    /// The other streams.
    public var beside: [Beside]
    /// TCP connections.
    public var connections: [ConnectionBytes]
    /// Requests that arrived by themselves.
    public var requests: Requests?
    /// The most entries that were seen in the switches' caches, where somebody looked.
    public var cachedFlows: Int?
    /// The entries in the switches' flow tables before, during and after the handovers, where they were counted.
    package var tableEntries: TableEntries?
    /// What the switches count of packets and messages on their way to the controller and from it.
    public var throughController: ThroughController?
    /// The delay of each packet, where the measured stream keeps them.
    package var timeline: DelayTimeline?
    /// Forged control frames, if there were any.
    public var forged: Forged?
    /// What was written down on the way, by name.
    public var snapshots: [String: Snapshot]
}
