import ExampleVNFKit
import TrafficKit

extension LabReport {
    /// Judges a run by what its scenario expects.
    package init(_ scenario: Scenario, _ seen: Observations) {
        let measured = scenario.measured
        let ends = seen.streams[measured.name] ?? Observations.Ends(sender: TrafficReport(), reflector: TrafficReport())
        let (forward, reverse) = Self.counts(of: measured, ends)
        let both = forward + reverse

        title = scenario.title
        self.forward = forward
        self.reverse = reverse
        sent = both.sent
        received = both.received
        lost = both.lost
        reordered = both.reordered
        duplicated = both.duplicated
        disorders = ["host 2": ends.reflector.disorders, "host 1": ends.sender.disorders].filter { !$0.value.isEmpty }
        environmentDropsBySource = Self.environmentDrops(seen)
        environmentDrops = environmentDropsBySource.values.reduce(0, +)
        violations = seen.functions.values.reduce(0) { $0 + $1.violations }
        flows = measured.flows
        rate = measured.rate
        size = measured.size
        stateMs = scenario.stateMs
        bidirectional = measured.bidirectional
        handovers = scenario.requestedHandovers

        outcomes = seen.handovers.reduce(into: [:]) { $0[$1.outcome, default: 0] += 1 }
        forgotten = seen.forgotten
        lostByRecords = seen.handovers.reduce(seen.lostByRules) { $0 + ($1.lostPackets ?? 0) }
        reasons = seen.handovers.compactMap(\.reason).reduce(into: [:]) { $0[$1, default: 0] += 1 }
        modes = seen.handovers.compactMap(\.mode).reduce(into: [:]) { $0[$1, default: 0] += 1 }
        modeReasons = seen.handovers.compactMap(\.modeReason).reduce(into: [:]) { $0[$1, default: 0] += 1 }
        let durations = seen.handovers.compactMap(\.durationMs)
        handoverMs = Spread(durations)
        handoverHistogram = Bin.histogram(durations)
        phasesMs = HandoverPhase.allCases.reduce(into: [:]) { phases, phase in
            phases[phase.rawValue] = Spread(seen.handovers.compactMap { $0.milliseconds(of: phase) })?.p50
        }
        controllerBuffered = Buffered(seen.handovers.map(\.controllerBuffered))
        vnfBuffered = Buffered(seen.handovers.map(\.vnfBuffered))

        let roundTrip = measured.bidirectional ? ends.sender : ends.reflector
        usualDelayMs = roundTrip.usualDelayMs
        let longest = roundTrip.longestDelays
        let added = roundTrip.added(longest)
        addedDelayMs = Spread(added)
        addedDelayHistogram = Bin.histogram(added)
        addedForwardDelayMs = Spread(ends.reflector.added(ends.reflector.longestDelays))
        machine = seen.standstills.map { Machine($0) }
        let undisturbed = longest.filter { delay in !(seen.standstills ?? []).contains { $0.overlaps(delay) } }
        undisturbedDelayMs = Spread(roundTrip.added(undisturbed))
        disturbedDelays = longest.count - undisturbed.count

        beside = scenario.streams.dropFirst().compactMap { stream in
            guard let ends = seen.streams[stream.name] else { return nil }
            let (forward, reverse) = Self.counts(of: stream, ends)
            return Beside(
                name: stream.name, flows: stream.flows, mustArrive: !scenario.expectations.lossy.contains(stream.name), forward: forward,
                reverse: reverse)
        }
        connections = seen.connections
        requests = seen.requests
        cachedFlows = seen.cachedFlows
        tableEntries = seen.tableEntries
        throughController = seen.throughController
        timeline = ends.sender.timeline
        forged = seen.forged
        snapshots = seen.snapshots
        let differing = Self.differingStates(scenario, seen)
        stateIntact = differing.isEmpty
        failures = []
        verdict = .passed
        failures = self.complaints(scenario, seen, differing)
        if !failures.isEmpty { verdict = .failed }
        if environmentDrops > 0 { verdict = .void }
    }

