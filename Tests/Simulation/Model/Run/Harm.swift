/// Which flows a fault may harm, as the scenario's expectation has it, and which it has harmed.
struct Harm {
    /// Where faults may harm flows.
    private enum Reach {
        case nowhere
        case instances(Set<UInt16>)
        case everywhere
    }

    /// Whether a flow may be harmed because a fault met it.
    private(set) var isExcused: [Bool]
    /// Whether an invariant of the flow was hurt.
    private(set) var isHarmed: [Bool]
    /// Whether the fault itself took something from the flow, of which no handover knows.
    private(set) var isCutOff: [Bool]
    /// Whether nobody can tell that a fault has taken nothing from the flow, so that its handover may end as if it had: its controller was
    /// away, or an agent was started anew as the handover began.
    private(set) var isInDoubt: [Bool]
    private let reach: Reach

    init(_ scenario: Scenario) {
        isExcused = Array(repeating: false, count: scenario.flows.count)
        isHarmed = isExcused
        isCutOff = isExcused
        isInDoubt = isExcused
        switch scenario.expectation {
        case .nothingLost, .nothingLostButAborts: reach = .nowhere
        case .onlyFlowsAt(let numbers): reach = .instances(Set(numbers))
        case .onlyFlowsMet, .onlyFlowsWithoutRoom: reach = .everywhere
        }
    }

    /// A fault has met a flow, at an instance or elsewhere.
    mutating func meets(_ flow: Int, at vnf: UInt16? = nil) {
        switch reach {
        case .nowhere: break
        case .instances(let numbers): if let vnf, numbers.contains(vnf) { isExcused[flow] = true }
        case .everywhere: isExcused[flow] = true
        }
    }

    /// A fault has met a flow and taken something from it: a frame, or the state.
    mutating func cutsOff(_ flow: Int, at vnf: UInt16? = nil) {
        meets(flow, at: vnf)
        isCutOff[flow] = true
    }

    /// What came of a flow since the fault cannot be told from what came before.
    mutating func leavesInDoubt(_ flow: Int) { isInDoubt[flow] = true }

    /// An invariant of a flow was hurt; false if that is not excused.
    mutating func hurt(_ flow: Int) -> Bool {
        isHarmed[flow] = true
        return isExcused[flow]
    }
}
