import Frames
import HandoverEngine
import Timing

/// One run of the whole system in virtual time.
public struct Simulation {
    /// The scenario that is run.
    public let scenario: Scenario
    private let network: Network
    private let flows: [FlowKey]

    /// A run of a seed's scenario.
    public init(seed: UInt64) {
        scenario = Scenario(seed: seed)
        network = Network(scenario)
        flows = (0..<scenario.flows).map { index in
            FlowKey(
                network: .ipv4(
                    source: IPv4Address(bits: 0x0A00_0001), destination: IPv4Address(bits: 0x0A00_0002),
                    .udp(source: UInt16(5000 + index), destination: 7)))
        }
    }

    /// Runs to the end and says what went wrong: nothing, as a rule.
    public func run() -> [String] {
        let end = scheduleTraffic()
        scheduleRules(until: end)
        var steps = 0
        while let happening = network.clock.next() {
            happening()
            steps += 1
            if network.clock.now > end + .seconds(120) || steps > 2_000_000 { return ["does not come to rest"] }
        }
        return check()
    }

    /// Each flow and direction steady, in bursts, nearly silent, or starting late.
    private func scheduleTraffic() -> Instant {
        var last = Instant.zero
        for flow in flows {
            for direction in Direction.allCases where direction == .forward || scenario.isBidirectional {
                var time = Instant.zero + network.random.span(upTo: .milliseconds(5))
                let mode = network.random.number(in: 0...3)
                if mode == 3 { time = time + network.random.span(upTo: .milliseconds(120)) }
                for _ in 0..<(mode == 2 ? network.random.number(in: 0...3) : network.random.number(in: 5...60)) {
                    time = time + gap(mode)
                    network.at(time) { network.hostSends(flow, direction) }
                    last = max(last, time)
                }
            }
        }
        return last
    }

    private func gap(_ mode: Int) -> TimeSpan {
        guard mode == 1 else { return network.random.span(upTo: .microseconds(network.random.pick([100, 1_000, 4_000]))) }
        return network.random.pick([.zero, .zero, .microseconds(10), network.random.span(upTo: .milliseconds(20))])
    }

    private func scheduleRules(until end: Instant) {
        var time = Instant.zero
        for number in 1...scenario.rules {
            time = time + network.random.span(upTo: .milliseconds(40))
            network.at(time) { [scenario] in
                network.ask { engine in
                    let specification = RuleSpecification(
                        match: .any, priority: UInt16(number), destination: VNFID(number % 2 == 1 ? 2 : 1),
                        isBidirectional: scenario.isBidirectional)
                    _ = try? engine.create(specification, named: "r\(number)", at: network.clock.now)
                }
            }
        }
        guard scenario.removesLastRule else { return }
        network.at(end + .seconds(60)) { network.ask { _ = try? $0.removeRule(RuleID(UInt64(scenario.rules)), at: network.clock.now) } }
        for flow in flows {
            for step in 0..<20 {
                network.at(end + .seconds(60) + .milliseconds(Int64(step))) { network.hostSends(flow, .forward) }
            }
        }
    }

    private func check() -> [String] {
        var problems = network.violations + network.agents.values.flatMap(\.function.violations)
        for flow in flows {
            for direction in Direction.allCases {
                let expected = Array(0..<(network.sent[flow]?[direction] ?? 0))
                if (network.received[flow]?[direction] ?? []) != expected {
                    problems.append("\(flow) \(direction): lost, doubled or out of order")
                }
                let states = network.agents.values.compactMap { $0.function.states[flow]?.packets[direction] }.filter { !$0.isEmpty }
                if states != (expected.isEmpty ? [] : [expected]) { problems.append("\(flow) \(direction): the state differs") }
            }
        }
        for record in network.engine.records where record.outcome != .completed {
            problems.append("handover \(record.number) of \(record.flow) is \(record.outcome): \(record.reason ?? "no reason")")
        }
        for rule in network.engine.rules.all where rule.state != .settled && rule.state != .removed {
            problems.append("rule \(rule.id) is \(rule.state)")
        }
        if network.engine.held.packets != 0 { problems.append("the controller still holds \(network.engine.held.packets) packets") }
        for (vnf, agent) in network.agents where agent.counters.bufferedPackets != 0 {
            problems.append("the HSL of VNF \(vnf) still holds \(agent.counters.bufferedPackets) packets")
        }
        for (datapath, there) in network.switches where !there.exactEntries.isEmpty {
            problems.append("switch \(datapath) still has \(there.exactEntries.count) exact entries")
        }
        return problems
    }
}