    private func complaints(_ scenario: Scenario, _ seen: Observations, _ differing: [String]) -> [String] {
        var failures: [String] = []
        if let trouble = seen.trouble { failures.append(trouble) }
        if !scenario.expectations.lossy.contains(scenario.measured.name) {
            failures += (forward + reverse).complaints("")
            if violations > 0 { failures.append("\(counted(violations, "frame")) reached a function when the protocol forbids it") }
        }
        for stream in beside where stream.mustArrive { failures += (stream.forward + stream.reverse).complaints(" of \(stream.name)") }
        if let first = differing.first {
            failures.append("state of \(counted(differing.count, "flow direction")) differs, first: \(first)")
        }
        for connection in connections where connection.sent != connection.received || connection.mismatches > 0 {
            failures.append(
                "\(connection.name): \(connection.received) of \(connection.sent) bytes received, \(connection.mismatches) of them wrong")
        }
        if let forged, forged.dropped != forged.sent {
            failures.append("\(forged.dropped) of \(counted(forged.sent, "forged frame")) dropped by the switch")
        }
        let completed = outcomes["completed", default: 0]
        let reason = reasons.keys.min().map { " (\($0))" } ?? ""
        switch scenario.expectations.outcome {
        case .completed where completed != handovers || completed != seen.handovers.count:
            failures.append("\(completed) of \(counted(handovers, "flow handover")) completed\(reason)")
        case .ended where outcomes["open", default: 0] > forgotten:
            failures.append("\(counted(outcomes["open", default: 0] - forgotten, "flow handover")) still open")
        default: break
        }
        if scenario.expectations.outcome == .ended, forgotten > 0 {
            failures.append("\(counted(forgotten, "open flow handover")) forgotten by the controller")
        }
        if scenario.expectations.lossesInRecords, lostByRecords < lost {
            failures.append("\(counted(lost, "packet")) lost, of which the records know \(lostByRecords)")
        }
        if scenario.expectations.lossesInRecords, reordered + duplicated > 0 {
            failures.append("\(counted(reordered, "packet")) reordered, \(duplicated) duplicated")
        }
        return failures
    }

    private static func counts(of stream: Stream, _ ends: Observations.Ends) -> (forward: Counts, reverse: Counts) {
        (
            Counts(from: ends.sender, to: ends.reflector),
            stream.bidirectional ? Counts(from: ends.reflector, to: ends.sender) : Counts()
        )
    }

    private static func environmentDrops(_ seen: Observations) -> [String: Int] {
        var drops = seen.drops
        for (name, ends) in seen.streams {
            drops["host sockets of \(name)"] = ends.sender.socketDrops + ends.reflector.socketDrops
            drops["refused by the kernel at the hosts' \(name)"] = ends.sender.refused + ends.reflector.refused
        }
        for (number, function) in seen.functions { drops["refused by the kernel at function \(number)"] = function.refused }
        return drops.filter { $0.value != 0 }
    }

    /// The flow directions whose state at their owner is not what the hosts sent.
    private static func differingStates(_ scenario: Scenario, _ seen: Observations) -> [String] {
        let known = seen.functions.mapValues { Dictionary($0.flows.map { ($0.flow, $0) }, uniquingKeysWith: { first, _ in first }) }
        func compare(_ flow: String, _ sent: SequenceDigest, at owner: Int) -> String? {
            guard let there = known[owner]?[flow] else { return "\(flow) is unknown to function \(owner)" }
            guard there.phase == "owned", there.state == sent else {
                return "\(flow) at function \(owner): \(there.phase), \(there.state.packets) packets of \(sent.packets)"
            }
            return nil
        }
        return scenario.streams.filter { !scenario.expectations.lossy.contains($0.name) }.flatMap { stream -> [String] in
            guard let ends = seen.streams[stream.name] else { return [] }
            return (0..<stream.flows).flatMap { flow in
                let names = stream.names(of: flow)
                let (there, back) = (
                    scenario.owner(of: flow, in: stream.name), scenario.owner(of: flow, in: stream.name, isReverse: true)
                )
                return [
                    compare(names.forward, ends.sender.flows[flow].sent, at: there),
                    stream.bidirectional ? compare(names.reverse, ends.reflector.flows[flow].sent, at: back) : nil,
                ].compactMap(\.self)
            }
        }
    }
}

extension TrafficReport {
    /// The median delay before the first handover, in milliseconds.
    fileprivate var usualDelayMs: Double {
        delays.first { $0.label == TrafficLabel.before.rawValue }?.p50Ms ?? 0
    }

    /// The longest delays: of each watched flow, or else of each handover.
    fileprivate var longestDelays: [LongestDelay] {
        let watched = flows.compactMap(\.watched)
        return watched.isEmpty ? delays.filter { $0.label == TrafficLabel.during.rawValue && $0.packets > 0 }.map(\.longest) : watched
    }

    /// By how many milliseconds delays exceed the usual one.
    fileprivate func added(_ delays: [LongestDelay]) -> [Double] { delays.map { max(0, $0.milliseconds - usualDelayMs) } }
}
