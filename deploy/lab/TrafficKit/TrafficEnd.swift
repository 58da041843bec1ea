/// One end of the traffic: numbers what it sends, checks what arrives, and measures how long it took.
///
/// Pure: sockets and clocks belong to its owner. Counting allocates nothing per packet.
package struct TrafficEnd: Sendable {
    private struct Flow: Sendable {
        var sent = SequenceDigest()
        var arrivals = ArrivalLog()
        var watch: (since: UInt64, longest: LongestDelay)?
    }

    private struct Epoch: Sendable {
        let label: String
        var delays = DelayHistogram()
        var longest = LongestDelay()
    }

    /// How long after the beginning of a watch a packet must have been sent to count into it, in nanoseconds.
    package static let watchLength: UInt64 = 250_000_000

    /// Packets sent, over all flows.
    package private(set) var sent = 0
    /// Different packets received, over all flows.
    package private(set) var distinct = 0
    /// Packets that are none of ours.
    package private(set) var foreign = 0
    private var flows: [Flow]
    private var epochs = [Epoch(label: "before")]
    private var log: DelayLog?
    private var disorders: [Disorder] = []
    private var epochBegan: UInt64?

    /// An end of so many flows, of which nothing was sent yet; it may keep each packet's delay.
    package init(flows: Int, keepsDelays: Bool = false) {
        self.flows = Array(repeating: Flow(), count: flows)
        if keepsDelays { log = DelayLog() }
    }

    /// How many flows have received something.
    package var flowsHeard: Int { flows.count { $0.arrivals.counts.distinct > 0 } }

    /// Begins a stretch of time in which delays are counted apart.
    package mutating func mark(_ label: String, at now: UInt64) {
        epochs.append(Epoch(label: label))
        epochBegan = now
        log?.mark(label, at: now)
    }

    /// Remembers from here on the longest delay of one flow's packets; false if there is no such flow.
    @discardableResult
    package mutating func watch(flow: Int, since now: UInt64) -> Bool {
        guard flows.indices.contains(flow) else { return false }
        flows[flow].watch = (now, LongestDelay())
        return true
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
        let before = flows[flow].arrivals.counts
        guard let probe = Probe(payload), Int(probe.flow) == flow, flows[flow].arrivals.record(probe.sequence, payload: payload.bytes)
        else {
            foreign += 1
            return nil
        }
        distinct += flows[flow].arrivals.counts.distinct - before.distinct
        if flows[flow].arrivals.counts.reordered > before.reordered { noteDisorder(flow: flow, probe.sequence, at: now) }
        epochBegan = epochBegan ?? now
        let delay = now >= probe.sentAt ? now - probe.sentAt : 0
        epochs[epochs.count - 1].delays.record(delay)
        epochs[epochs.count - 1].longest.record(sentAt: probe.sentAt, nanoseconds: delay)
        log?.record(sentAt: probe.sentAt, delay: delay)
        if let watch = flows[flow].watch, probe.sentAt >= watch.since, probe.sentAt - watch.since < Self.watchLength {
            flows[flow].watch?.longest.record(sentAt: probe.sentAt, nanoseconds: delay)
        }
        return probe
    }

    private mutating func noteDisorder(flow: Int, _ sequence: UInt32, at now: UInt64) {
        let behind = flows[flow].arrivals.next - 1
        if let last = disorders.indices.last, disorders[last].flow == flow, disorders[last].behind == behind {
            disorders[last].packets += 1
        } else if disorders.count < Disorder.memory {
            let since = epochBegan.map { now >= $0 ? now - $0 : 0 } ?? 0
            disorders.append(
                Disorder(
                    flow: flow, sequence: sequence, behind: behind, packets: 1, label: epochs[epochs.count - 1].label,
                    afterMs: Double(since / 1000) / 1000))
        }
    }

    /// Everything counted.
    package func report(socketDrops: Int, refused: Int) -> TrafficReport {
        TrafficReport(
            flows: flows.map {
                .init(sent: $0.sent, received: $0.arrivals.digest, arrivals: $0.arrivals.counts, watched: $0.watch?.longest)
            },
            delays: epochs.map { DelaySummary(label: $0.label, of: $0.delays, longest: $0.longest) },
            socketDrops: socketDrops, refused: refused, foreign: foreign, disorders: disorders, timeline: log?.recorded)
    }
}
