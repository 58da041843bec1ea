import ExampleVNFKit
import TrafficKit

/// Everything that was seen in a run, before anybody judges it.
package struct Observations {
    /// The function that had all flows at the end.
    package var owner = 1
    /// Host 1's end of the traffic.
    package var sender: TrafficReport
    /// Host 2's end.
    package var reflector: TrafficReport
    /// What the functions know, by number.
    package var functions: [Int: StateDump]
    /// All handover records.
    package var handovers: [Handover] = []
    /// Whether records could be had at all.
    package var hasRecords = true
    /// What the machine dropped, by where.
    package var drops: [String: Int]

    /// What the hosts and the functions counted, and what the machine dropped.
    package init(sender: TrafficReport, reflector: TrafficReport, functions: [Int: StateDump], drops: [String: Int]) {
        self.sender = sender
        self.reflector = reflector
        self.functions = functions
        self.drops = drops
    }
}

extension LabReport {
    /// Judges a run.
    package init(_ options: LabOptions, _ seen: Observations) {
        let forward = Counts(from: seen.sender, to: seen.reflector)
        let reverse = options.bidirectional ? Counts(from: seen.reflector, to: seen.sender) : Counts()
        var drops = seen.drops
        drops["host sockets"] = seen.sender.socketDrops + seen.reflector.socketDrops
        drops["refused by the kernel at the hosts"] = seen.sender.refused + seen.reflector.refused
        for (number, function) in seen.functions { drops["refused by the kernel at function \(number)"] = function.refused }
        drops = drops.filter { $0.value != 0 }

        self.forward = forward
        self.reverse = reverse
        sent = forward.sent + reverse.sent
        received = forward.received + reverse.received
        lost = forward.lost + reverse.lost
        reordered = forward.reordered + reverse.reordered
        duplicated = forward.duplicated + reverse.duplicated
        environmentDropsBySource = drops
        environmentDrops = drops.values.reduce(0, +)
        violations = seen.functions.values.reduce(0) { $0 + $1.violations }
        flows = options.flows
        rate = options.rate
        size = options.size
        stateMs = options.stateMs
        bidirectional = options.bidirectional
        handovers = options.handovers
        outcomes = seen.handovers.reduce(into: [:]) { $0[$1.outcome, default: 0] += 1 }

        handoverMs = Spread(seen.handovers.compactMap(\.durationMs))
        phasesMs = Dictionary(grouping: seen.handovers.flatMap { $0.phasesMs.compactMapValues(\.self) }, by: \.key)
            .compactMapValues { Spread($0.map(\.value))?.p50 }
        let roundTrip = options.bidirectional ? seen.sender.delays : seen.reflector.delays
        usualDelayMs = Self.usual(roundTrip)
        addedDelayMs = Self.added(roundTrip)
        addedForwardDelayMs = Self.added(seen.reflector.delays)
        controllerBuffered = Buffered(seen.handovers.map(\.controllerBuffered))
        vnfBuffered = Buffered(seen.handovers.map(\.vnfBuffered))

        let differing = Self.differingStates(options, seen)
        stateIntact = differing.isEmpty
        failures = []
        verdict = .passed
        if lost > 0 { failures.append("\(counted(lost, "packet")) lost") }
        if reordered > 0 { failures.append("\(counted(reordered, "packet")) reordered") }
        if duplicated > 0 { failures.append("\(counted(duplicated, "packet")) doubled") }
        if violations > 0 { failures.append("\(counted(violations, "frame")) reached a function when the protocol forbids it") }
        if let first = differing.first {
            failures.append("state of \(counted(differing.count, "flow direction")) differs, first: \(first)")
        }
        let completed = outcomes["completed", default: 0]
        if seen.hasRecords, completed != options.handovers * options.flows || completed != seen.handovers.count {
            let reason = seen.handovers.first { $0.outcome != "completed" }?.reason.map { " (\($0))" } ?? ""
            failures.append("\(completed) of \(options.handovers * options.flows) flow handovers completed\(reason)")
        }
        if !failures.isEmpty { verdict = .failed }
        if environmentDrops > 0 { verdict = .void }
    }

    /// The flow directions whose state at the owner is not what the hosts sent.
    private static func differingStates(_ options: LabOptions, _ seen: Observations) -> [String] {
        let known = Dictionary((seen.functions[seen.owner]?.flows ?? []).map { ($0.flow, $0) }, uniquingKeysWith: { first, _ in first })
        func compare(_ flow: String, _ sent: SequenceDigest) -> String? {
            guard let there = known[flow] else { return "\(flow) is unknown to function \(seen.owner)" }
            guard there.phase == "owned", there.state == sent else {
                return "\(flow) at function \(seen.owner): \(there.phase), \(there.state.packets) packets of \(sent.packets)"
            }
            return nil
        }
        return (0..<options.flows).flatMap { flow in
            let ends = ("10.0.0.1:\(5000 + flow)", "10.0.0.2:\(7000 + flow)")
            return [
                compare("udp \(ends.0) > \(ends.1)", seen.sender.flows[flow].sent),
                options.bidirectional ? compare("udp \(ends.1) > \(ends.0)", seen.reflector.flows[flow].sent) : nil,
            ].compactMap(\.self)
        }
    }

    private static func usual(_ delays: [DelaySummary]) -> Double {
        delays.first { $0.label == TrafficLabel.before }?.p50Ms ?? 0
    }

    private static func added(_ delays: [DelaySummary]) -> Spread? {
        Spread(delays.filter { $0.label == TrafficLabel.during && $0.packets > 0 }.map { max(0, $0.maxMs - usual(delays)) })
    }
}

/// A number and what it counts, in the plural where one is due.
func counted(_ number: Int, _ what: String) -> String {
    number == 1 ? "1 \(what)" : "\(number) \(what)s"
}

/// The names of the stretches of time in which delays are counted apart.
enum TrafficLabel {
    static let before = "before"
    static let during = "during"
    static let after = "after"
}

extension LabReport.Counts {
    init(from sender: TrafficReport, to receiver: TrafficReport) {
        for (sent, got) in zip(sender.flows, receiver.flows) {
            self.sent += Int(sent.sent.packets)
            received += got.arrivals.distinct
            lost += max(0, Int(sent.sent.packets) - got.arrivals.distinct)
            reordered += got.arrivals.reordered
            duplicated += got.arrivals.duplicated
        }
    }
}

extension LabReport.Spread {
    /// The spread of values; nil without any.
    init?(_ values: [Double]) {
        let sorted = values.sorted()
        guard let last = sorted.last else { return nil }
        func quantile(_ share: Double) -> Double { sorted[Swift.max(0, Int((Double(sorted.count) * share).rounded(.up)) - 1)] }
        self.init(p50: quantile(0.5), p99: quantile(0.99), max: last)
    }
}

extension LabReport.Buffered {
    init(_ parts: [Handover.Buffered]) {
        for part in parts {
            packets += part.packets
            bytes += part.bytes
            peakPackets = max(peakPackets, part.peakPackets)
        }
    }
}
