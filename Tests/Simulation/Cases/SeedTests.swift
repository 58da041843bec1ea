import Simulation
import Synchronization
import Testing

/// What the simulator is for: no seed hurts an invariant.
@Suite struct SeedTests {
    /// Expects that every one of these seeds was run, and that none hurts an invariant.
    private func expectNoHarm(
        _ generators: Generators = .everyday, mode: Modes = .sharp, seeds: Range<UInt64>, location: SourceLocation = #_sourceLocation
    ) async {
        let failures = Mutex<[Runner.Failure]>([])
        var generators = generators
        generators.modes = mode
        let progress = await Runner(generators: generators, workers: 2).run(seeds) { failure in failures.withLock { $0.append(failure) } }
        let first = failures.withLock(\.first)
        #expect(progress.done == seeds.count, sourceLocation: location)
        #expect(
            progress.failing == 0, "first seed \(first?.seed ?? 0): \(first?.violations.first?.description ?? "")",
            sourceLocation: location)
    }

    @Test func whereInstancesAreDrainedNoneDoesEither() async throws {
        await expectNoHarm(try #require(Generators.named("drain")), seeds: 0..<500)
    }

    @Test func whereAControllerIsKilledInTheMiddleOfAGroupNoneDoesEither() async throws {
        await expectNoHarm(try #require(Generators.named("together-under-another-controller")), mode: .direct, seeds: 0..<500)
    }

    @Test(arguments: ["together-and-back", "together-and-back-under-another-controller", "overload-together"])
    func whereAGroupGoesBackNoneDoesEither(scenario: String) async throws {
        await expectNoHarm(try #require(Generators.named(scenario)), mode: .direct, seeds: 0..<500)
    }

    @Test func whereNotEveryAgentCanDirectModeNoneDoesEither() async {
        await expectNoHarm(mode: .auto, seeds: 0..<1_000)
    }

    @Test func twoThousandSeedsOfTheMixHurtNoInvariant() async {
        await expectNoHarm(seeds: 0..<2_000)
    }

    @Test func inDirectModeNoneDoesEither() async {
        await expectNoHarm(mode: .direct, seeds: 0..<2_000)
    }

    @Test(arguments: RegressionSeed.all + RegressionSeed.named + RegressionSeed.direct)
    func aSeedThatFailedOnceHurtsNoInvariant(_ regression: RegressionSeed) throws {
        var generators = try #require(Generators.named(regression.scenario))
        generators.modes = regression.mode
        let violations = Simulation(seed: regression.seed, by: generators).run().violations
        #expect(violations.isEmpty, "\(violations.first?.description ?? "")")
    }
}
