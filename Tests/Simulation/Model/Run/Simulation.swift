import Timing

/// One run of the whole system in virtual time.
public struct Simulation: Sendable {
    /// What came of a run.
    public struct Outcome: Sendable {
        /// What did not hold; nothing, as a rule.
        public let violations: [Violation]
        /// Tells runs apart: the same for the same events at the same instants.
        public let digest: UInt64
        /// How many events there were.
        public let events: Int
        /// How handovers ended, how many packets of flows went through the controller, and how many entries the switches' tables had.
        public let totals: Totals
        /// What happened, if it was to be written down.
        public let trace: Trace
    }

    /// The scenario that is run.
    public let scenario: Scenario

    /// A run of a scenario.
    public init(_ scenario: Scenario) {
        self.scenario = scenario
    }

    /// A run of the scenario that a seed gives.
    public init(seed: UInt64, by generators: Generators = .everyday) {
        scenario = generators.scenario(seed: seed)
    }

    /// Runs to the end, or until too much is wrong.
    ///
    /// - Parameter limit: where to stop before the end, as in a run that has none. What must hold at the end is not checked then.
    public func run(isTraced: Bool = false, until limit: Instant? = nil) -> Outcome {
        var world = World(scenario, isTraced: isTraced)
        world.run(until: limit)
        return Outcome(violations: world.violations, digest: world.digest, events: world.events, totals: Totals(world), trace: world.trace)
    }
}
