import ArgumentParser
import Foundation
import Simulation
import Synchronization
import Timing

extension Modes: ExpressibleByArgument {}

/// Runs the simulator over many seeds, or replays one.
@main
struct SharpSimulate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sharp-simulate", abstract: "Runs handovers in virtual time and checks that nothing is lost, reordered or doubled.")

    @Option(help: "How many seeds to run.")
    var seeds: UInt64 = 1_000

    @Option(help: "The first seed.")
    var from: UInt64 = 0

    @Option(help: "Replay this seed alone.")
    var seed: UInt64?

    @Flag(help: "With --seed: print what happens, in order.")
    var trace = false

    @Option(
        help: ArgumentHelp(
            "With --seed: stop at so many milliseconds of virtual time, and do not check what must hold at the end.", valueName: "ms"))
    var until: Int64?

    @Option(help: "Move so many flows under one rule, once, and say what that took.")
    var flows: Int?

    @Option(help: "Draw scenarios of one generator only.")
    var scenario: String?

    @Option(help: "Who detects and holds: sharp (unless a mutation needs direct), direct, mixed, opennf, or auto (as agents can).")
    var mode: Modes?

    @Flag(help: "List the generators of scenarios.")
    var listScenarios = false

    @Option(help: "Leave out a part of the protocol, in a build that can: stops at the first seed that shows it.")
    var mutation: String?

    @Flag(help: "Leave out one part of the protocol after the other; fails when some seeds of --seeds do not show one of them.")
    var allMutations = false

    @Flag(help: "List the parts of the protocol that this build can leave out.")
    var listMutations = false

    @Option(help: "How many threads to use; as many as there are cores by default.")
    var workers: Int?

    @Flag(help: "Print results as JSON, a line for each failing seed and one for all.")
    var json = false

    func run() async throws {
        if listScenarios { return Generators.all.forEach { print("\($0.name): \($0.about)\($0.weight == 0 ? " (only by name)" : "")") } }
        if listMutations { return Mutations.names.forEach { print($0) } }
        let generators = try chosenGenerators(showing: mutation)
        if let flows { return try moveMany(flows, in: generators.modes) }
        if allMutations { return try await show(Mutations.names) }
        if let mutation {
            guard seed != nil else { return try await show([mutation]) }
            try switchOn(mutation)
        }
        if let seed {
            try replay(seed, generators)
        } else if until != nil {
            throw ValidationError("--until stops one run: name it with --seed")
        } else {
            try await runAll(generators)
        }
    }

    /// Shows for each mutation which seed finds it, and by which invariant.
    private func show(_ mutations: [String]) async throws {
        guard !mutations.isEmpty else { throw ValidationError(Self.noMutations) }
        var missed: [String] = []
        for mutation in mutations {
            try switchOn(mutation)
            defer { _ = Mutations.activate(nil) }
            var runner = Runner(generators: try chosenGenerators(showing: mutation), workers: threads)
            runner.stopsAtFailure = true
            let first = Mutex<Runner.Failure?>(nil)
            let meter = Meter(total: Int(seeds))
            _ = await runner.run(from..<from + seeds) { failure in
                first.withLock { $0 = $0 ?? failure }
            } step: {
                meter.show($0)
            }
            meter.clear()
            if let found = first.withLock(\.self), let violation = found.violations.first {
                print("\(mutation): seed \(found.seed), \(violation)")
            } else {
                missed.append(mutation)
                print("\(mutation): not found in \(seeds) seeds")
            }
        }
        if !missed.isEmpty { throw ExitCode.failure }
    }

    private func switchOn(_ mutation: String) throws {
        guard !Mutations.names.isEmpty else { throw ValidationError(Self.noMutations) }
        guard Mutations.activate(mutation) else {
            throw ValidationError("there is no mutation \(mutation); --list-mutations names them")
        }
    }

    private static let noMutations = "this build has the whole protocol in it; make mutations builds one that can leave parts out"

    private var threads: Int { workers ?? ProcessInfo.processInfo.activeProcessorCount }

    /// The scenarios that were asked for, or those that show a mutation.
    private func chosenGenerators(showing mutation: String?) throws -> Generators {
        var chosen = mutation.flatMap(Mutations.generators) ?? .everyday
        if let scenario {
            guard let named = Generators.named(scenario) else {
                throw ValidationError("there is no scenario \(scenario); --list-scenarios names them")
            }
            chosen = named.inMode(chosen.modes)
        }
        return mode.map(chosen.inMode) ?? chosen
    }

    private func replay(_ seed: UInt64, _ generators: Generators) throws {
        let simulation = Simulation(seed: seed, by: generators)
        let outcome = try simulation.run(isTraced: trace, until: limit())
        if json {
            try printJSON(Report.Seed(seed, simulation.scenario, outcome.violations))
        } else {
            print(simulation.scenario)
            outcome.trace.about(nil).forEach { print($0) }
            outcome.violations.forEach { print($0) }
            print("\(outcome.events) events, digest \(String(outcome.digest, radix: 16)), \(outcome.violations.count) violations")
        }
        if !outcome.violations.isEmpty { throw ExitCode.failure }
    }

    /// Where a replay stops before its end.
    private func limit() throws -> Instant? {
        guard let until else { return nil }
        guard (0...Self.longestLimit).contains(until) else {
            throw ValidationError("--until \(until): give milliseconds from 0 to \(Self.longestLimit)")
        }
        return .zero + .milliseconds(until)
    }

    /// A day of virtual time, in milliseconds.
    private static let longestLimit: Int64 = 86_400_000

    private func runAll(_ generators: Generators) async throws {
        let meter = Meter(total: Int(seeds))
        let told = Mutex(0)
        let runner = Runner(generators: generators, workers: threads)
        let progress = await runner.run(from..<from + seeds) { failure in
            meter.clear()
            let isEarly = told.withLock { count in
                count += 1
                return count <= Self.tracedFailures
            }
            report(failure, generators, isTraced: isEarly)
        } step: {
            meter.show($0)
        }
        meter.clear()
        if json {
            try printJSON(Report.Total(seeds: progress.done, failing: progress.failing, events: progress.events, seconds: meter.seconds))
        } else {
            let rate = Int(Double(progress.done) / max(meter.seconds, 1e-9))
            print("\(progress.failing) of \(progress.done) seeds fail (\(rate) seeds a second, \(progress.events) events)")
        }
        if progress.failing > 0 { throw ExitCode.failure }
    }

    /// A failing seed: what did not hold and how to see it again; of the first ones also the scenario, and what led to it.
    private func report(_ failure: Runner.Failure, _ generators: Generators, isTraced: Bool) {
        let simulation = Simulation(seed: failure.seed, by: generators)
        if json {
            try? printJSON(Report.Seed(failure.seed, simulation.scenario, failure.violations))
            return
        }
        print("seed \(failure.seed)\(isTraced ? "" : ", scenario \(simulation.scenario.generator)")")
        if isTraced {
            print(simulation.scenario)
            let trace = simulation.run(isTraced: true).trace
            for line in trace.about(failure.violations.first?.flow).suffix(Self.traceLines) { print(line) }
        }
        failure.violations.forEach { print($0) }
        let wanted = (scenario.map { " SCENARIO=\($0)" } ?? "") + (generators.modes == .sharp ? "" : " MODE=\(generators.modes)")
        print("replay it with: make simulate SEED=\(failure.seed)\(wanted)")
    }

    /// How many failing seeds are shown with what led to them, and how many lines of that.
    private static let tracedFailures = 3
    private static let traceLines = 120

    func printJSON(_ value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        print(String(decoding: try encoder.encode(value), as: UTF8.self))
    }
}
