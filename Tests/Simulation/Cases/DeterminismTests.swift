import Simulation
import Synchronization
import Testing
import Timing

/// A failing seed is worth something only when it fails again.
@Suite struct DeterminismTests {
    @Test func theSameSeedRunsTheSameWay() {
        for seed in UInt64(0)..<50 {
            let (one, other) = (Simulation(seed: seed).run(), Simulation(seed: seed).run())
            #expect(one.digest == other.digest && one.events == other.events)
        }
    }

    @Test func theSameSeedDrawsTheSameScenario() {
        for seed in UInt64(0)..<50 { #expect(Simulation(seed: seed).scenario == Simulation(seed: seed).scenario) }
    }

    @Test func differentSeedsRunDifferently() {
        let digests = Set((UInt64(0)..<200).map { Simulation(seed: $0).run().digest })
        #expect(digests.count == 200)
    }

    @Test func aReplayWithATraceIsTheSameRun() {
        for seed in UInt64(0)..<50 {
            let (plain, traced) = (Simulation(seed: seed).run(), Simulation(seed: seed).run(isTraced: true))
            #expect(plain.digest == traced.digest)
            #expect(plain.trace.lines.isEmpty && !traced.trace.lines.isEmpty)
        }
    }

    @Test func aRunThatIsStoppedIsTheBeginningOfTheWholeRun() {
        let limit = Instant.zero + .milliseconds(500)
        for seed in UInt64(0)..<20 {
            let (whole, part) = (Simulation(seed: seed).run(isTraced: true), Simulation(seed: seed).run(isTraced: true, until: limit))
            #expect(part.events < whole.events)
            let beginning = whole.trace.lines.prefix { $0.time <= limit }
            #expect(part.trace.lines.map(\.text) == beginning.map(\.text))
        }
    }

    @Test func aScenarioRunsTheSameWayWithoutItsGenerator() {
        for seed in UInt64(0)..<50 {
            let simulation = Simulation(seed: seed)
            #expect(Simulation(simulation.scenario).run().digest == simulation.run().digest)
        }
    }

    @Test func aSeedMeansTheSameInTheMixAndByItsGeneratorsName() throws {
        for seed in UInt64(0)..<50 {
            let mixed = Simulation(seed: seed).scenario
            let generators = try #require(Generators.named(mixed.generator))
            #expect(Simulation(seed: seed, by: generators).scenario == mixed)
        }
    }

    @Test func anyNumberOfThreadsRunsTheSameSeeds() async {
        var events: [Int] = []
        for workers in [1, 3] {
            let progress = await Runner(workers: workers).run(7..<207) { _ in }
            #expect(progress.done == 200)
            events.append(progress.events)
        }
        #expect(events[0] == events[1])
    }

    @Test(arguments: Generators.all.map(\.name))
    func everyGeneratorDrawsScenariosThatComeToRest(_ name: String) throws {
        let generators = try #require(Generators.named(name))
        for seed in UInt64(0)..<5 {
            let simulation = Simulation(seed: seed, by: generators)
            #expect(simulation.scenario.generator == name)
            let outcome = simulation.run()
            #expect(outcome.events > 0)
            #expect(!outcome.violations.contains { $0.invariant == .comesToRest })
        }
    }
}
