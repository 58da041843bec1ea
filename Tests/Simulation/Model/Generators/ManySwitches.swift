import HandoverEngine
import Timing

/// Sides of several switches, hosts and instances anywhere on them.
extension Generators {
    static let manySwitches = [
        Generator("many-switches", weight: 14, "sides of up to three switches with trunks, hosts and instances anywhere") { draft in
            draft.spreadSides()
            draft.drawConditions()
            let longest: TimeSpan = draft.random.pick([.milliseconds(10), .seconds(3)])
            let times = (0..<draft.random.number(in: 1...3)).map { _ in draft.instant(within: longest) }.sorted()
            for _ in 0..<draft.random.number(in: 1...5) { draft.drawFlow(about: times) }
            for time in times {
                let selection = draft.random.chance(0.5) ? .all : draft.selection()
                draft.request(selection, priority: draft.random.number(in: 1...4), to: draft.instance(), at: time)
                if draft.random.chance(0.2) { draft.removeLast(at: time + draft.random.span(upTo: .seconds(3))) }
            }
            if draft.random.chance(0.3) { draft.slowTrunk(about: times[0]) }
        },
        Generator("many-switches-lost", weight: 1, "the same, and a switch and the controller lose each other for a while") { draft in
            let time = draft.drawSpreadHandover()
            let number = draft.random.number(in: 0...draft.scenario.topology.switches - 1)
            draft.fault(.disconnection(switch: number), about: time)
            draft.scenario.expectation = .onlyFlowsMet
        },
        Generator("many-switches-killed-controller", weight: 1, "the same, and the controller is killed and started again") { draft in
            let time = draft.drawSpreadHandover()
            draft.fault(.controllerKilled, about: time)
            draft.scenario.expectation = .onlyFlowsMet
        },
    ]
}

extension Draft {
    /// A request for all flows of a group with such sides; gives its time.
    fileprivate mutating func drawSpreadHandover() -> Instant {
        spreadSides()
        drawConditions()
        let time = instant(within: .milliseconds(10))
        for _ in 0..<random.number(in: 1...3) { drawFlow(about: [time]) }
        request(priority: 1, to: instance(), at: time)
        return time
    }

    /// Sides of one to three switches each, connected by a tree of trunks or by all there may be.
    fileprivate mutating func spreadSides() {
        var topology = Topology(instances: [random.number(in: 2...4)], hosts: random.number(in: 1...3))
        topology.switches = 0
        for direction in Direction.allCases {
            let numbers = (0..<random.number(in: 1...3)).map { topology.switches + $0 }
            topology.switches += numbers.count
            if direction == .forward { topology.groups[0].ingress = numbers[0] } else { topology.groups[0].egress = numbers[0] }
            guard numbers.count > 1 else { continue }
            topology.groups[0].spreads[direction] = Topology.Spread(
                switches: numbers, hosts: (0..<topology.groups[0].hosts).map { _ in random.pick(numbers) },
                instances: topology.groups[0].instances.map { _ in random.pick(numbers) })
            for index in 1..<numbers.count {
                let other = numbers[random.number(in: 0...index - 1)]
                topology.trunks.append(Topology.Trunk(group: 0, direction: direction, first: other, second: numbers[index]))
            }
            if numbers.count == 3, random.chance(0.5) {
                let missing = [(0, 1), (0, 2), (1, 2)].first { first, second in
                    !topology.trunks.contains { $0.leads(from: numbers[first], to: numbers[second]) }
                }
                if let missing {
                    let (first, second) = (numbers[missing.0], numbers[missing.1])
                    topology.trunks.append(Topology.Trunk(group: 0, direction: direction, first: first, second: second))
                }
            }
        }
        scenario.topology = topology
    }

    /// Everything on a trunk takes longer for a while.
    fileprivate mutating func slowTrunk(about time: Instant) {
        guard !scenario.topology.trunks.isEmpty else { return }
        let trunk = LinkName.trunk(random.number(in: 0...scenario.topology.trunks.count - 1), isBackwards: random.chance(0.5))
        fault(.slow(trunk, random.span(upTo: .milliseconds(200))), about: time)
    }
}
