/// Draws scenarios of one kind.
public struct Generator: Sendable {
    /// Its name on the command line.
    public let name: String
    /// What its scenarios are about.
    public let about: String
    /// How often the everyday mix picks it; a generator of weight 0 runs only when it is named.
    public let weight: Int
    let draw: @Sendable (inout Draft) -> Void

    init(_ name: String, weight: Int, _ about: String, draw: @escaping @Sendable (inout Draft) -> Void) {
        self.name = name
        self.about = about
        self.weight = weight
        self.draw = draw
    }
}

/// Generators to draw from, each as often as its weight says.
public struct Generators: Sendable {
    /// Every generator there is.
    public static let all: [Generator] =
        movingFlows + manyRules + wideTopologies + manySwitches + brokenParts + namedMirrors + together + overload + drains

    /// The mix that must run without a violation. Small scenarios dominate: they are fast, and few faults need large ones.
    public static let everyday = Generators(all.filter { $0.weight > 0 })

    /// One generator alone; nil when there is none of that name.
    public static func named(_ name: String) -> Generators? {
        all.first { $0.name == name }.map { Generators([$0]) }
    }

    /// Who detects and holds the flows.
    public var modes = Modes.sharp

    /// The same with flows that others detect and hold.
    public func inMode(_ modes: Modes) -> Generators {
        var same = self
        same.modes = modes
        return same
    }

    private let generators: [Generator]
    private let total: Int

    private init(_ generators: [Generator]) {
        self.generators = generators
        total = generators.reduce(0) { $0 + max(1, $1.weight) }
    }

    /// The scenario of a seed.
    public func scenario(seed: UInt64) -> Scenario {
        var draft = Draft(seed: seed)
        var ticket = draft.random.number(in: 0...total - 1)
        for generator in generators {
            ticket -= max(1, generator.weight)
            guard ticket < 0 else { continue }
            draft.scenario.generator = generator.name
            generator.draw(&draft)
            break
        }
        draft.scenario.use(modes)
        // Drawn apart, lest seeds that failed once mean something else.
        var random = SeededGenerator(seed: seed ^ 0x11FE)
        draft.scenario.conditions.lag.life = random.pick([.milliseconds(500), .milliseconds(2_500)])
        return draft.scenario
    }
}
