import Synchronization

/// Runs seeds on several threads and hands their results on in the order of the seeds.
public struct Runner: Sendable {
    /// How far a run over many seeds has come.
    public struct Progress: Sendable {
        /// Seeds that were run.
        public internal(set) var done = 0
        /// Those of them with a violation.
        public internal(set) var failing = 0
        /// Events in all of them.
        public internal(set) var events = 0
    }

    /// A seed whose run hurt an invariant.
    public struct Failure: Sendable {
        /// The seed.
        public let seed: UInt64
        /// What its run hurt.
        public let violations: [Violation]
    }

    /// Where scenarios come from.
    public let generators: Generators
    /// How many run at a time.
    public let workers: Int
    /// Whether to stop at the first failure.
    public var stopsAtFailure = false

    /// A runner on so many threads.
    public init(generators: Generators = .everyday, workers: Int) {
        self.generators = generators
        self.workers = max(1, workers)
    }

    fileprivate struct Ledger {
        var progress = Progress()
        /// Results of chunks that were run before an earlier one was done.
        var waiting: [Int: [Failure]] = [:]
        var next = 0
        var stopped = false
    }

    /// What the threads share.
    private final class Shared: Sendable {
        let taken = Atomic<Int>(0)
        let ledger = Mutex(Ledger())
    }

    private static let chunk = 32

    /// Runs seeds.
    ///
    /// - Parameters:
    ///   - report: called for each failing seed, in the order of seeds, one at a time.
    ///   - step: called after every few seeds, one at a time.
    public func run(
        _ seeds: Range<UInt64>, report: @escaping @Sendable (Failure) -> Void, step: @escaping @Sendable (Progress) -> Void = { _ in }
    ) async -> Progress {
        let shared = Shared()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<workers {
                group.addTask {
                    while true {
                        let chunk = shared.taken.add(1, ordering: .relaxed).oldValue
                        let first = seeds.lowerBound + UInt64(chunk * Self.chunk)
                        guard first < seeds.upperBound, !shared.ledger.withLock({ $0.stopped }) else { return }
                        let (part, failures) = run(first..<min(first + UInt64(Self.chunk), seeds.upperBound))
                        shared.ledger.withLock { $0.enter(chunk, part, failures, stopsAtFailure, report, step) }
                    }
                }
            }
        }
        return shared.ledger.withLock { $0.progress }
    }

    private func run(_ seeds: Range<UInt64>) -> (Progress, [Failure]) {
        var part = Progress()
        var failures: [Failure] = []
        for seed in seeds {
            let outcome = Simulation(seed: seed, by: generators).run()
            part.done += 1
            part.events += outcome.events
            guard !outcome.violations.isEmpty else { continue }
            part.failing += 1
            failures.append(Failure(seed: seed, violations: outcome.violations))
            if stopsAtFailure { break }
        }
        return (part, failures)
    }
}

extension Runner.Ledger {
    fileprivate mutating func enter(
        _ chunk: Int, _ part: Runner.Progress, _ failures: [Runner.Failure], _ stopsAtFailure: Bool, _ report: (Runner.Failure) -> Void,
        _ step: (Runner.Progress) -> Void
    ) {
        progress.done += part.done
        progress.events += part.events
        waiting[chunk] = failures
        while !stopped, let ready = waiting.removeValue(forKey: next) {
            next += 1
            progress.failing += ready.count
            ready.forEach(report)
            if stopsAtFailure, !ready.isEmpty { stopped = true }
        }
        step(progress)
    }
}
