/// All measurements that say something, and the series that figures are made of.
package struct Measurements {
    /// Those made, void ones too.
    package let all: [TrialResult]
    /// Those in which the machine dropped nothing.
    package let valid: [TrialResult]

    /// Sorts measurements.
    package init(_ results: [TrialResult]) {
        all = results
        valid = results.filter(\.counts)
    }

    /// The modes of which there is anything.
    var modes: [EvaluatedMode] {
        EvaluatedMode.allCases.filter { mode in valid.contains { $0.trial.mode == mode && $0.trial.kind != .baseline } }
    }
    /// The sizes of which there is anything.
    var sizes: [Int] { Set(valid.map(\.trial.size)).sorted() }

    /// A value over one thing that was varied, repetitions together.
    func series(
        _ name: String, colour: Int, isOpen: Bool = false, over x: (Trial) -> Double, _ y: (LabReport) -> Double?,
        where chosen: (Trial) -> Bool
    ) -> Figure.Series {
        let columns = Dictionary(grouping: valid.filter { chosen($0.trial) }) { x($0.trial) }
        let points = columns.keys.sorted().compactMap { place -> Figure.Point? in
            guard let sample = Sample((columns[place] ?? []).compactMap { y($0.report) }) else { return nil }
            return Figure.Point(place, sample.mean, low: max(0, sample.mean - sample.margin), high: sample.mean + sample.margin)
        }
        return Figure.Series(name, colour: colour, isOpen: isOpen, .measured, points)
    }

    /// The same for each mode and, if wanted, each size.
    func series(
        bySize: Bool = true, over x: (Trial) -> Double, _ y: (LabReport) -> Double?, where chosen: (Trial) -> Bool
    ) -> [Figure.Series] {
        EvaluatedMode.allCases.enumerated().flatMap { colour, mode in
            (bySize ? sizes : [58]).map { size in
                series(
                    bySize ? "\(mode.title) \(size) B" : mode.title, colour: colour, isOpen: size != 58, over: x, y,
                    where: { $0.mode == mode && $0.size == size && chosen($0) })
            }
        }
    }

    /// The mean of a value over all measurements that are chosen; nil without any.
    func mean(_ y: (LabReport) -> Double?, where chosen: (Trial) -> Bool) -> Double? {
        Sample(valid.filter { chosen($0.trial) }.compactMap { y($0.report) })?.mean
    }

    /// The first repetition of a measurement that has each packet's delay.
    func timeline(where chosen: (Trial) -> Bool) -> Timeline? {
        valid.first { chosen($0.trial) && $0.report.timeline != nil }.flatMap { $0.report.timeline.flatMap(Timeline.init) }
    }
}

extension Trial {
    /// Whether one flow of 1,000 packets a second is moved by a controller nearby, whatever its state.
    var variesState: Bool { kind == .handover && rate == 1000 && controllerDelayMs == 0 }
    /// Whether one flow without state is moved by a controller nearby, whatever its rate.
    var variesRate: Bool { kind == .handover && stateMs == 0 && controllerDelayMs == 0 }
    /// Whether one flow of small packets without state is moved, however far the controller is.
    var variesDelay: Bool { kind == .handover && stateMs == 0 && size == 58 }

    /// How many requests there are, and how many a second.
    var arrivals: (count: Int, perSecond: Double)? {
        if case .requests(let count, let perSecond) = kind { (count, perSecond) } else { nil }
    }
}
