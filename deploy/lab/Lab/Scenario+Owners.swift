/// What follows from the steps of a scenario: how many handovers there are, and who has which flow.
extension Scenario {
    /// How many handovers the steps ask for: one for each flow, or one for all flows that move together.
    package var requestedHandovers: Int {
        steps.indices.reduce(0) { sum, index in
            switch steps[index] {
            case .move(let move): sum + (expectations.unmoved.contains(move.rule) ? 0 : handovers(of: move))
            case .moveEach(let moves): sum + moves.count
            case .remove(let rule): sum + handovers(ofRule: rule)
            case .drain(let function): sum + handovers(draining: function, after: steps[..<index])
            case .endDrain(let function):
                sum
                    + (steps[..<index].lastIndex(of: .drain(function: function))
                        .map { handovers(draining: function, after: steps[..<$0]) } ?? 0)
            default: sum
            }
        }
    }

    /// How many handovers a rule makes when it comes.
    package func handovers(ofRule name: String) -> Int { move(named: name).map(handovers) ?? stream(name)?.flows ?? 1 }

    /// Which function has a flow of a stream at the end, in one of its directions.
    package func owner(of flow: Int, in stream: String, isReverse: Bool = false) -> Int {
        owner(of: flow, in: stream, isReverse: isReverse, after: steps[...])
    }

    private func owner(of flow: Int, in stream: String, isReverse: Bool, after steps: ArraySlice<Step>) -> Int {
        var (owner, drained): (Int, Int?) = (1, nil)
        for step in steps {
            switch step {
            case .move(let move) where covers(move, stream, isReverse: isReverse) && !expectations.aborted.contains(move.rule):
                owner = move.destination
            case .moveEach(let moves) where moves.stream == stream && flow < moves.count: owner = moves.destination
            case .remove(let rule) where move(named: rule).map { covers($0, stream, isReverse: isReverse) } ?? false: owner = 1
            case .drain(let function) where owner == function: (owner, drained) = (function == 1 ? 2 : 1, function)
            case .endDrain(let function) where drained == function: (owner, drained) = (function, nil)
            default: break
            }
        }
        return owner
    }

    private func move(named rule: String) -> Step.Move? {
        steps.lazy.compactMap { if case .move(let move) = $0, move.rule == rule { move } else { nil } }.first
    }

    /// Whether a rule covers a stream: it does so by the source's address.
    private func covers(_ move: Step.Move, _ name: String, isReverse: Bool) -> Bool {
        guard let stream = stream(name), self.stream(move.what)?.source == stream.source else { return false }
        return !isReverse || move.isBidirectional ?? true
    }

    private func handovers(of move: Step.Move) -> Int { move.isGroup ? 1 : stream(move.what)?.flows ?? 1 }

    /// How many handovers it takes to drain a function: what came there together goes together.
    private func handovers(draining function: Int, after steps: ArraySlice<Step>) -> Int {
        let there = streams.filter { stream in
            (!stream.startsLater || steps.contains(.start(stream: stream.name)))
                && owner(of: 0, in: stream.name, isReverse: false, after: steps) == function
        }
        var groups: Set<String> = []
        return there.reduce(0) { sum, stream in
            guard let group = group(of: stream.name, after: steps) else { return sum + stream.flows }
            return sum + (groups.insert(group).inserted ? 1 : 0)
        }
    }

    /// The rule that has brought a stream to where it is, if its flows move together.
    private func group(of stream: String, after steps: ArraySlice<Step>) -> String? {
        steps.reduce(nil) { group, step in
            switch step {
            case .move(let move) where covers(move, stream, isReverse: false): move.isGroup ? move.rule : nil
            case .remove(let rule) where rule == group: nil
            default: group
            }
        }
    }
}
