import Frames
import HandoverEngine
import Timing

/// One run of the whole system in virtual time.
public struct Simulation {
    /// The scenario that is run.
    public let scenario: Scenario
    private let network: Network
    private let flows: [FlowKey]
    /// When the switches' tables are in place for certain.
    private static let start = Instant.zero + .milliseconds(100)

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
        scheduleRules()
        var steps = 0
        while let happening = network.clock.next() {
            happening()
            steps += 1
            if network.clock.now > end + .seconds(300) || steps > 2_000_000 { return ["does not come to rest"] }
        }
        return check()
    }

    /// In each round one rule is asked for (or the last one removed) while every flow speaks, in each direction steadily, in bursts,
    /// nearly silently, or late. A flow that is silent throughout a detection counts as new; so each speaks once at the least.
    private func scheduleTraffic() -> Instant {
        var last = Self.start
        for round in 0..<rounds {
            for flow in flows {
                let spoken = begin(of: round) + .milliseconds(300)
                network.at(spoken) { network.hostSends(flow, .forward) }
                last = max(last, spoken)
                for direction in Direction.allCases where direction == .forward || scenario.isBidirectional {
                    last = max(last, scheduleTraffic(of: flow, direction, from: begin(of: round)))
                }
            }
        }
        return last
    }

    private func scheduleTraffic(of flow: FlowKey, _ direction: Direction, from begin: Instant) -> Instant {
        var time = begin + network.random.span(upTo: .milliseconds(5))
        let mode = network.random.number(in: 0...3)
        if mode == 3 { time = time + network.random.span(upTo: .milliseconds(120)) }
        for _ in 0..<(mode == 2 ? network.random.number(in: 0...3) : network.random.number(in: 5...60)) {
            time = time + gap(mode)
            network.at(time) { network.hostSends(flow, direction) }
        }
        return time
    }

    private var rounds: Int { scenario.destinations.count + (scenario.removesLastRule ? 1 : 0) }

    private func begin(of round: Int) -> Instant { Self.start + .seconds(4) * Int64(round) }

    private func gap(_ mode: Int) -> TimeSpan {
        guard mode == 1 else { return network.random.span(upTo: .microseconds(network.random.pick([100, 1_000, 4_000]))) }
        return network.random.pick([.zero, .zero, .microseconds(10), network.random.span(upTo: .milliseconds(20))])
    }

    private func scheduleRules() {
        for round in 0..<rounds {
            network.at(begin(of: round) + network.random.span(upTo: .milliseconds(40))) {
                network.ask { round < scenario.destinations.count ? create(round + 1, &$0) : remove(&$0) }
            }
        }
    }

    private func create(_ number: Int, _ engine: inout Engine) {
        let specification = RuleSpecification(
            match: .any, priority: UInt16(number), destination: VNFID(scenario.destinations[number - 1]),
            isBidirectional: scenario.isBidirectional)
        _ = try? engine.create(specification, named: "r\(number)", at: network.clock.now)
    }

    private func remove(_ engine: inout Engine) {
        guard let rule = engine.rules.named("r\(scenario.destinations.count)") else { return }
        _ = try? engine.removeRule(rule.id, at: network.clock.now)
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
        for (vnf, agent) in network.agents where agent.heldPackets != 0 {
            problems.append("the HSL of VNF \(vnf) still holds \(agent.heldPackets) packets")
        }
        for (datapath, there) in network.switches where !there.exactEntries.isEmpty {
            problems.append("switch \(datapath) still has \(there.exactEntries.count) exact entries")
        }
        return problems
    }
}
