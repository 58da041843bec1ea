import Timing

/// What one run is like: a value that a generator draws from a seed, that can be printed, and that always runs the same way.
public struct Scenario: Sendable, Hashable {
    /// The seed that it was drawn from, and that its run draws delays from.
    public var seed: UInt64
    /// The generator that drew it.
    public var generator: String
    /// Who is connected to whom.
    public var topology: Topology
    /// Whether the controller asks agents what they can.
    public var asksInstances = false
    /// The agents that cannot everything, by VNF number.
    public var agents: [UInt16: AgentKind] = [:]
    /// How fast and how faithful links, switches and functions are.
    public var conditions = Conditions()
    /// The conversations of the hosts.
    public var flows: [Flow]
    /// What is asked of the controller.
    public var requests: [Request] = []
    /// What breaks.
    public var faults: [Fault] = []
    /// What must hold in spite of it.
    public var expectation = Expectation.nothingLost

    /// Whether functions keep a state that they have given away until the handover is over, as those must whose flows may come back.
    var hasCarefulFunctions = false

    /// The rule that somebody asks for under a name.
    func plan(named name: String) -> RulePlan? {
        for case .create(let plan) in requests.map(\.action) where plan.name == name { return plan }
        return nil
    }

    /// Whether the controller dies in it.
    var killsController: Bool { faults.contains { $0.kind == .controllerKilled } }

    /// When the switches' tables are in place for certain: traffic and requests begin here.
    static let begin = Instant.zero + .milliseconds(200)
}

extension Scenario: CustomStringConvertible {
    /// The scenario for people, a line each for what is in it.
    public var description: String {
        var lines = ["scenario \(generator), seed \(seed), expects \(expectation)"]
        lines += topology.lines
        lines += agents.sorted { $0.key < $1.key }.map { "agent \($0.key): \($0.value)" }
        lines.append("\(conditions)")
        lines += flows.enumerated().map { "flow \($0.offset): \($0.element)" }
        lines += requests.map { "\($0)" }
        lines += faults.map { "\($0)" }
        return lines.joined(separator: "\n")
    }
}

extension Instant {
    /// Milliseconds of virtual time, to the microsecond.
    var clock: String {
        let microseconds = nanoseconds / 1_000
        let fraction = String(microseconds % 1_000)
        return "\(microseconds / 1_000)." + String(repeating: "0", count: 3 - fraction.count) + fraction + " ms"
    }
}

extension TimeSpan {
    /// The span in the unit that suits it.
    var short: String {
        switch nanoseconds {
        case 0: "0"
        case ..<1_000_000: "\(nanoseconds / 1_000) µs"
        case ..<10_000_000_000: "\(nanoseconds / 1_000_000) ms"
        default: "\(nanoseconds / 1_000_000_000) s"
        }
    }
}
