import Simulation

/// What a program may read of a run.
enum Report {
    /// A seed and what its run hurt.
    struct Seed: Encodable {
        let seed: UInt64
        let scenario: String
        let violations: [Hurt]

        init(_ seed: UInt64, _ scenario: Scenario, _ violations: [Violation]) {
            self.seed = seed
            self.scenario = "\(scenario)"
            self.violations = violations.map(Hurt.init)
        }
    }

    /// An invariant that did not hold.
    struct Hurt: Encodable {
        let invariant: String
        let milliseconds: Double
        let place: String
        let flow: Int?
        let detail: String

        init(_ violation: Violation) {
            invariant = violation.invariant.rawValue
            milliseconds = Double(violation.time.nanoseconds) / 1e6
            place = violation.place
            flow = violation.flow
            detail = violation.detail
        }
    }

    /// All seeds together.
    struct Total: Encodable {
        let seeds: Int
        let failing: Int
        let events: Int
        let seconds: Double
    }
}
