/// One end of the traffic: numbers what it sends, checks what arrives, and measures how long it took.
///
/// Pure: sockets and clocks belong to its owner. Counting allocates nothing per packet.
package struct TrafficEnd: Sendable {
    private struct Flow: Sendable {
        var sent = SequenceDigest()
        var arrivals = ArrivalLog()
    }

    /// Packets sent, over all flows.
    package private(set) var sent = 0
    /// Different packets received, over all flows.
    package private(set) var distinct = 0
    /// Packets that are none of ours.
    package private(set) var foreign = 0
    private var flows: [Flow]
    private var epochs: [(label: String, delays: DelayHistogram)] = [("before", DelayHistogram())]

    /// An end of so many flows, of which nothing was sent yet.
    package init(flows: Int) {
        self.flows = Array(repeating: Flow(), count: flows)
    }

    /// How many flows have received something.
    package var flowsHeard: Int { flows.count { $0.arrivals.counts.distinct > 0 } }

    /// Begins a stretch of time in which delays are counted apart.
    package mutating func mark(_ label: String) {
        epochs.append((label, DelayHistogram()))
    }

    /// Numbers the next packet of a flow and writes it into a payload, which is then to be sent.
    package mutating func write(flow: Int, sentAt: UInt64, to payload: UnsafeMutableRawBufferPointer) {
        let sequence = UInt32(truncatingIfNeeded: flows[flow].sent.packets)
        Probe(flow: UInt16(truncatingIfNeeded: flow), sequence: sequence, sentAt: sentAt).write(to: payload)
        flows[flow].sent.append(UnsafeRawBufferPointer(payload).bytes)
        sent += 1
    }

    /// Takes in what came on a flow's socket; nil if it is not a packet of that flow.
    package mutating func arrived(_ payload: UnsafeRawBufferPointer, flow: Int, at now: UInt64) -> Probe? {
        let before = flows[flow].arrivals.counts.distinct
        guard let probe = Probe(payload), Int(probe.flow) == flow, flows[flow].arrivals.record(probe.sequence, payload: payload.bytes)
        else {
            foreign += 1
            return nil
        }
        distinct += flows[flow].arrivals.counts.distinct - before
        epochs[epochs.count - 1].delays.record(now >= probe.sentAt ? now - probe.sentAt : 0)
        return probe
    }

    /// Everything counted.
    package func report(socketDrops: Int, refused: Int) -> TrafficReport {
        TrafficReport(
            flows: flows.map { .init(sent: $0.sent, received: $0.arrivals.digest, arrivals: $0.arrivals.counts) },
            delays: epochs.map { DelaySummary(label: $0.label, of: $0.delays) },
            socketDrops: socketDrops, refused: refused, foreign: foreign)
    }
}

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
}

/// A line that a traffic program writes: first that it is ready, on demand how far it is, at last its report.
package enum TrafficMessage: Hashable, Sendable, Codable {
    /// Its sockets are open.
    case ready
    /// How far it is: packets sent, different packets received, flows of which something was received.
    case status(sent: Int, distinct: Int, flowsHeard: Int)
    /// It has ended.
    case report(counted: TrafficReport)
}

/// A line that a traffic program reads.
package enum TrafficCommand: Hashable, Sendable {
    /// Say how far you are.
    case status
    /// Count delays apart from here on, under a name.
    case mark(String)
    /// End when so many different packets have come (if known), or none comes any more.
    case stop(expected: Int?)

    /// Reads `status`, `mark NAME`, `stop` or `stop COUNT`; nil for anything else.
    package init?(_ line: String) {
        let words = line.split(separator: " ", maxSplits: 1)
        switch (words.first, words.count) {
        case ("status", 1): self = .status
        case ("mark", 2): self = .mark(String(words[1]))
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
        case .stop(nil): "stop"
        case .stop(let expected?): "stop \(expected)"
        }
    }
}
