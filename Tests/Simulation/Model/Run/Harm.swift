/// Which flows a fault may harm, as the scenario's expectation has it, and which it has harmed.
struct Harm {
    /// Whether a flow may be harmed because a fault met it.
    private(set) var isExcused: [Bool]
    /// Whether an invariant of the flow was hurt.
    private(set) var isHarmed: [Bool]
    /// Whether the flow lost frames at an instance that was not there.
    private(set) var isCutOff: [Bool]
    private let instances: Set<UInt16>

    init(_ scenario: Scenario) {
        isExcused = Array(repeating: false, count: scenario.flows.count)
        isHarmed = isExcused
        isCutOff = isExcused
        if case .onlyFlowsAt(let numbers) = scenario.expectation { instances = Set(numbers) } else { instances = [] }
    }

    /// Whether the flows at an instance may be harmed.
    func covers(_ vnf: UInt16) -> Bool { instances.contains(vnf) }

    /// A fault at an instance has met a flow.
    mutating func meets(_ flow: Int, at vnf: UInt16) {
        if instances.contains(vnf) { isExcused[flow] = true }
    }

    /// A frame of a flow was lost at an instance that was not there.
    mutating func cutOff(_ flow: Int, at vnf: UInt16) {
        meets(flow, at: vnf)
        isCutOff[flow] = true
    }

    /// An invariant of a flow was hurt; false if that is not excused.
    mutating func hurt(_ flow: Int) -> Bool {
        isHarmed[flow] = true
        return isExcused[flow]
    }
}
