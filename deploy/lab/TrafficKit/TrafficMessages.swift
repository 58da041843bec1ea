/// What one end of the traffic says when it has ended.
package struct TrafficReport: Hashable, Sendable, Codable {
    /// One flow, as this end saw it.
    package struct Flow: Hashable, Sendable, Codable {
        /// What this end sent, in order.
        package var sent: SequenceDigest
        /// What this end received, in the order of arrival.
        package var received: SequenceDigest
        /// How it was received.
        package var arrivals: ArrivalCounts
        /// The longest delay since this flow was watched; nil if it was not.
        package var watched: LongestDelay?
    }

    /// All flows, by number.
    package var flows: [Flow]
    /// Delays by stretch of time: from host to host at the reflector, there and back at the sender.
    package var delays: [DelaySummary]
    /// Packets that the kernel dropped at this end's sockets.
    package var socketDrops: Int
    /// Packets that the kernel refused to send.
    package var refused: Int
    /// Packets that were none of ours.
    package var foreign: Int
    /// The first packets that came behind later ones.
    package var disorders: [Disorder]
    /// Each packet's delay, where this end was to keep them.
    package var timeline: DelayTimeline?

    /// Packets that this end sent, of all flows.
    package var sentPackets: Int { flows.reduce(0) { $0 + Int($1.sent.packets) } }

    /// The report of an end that saw nothing, or of one that saw all this.
    package init(
        flows: [Flow] = [], delays: [DelaySummary] = [], socketDrops: Int = 0, refused: Int = 0, foreign: Int = 0,
        disorders: [Disorder] = [], timeline: DelayTimeline? = nil
    ) {
        self.flows = flows
        self.delays = delays
        self.socketDrops = socketDrops
        self.refused = refused
        self.foreign = foreign
        self.disorders = disorders
        self.timeline = timeline
    }
}

/// A line that a traffic program writes: first that it is ready, on demand how far it is, at last its report.
///
/// Indirect, for Swift 6.3 reads a payload of this size from elsewhere when a function returns it beside a typed error.
package indirect enum TrafficMessage: Hashable, Sendable, Codable {
    /// Its sockets are open.
    case ready
    /// How far it is: packets sent, different packets received, flows of which something was received.
    case status(sent: Int, distinct: Int, flowsHeard: Int)
    /// It has ended.
    case report(counted: TrafficReport)
    /// The end of a TCP connection has ended.
    case bytes(counted: ByteReport)
}

/// A line that a traffic program reads.
package enum TrafficCommand: Hashable, Sendable {
    /// Say how far you are.
    case status
    /// Count delays apart from here on, under a name.
    case mark(String)
    /// Remember the longest delay of one flow from here on.
    case watch(flow: Int)
    /// Send nothing until told to.
    case quiet
    /// Send again.
    case speak
    /// End when so many different packets have come (if known), or none comes any more.
    case stop(expected: Int?)

    /// Reads `status`, `mark NAME`, `watch FLOW`, `quiet`, `speak`, `stop` or `stop COUNT`; nil for anything else.
    package init?(_ line: String) {
        let words = line.split(separator: " ", maxSplits: 1)
        switch (words.first, words.count) {
        case ("status", 1): self = .status
        case ("mark", 2): self = .mark(String(words[1]))
        case ("watch", 2):
            guard let flow = Int(words[1]), flow >= 0 else { return nil }
            self = .watch(flow: flow)
        case ("quiet", 1): self = .quiet
        case ("speak", 1): self = .speak
        case ("stop", 1): self = .stop(expected: nil)
        case ("stop", 2):
            guard let count = Int(words[1]), count >= 0 else { return nil }
            self = .stop(expected: count)
        default: return nil
        }
    }

    /// The command as a line.
    package var line: String {
        switch self {
        case .status: "status"
        case .mark(let label): "mark \(label)"
        case .watch(let flow): "watch \(flow)"
        case .quiet: "quiet"
        case .speak: "speak"
        case .stop(nil): "stop"
        case .stop(let expected?): "stop \(expected)"
        }
    }
}
