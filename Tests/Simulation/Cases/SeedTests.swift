import Simulation
import Synchronization
import Testing

/// What the simulator is for: no seed hurts an invariant.
@Suite struct SeedTests {
    @Test func whereInstancesAreDrainedNoneDoesEither() async throws {
        let failures = Mutex<[Runner.Failure]>([])
        let generators = try #require(Generators.named("drain"))
        let progress = await Runner(generators: generators, workers: 2).run(0..<500) { failure in
            failures.withLock { $0.append(failure) }
        }
        let first = failures.withLock(\.first)
        #expect(progress.failing == 0, "first seed \(first?.seed ?? 0): \(first?.violations.first?.description ?? "")")
    }

    @Test func whereAControllerIsKilledInTheMiddleOfAGroupNoneDoesEither() async throws {
        let failures = Mutex<[Runner.Failure]>([])
        var generators = try #require(Generators.named("together-under-another-controller"))
        generators.modes = .direct
        let progress = await Runner(generators: generators, workers: 2).run(0..<500) { failure in
            failures.withLock { $0.append(failure) }
        }
        let first = failures.withLock(\.first)
        #expect(progress.failing == 0, "first seed \(first?.seed ?? 0): \(first?.violations.first?.description ?? "")")
    }

    @Test func whereNotEveryAgentCanDirectModeNoneDoesEither() async {
        let failures = Mutex<[Runner.Failure]>([])
        var generators = Generators.everyday
        generators.modes = .auto
        let progress = await Runner(generators: generators, workers: 2).run(0..<1_000) { failure in
            failures.withLock { $0.append(failure) }
        }
        let first = failures.withLock(\.first)
        #expect(progress.failing == 0, "first seed \(first?.seed ?? 0): \(first?.violations.first?.description ?? "")")
    }

    @Test func twoThousandSeedsOfTheMixHurtNoInvariant() async {
        let failures = Mutex<[Runner.Failure]>([])
        let progress = await Runner(workers: 2).run(0..<2_000) { failure in failures.withLock { $0.append(failure) } }
        let first = failures.withLock(\.first)
        #expect(progress.done == 2_000)
        #expect(progress.failing == 0, "first seed \(first?.seed ?? 0): \(first?.violations.first?.description ?? "")")
    }

    @Test func inDirectModeNoneDoesEither() async {
        let failures = Mutex<[Runner.Failure]>([])
        var generators = Generators.everyday
        generators.modes = .direct
        let progress = await Runner(generators: generators, workers: 2).run(0..<2_000) { failure in
            failures.withLock { $0.append(failure) }
        }
        let first = failures.withLock(\.first)
        #expect(progress.failing == 0, "first seed \(first?.seed ?? 0): \(first?.violations.first?.description ?? "")")
    }

    @Test(arguments: RegressionSeed.all + RegressionSeed.direct)
    func aSeedThatFailedOnceHurtsNoInvariant(_ regression: RegressionSeed) throws {
        var generators = try #require(Generators.named(regression.scenario))
        generators.modes = regression.mode
        let violations = Simulation(seed: regression.seed, by: generators).run().violations
        #expect(violations.isEmpty, "\(violations.first?.description ?? "")")
    }
}
