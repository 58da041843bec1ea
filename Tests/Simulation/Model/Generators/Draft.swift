import HandoverEngine
import Timing

/// A scenario in the making, and what generators share of the drawing.
struct Draft {
    var random: SeededGenerator
    var scenario: Scenario

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
        scenario = Scenario(seed: seed, generator: "", topology: Topology(instances: [2]), flows: [])
    }

    /// An instant within so long after the beginning.
    mutating func instant(within span: TimeSpan) -> Instant { Scenario.begin + random.span(upTo: span) }

    /// An instance of a group.
    mutating func instance(of group: Int = 0) -> UInt16 { random.pick(scenario.topology.groups[group].instances) }

    // MARK: Conditions

    /// Lags, losses and delays as they come.
    mutating func drawConditions() {
        scenario.conditions.lag.usual = random.pick([.microseconds(100), .milliseconds(1), .milliseconds(5), .milliseconds(30)])
        scenario.conditions.lag.longest = scenario.conditions.lag.usual
        if random.chance(0.25) {
            scenario.conditions.lag.longest = .milliseconds(350)
            scenario.conditions.lag.tail = random.pick([0.05, 0.3])
        }
        scenario.conditions.controlLoss = random.pick([0, 0, 0, 0, 0, 0.05, 0.3])
        scenario.conditions.controlDoubling = random.pick([0, 0, 0, 0.1])
        scenario.conditions.connection = random.pick([.microseconds(50), .microseconds(200), .microseconds(200), .milliseconds(2)])
        scenario.conditions.processing = random.pick([.microseconds(5), .microseconds(5), .microseconds(100)])
        scenario.conditions.stateTransfer = random.pick([.zero, .milliseconds(1), .milliseconds(10), .milliseconds(100)])
    }

    // MARK: Traffic

    /// Packets about the time that something happens to their flow.
    mutating func stream(about time: Instant) -> Flow.Stream {
        let start = max(Scenario.begin, time + random.span(.milliseconds(-5), .milliseconds(5)))
        let steady: TimeSpan = random.pick([.microseconds(100), .milliseconds(1), .milliseconds(4)])
        switch random.number(in: 0...11) {
        case 0...4: return stream(start, packets: 2...20, gap: steady)
        case 5...6: return stream(start, packets: 4...24, burst: 2...8, gap: .microseconds(10), pause: .milliseconds(20))
        case 7: return stream(start, packets: 2...4, burst: 1...1, gap: .zero, pause: .milliseconds(900))
        case 8: return stream(start, packets: 1...1)
        case 9: return stream(time + random.span(upTo: .milliseconds(200)), packets: 1...10, gap: steady)
        case 10: return stream(time + random.span(.milliseconds(900), .milliseconds(1_800)), packets: 1...6, gap: steady)
        default: return stream(start, packets: 2...6, burst: 1...3, gap: steady, pause: .milliseconds(120))
        }
    }

    private mutating func stream(
        _ start: Instant, packets: ClosedRange<Int>, burst: ClosedRange<Int>? = nil, gap: TimeSpan = .zero, pause: TimeSpan = .zero
    ) -> Flow.Stream {
        let count = random.number(in: packets)
        return Flow.Stream(start: start, packets: count, burst: burst.map { random.number(in: $0) } ?? count, gap: gap, pause: pause)
    }

    /// A flow that speaks about some instants, in the reverse direction too, or in answer, or not at all.
    mutating func drawFlow(about times: [Instant], group: Int = 0, isBidirectional: Bool? = nil) {
        var flow = Flow(route: scenario.topology.route(from: group), clientPort: UInt16(5_000 + scenario.flows.count))
        let hosts = scenario.topology.groups[group].hosts
        flow.client = random.number(in: 0...hosts - 1)
        flow.server = random.number(in: 0...hosts - 1)
        flow.serverPort = random.pick([7, 7, 53, 80])
        flow.length = random.pick([TestFrame.shortest, TestFrame.shortest, TestFrame.shortest, TestFrame.shortest, 600, 1_514])
        flow.forward = times.map { stream(about: $0) }
        if isBidirectional ?? random.chance(0.75) {
            if random.chance(0.4) {
                flow.reverse = .answers(after: random.pick([.zero, .microseconds(100), .milliseconds(5)]))
            } else {
                flow.reverse = .streams(times.map { stream(about: $0) })
            }
        }
        scenario.flows.append(flow)
    }

    // MARK: Rules

    /// A request for a rule, called by its number.
    mutating func request(
        _ selection: RulePlan.Selection = .all, priority: Int, to destination: UInt16, at time: Instant, isBidirectional: Bool = true,
        grouping: Grouping = .perFlow, isTranslated: Bool = false
    ) {
        let rule = RulePlan(
            name: "r\(scenario.requests.count + 1)", selection: selection, priority: UInt16(priority), destination: destination,
            isBidirectional: isBidirectional, grouping: grouping, isTranslated: isTranslated)
        scenario.requests.append(Request(time: time, action: .create(rule)))
    }

    /// A request to remove the last rule that was asked for.
    mutating func removeLast(at time: Instant) {
        guard case .create(let rule) = scenario.requests.last?.action else { return }
        scenario.requests.append(Request(time: time, action: .remove(rule: rule.name)))
    }

    /// Some flows of a group.
    mutating func selection(in group: Int = 0) -> RulePlan.Selection {
        switch random.number(in: 0...4) {
        case 0: .all
        case 1: .serverPort(random.pick([7, 53, 80]))
        case 2: .clientPort(UInt16(5_000 + random.number(in: 0...max(0, scenario.flows.count - 1))))
        case 3: .clients(like: Numbering.network(ofHost: 0, group: group, .forward), bits: random.pick([8, 24, 31, 32]))
        default: scenario.flows.isEmpty ? .all : .flow(random.pick(scenario.flows).key)
        }
    }
}
