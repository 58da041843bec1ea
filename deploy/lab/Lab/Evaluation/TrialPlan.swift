/// Which measurements a pass is made of, in the order in which they are made.
package enum EvaluationPass: String, Hashable, Sendable, CaseIterable {
    /// About ten minutes: some points of every figure, once.
    case quick
    /// All points of every figure, ten times.
    case full

    /// How often each measurement is made, unless somebody says otherwise.
    package var repetitions: Int { self == .quick ? 1 : 10 }

    /// All measurements: the first repetition of everything before the second, and the modes side by side, so that what disturbs the
    /// machine for a while disturbs them all.
    package func trials(repetitions: Int) -> [Trial] {
        var seen: Set<Trial> = []
        let settings = (baselines + handovers + requests).filter { seen.insert($0).inserted }
        return (1...max(1, repetitions)).flatMap { repetition in
            settings.map { setting in
                var trial = setting
                trial.repetition = repetition
                return trial
            }
        }
    }

    /// Packets a second of Figures 5 to 8 (paper: 100 to 10,000).
    private var rates: [Int] {
        self == .quick ? [100, 1000, 5000, 10_000] : [100, 250, 500, 1000, 2000, 3000, 4000, 5000, 6000, 7000, 8000, 9000, 10_000]
    }
    /// Milliseconds of state transfer of Figures 5, 9 and 10, at 1,000 packets a second.
    private var stateTimes: [Int] { self == .quick ? [200, 500, 1000] : Array(stride(from: 100, through: 1000, by: 100)) }
    /// Milliseconds that the controller is further away, of Figure 6, and the rates there.
    private var delays: [Double] { self == .quick ? [5, 10] : [1, 2, 5, 10, 20] }
    private var delayedRates: [Int] { self == .quick ? [1000] : [1000, 5000, 10_000] }
    /// How many requests, and how many a second, of Figure 11.
    private var counts: [Int] { self == .quick ? [10, 30, 60] : Array(stride(from: 10, through: 100, by: 10)) }
    private var arrivals: [(count: Int, perSecond: Double)] {
        [2, 5, 10, 50].map { (self == .quick ? 30 : 100, $0) }
    }

    private var baselines: [Trial] {
        [10_000, 20_000, 40_000, 80_000].map { rate in
            var trial = Trial(.sharp)
            trial.kind = .baseline
            trial.rate = rate
            return trial
        }
    }

    private var handovers: [Trial] {
        sizesAndModes { trial in
            rates.map { rate in
                var trial = trial
                trial.rate = rate
                return trial
            }
                + stateTimes.map { time in
                    var trial = trial
                    trial.stateMs = time
                    return trial
                }
        }
            + inModes { trial in
                delayedRates.flatMap { rate in
                    delays.map { delay in
                        var trial = trial
                        trial.rate = rate
                        trial.controllerDelayMs = delay
                        return trial
                    }
                }
            }
    }

    private var requests: [Trial] {
        let byCount = counts.map { ($0, 10.0) }
        func trials(_ trial: Trial) -> [Trial] {
            (byCount + arrivals.map { ($0.count, $0.perSecond) }).map { count, perSecond in
                var trial = trial
                trial.kind = .requests(count: count, perSecond: perSecond)
                trial.rate = 50 * count
                return trial
            }
        }
        return self == .quick ? inModes(trials) : sizesAndModes(trials)
    }

    private func sizesAndModes(_ make: (Trial) -> [Trial]) -> [Trial] {
        [58, 1000].flatMap { size in
            inModes { trial in
                var trial = trial
                trial.size = size
                return make(trial)
            }
        }
    }

    private func inModes(_ make: (Trial) -> [Trial]) -> [Trial] {
        let columns = EvaluatedMode.allCases.map { make(Trial($0)) }
        return (columns.first ?? []).indices.flatMap { row in columns.map { $0[row] } }
    }
}
