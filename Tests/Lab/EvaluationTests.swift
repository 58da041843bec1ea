import Foundation
import Lab
import Testing
import TrafficKit

/// A report that says what a test wants.
private func report(_ change: (inout LabReport) -> Void = { _ in }) -> LabReport {
    var found = LabReport(LabOptions().scenario, Observations(streams: [:], functions: [:], drops: [:]))
    found.verdict = .passed
    found.failures = []
    change(&found)
    return found
}

private func trial(_ mode: EvaluatedMode, rate: Int = 1000, stateMs: Int = 0, repetition: Int = 1) -> Trial {
    var trial = Trial(mode)
    trial.rate = rate
    trial.stateMs = stateMs
    trial.repetition = repetition
    return trial
}

private func withStore(_ body: (EvaluationStore) throws -> Void) throws {
    let directory = FileManager.default.temporaryDirectory.appending(path: "sharp-evaluation-\(UUID())")
    defer { try? FileManager.default.removeItem(at: directory) }
    try body(EvaluationStore(directory.path))
}

@Suite("Which measurements are made")
struct TrialPlanTests {
    @Test(arguments: EvaluationPass.allCases) func noMeasurementIsPlannedTwice(_ pass: EvaluationPass) {
        let names = pass.trials(repetitions: 3).map(\.id)
        #expect(Set(names).count == names.count)
    }

    @Test func everythingThatAQuickPassMeasuresOfSingleHandoversAFullOneDoesToo() {
        func handovers(_ pass: EvaluationPass) -> Set<String> {
            Set(pass.trials(repetitions: 1).filter { $0.kind == .handover }.map(\.id))
        }
        #expect(handovers(.quick).isSubset(of: handovers(.full)))
    }

    @Test func allModesAreMeasuredAlike() {
        let trials = EvaluationPass.full.trials(repetitions: 1).filter { $0.kind != .baseline }
        let byMode = Dictionary(grouping: trials, by: \.mode)
        #expect(Set(byMode.values.map(\.count)).count == 1)
        #expect(byMode.count == 3)
    }

    @Test func theRangesAreThePapers() {
        let trials = EvaluationPass.full.trials(repetitions: 1).filter { $0.kind == .handover }
        #expect(trials.map(\.rate).min() == 100)
        #expect(trials.map(\.rate).max() == 10_000)
        #expect(Set(trials.map(\.stateMs)) == Set(stride(from: 0, through: 1000, by: 100)))
        #expect(Set(trials.map(\.size)) == [58, 1000])
        let arrivals = EvaluationPass.full.trials(repetitions: 1).compactMap { trial -> Double? in
            if case .requests(_, let perSecond) = trial.kind { perSecond } else { nil }
        }
        #expect(Set(arrivals) == [2, 5, 10, 50])
    }

    @Test func aRepetitionIsAMeasurementOfItsOwn() {
        #expect(trial(.sharp, repetition: 2).id != trial(.sharp).id)
        #expect(trial(.sharp, repetition: 2).setting == trial(.sharp))
    }
}

@Suite("Making measurements, and going on with them")
struct EvaluationTests {
    private let trials = [trial(.opennf), trial(.sharp), trial(.direct)]

    @Test func whatWasMeasuredIsNotMeasuredAgain() throws {
        try withStore { store in
            try store.save(TrialResult(trial: trials[1], report: report()))
            var made: [Trial] = []
            let evaluation = Evaluation(store) { _, trial throws(LabError) in
                made.append(trial)
                return report()
            }
            let missing = try evaluation.measure(trials, within: nil)
            #expect(missing == 0)
            #expect(made == [trials[0], trials[2]])
            let missingThen = try evaluation.measure(trials, within: nil)
            #expect(missingThen == 0)
            #expect(made.count == 2)
            #expect(store.results().map(\.trial.mode).sorted { $0.rawValue < $1.rawValue } == [.direct, .opennf, .sharp])
        }
    }

    @Test func aRunInWhichTheMachineDroppedPacketsIsRepeatedAndCounted() throws {
        try withStore { store in
            var runs = 0
            let evaluation = Evaluation(store) { _, _ throws(LabError) in
                runs += 1
                return report { $0.verdict = runs < 3 ? .void : .passed }
            }
            let missing = try evaluation.measure([trials[0]], within: nil)
            #expect(missing == 0)
            #expect(store.result(of: trials[0])?.voidRuns == 2)
            #expect(store.result(of: trials[0])?.counts == true)
        }
    }

    @Test func aMeasurementThatCannotBeMadeStopsNoneOfTheOthersAndIsStillMissing() throws {
        try withStore { store in
            let evaluation = Evaluation(store) { _, trial throws(LabError) in
                guard trial.mode != .opennf else { throw LabError("no") }
                return report()
            }
            let missing = try evaluation.measure(trials, within: nil)
            #expect(missing == 1)
            #expect(store.results().count == 2)
            #expect(store.result(of: trials[0]) == nil)
        }
    }

    @Test func nothingIsMeasuredWhenTheTimeIsUp() throws {
        try withStore { store in
            let evaluation = Evaluation(store) { _, _ throws(LabError) in report() }
            let missing = try evaluation.measure(trials, within: 0)
            #expect(missing == 3)
        }
    }

    @Test func aFileThatMakesNoSenseCountsAsNotMeasured() throws {
        try withStore { store in
            try store.save(TrialResult(trial: trials[0], report: report()))
            try "{".write(toFile: store.path("trials/\(trials[0].id).json"), atomically: true, encoding: .utf8)
            #expect(store.result(of: trials[0]) == nil)
            #expect(store.results().isEmpty)
        }
    }
}

@Suite("What measurements say")
struct FigureTests {
    private func measured(_ mode: EvaluatedMode, rate: Int, buffered: Int, repetition: Int = 1) -> TrialResult {
        TrialResult(
            trial: trial(mode, rate: rate, repetition: repetition),
            report: report {
                $0.handoverMs = LabReport.Spread(p50: 5, p90: 6, p99: 7, max: 8)
                $0.addedDelayMs = LabReport.Spread(p50: 4, p90: 4, p99: 4, max: 4)
                $0.controllerBuffered.packets = buffered
                $0.throughController = .init(
                    packets: buffered, controlFrames: 8, packetOuts: buffered + 10, messages: buffered + 20)
            })
    }

    @Test func aMeanHasItsConfidenceInterval() throws {
        let sample = try #require(Sample([1, 2, 3]))
        #expect(sample.mean == 2)
        #expect(abs(sample.margin - 4.30 / 3.0.squareRoot()) < 1e-9)
        #expect(Sample([7])?.margin == 0)
        #expect(Sample([]) == nil)
    }

    @Test func repetitionsAreOnePointAndVoidRunsAreNone() throws {
        var void = measured(.sharp, rate: 100, buffered: 1000, repetition: 3)
        void.report.verdict = .void
        let figures = Figures.all(
            Measurements([measured(.sharp, rate: 100, buffered: 4), measured(.sharp, rate: 100, buffered: 6, repetition: 2), void]))
        let panel = try #require(figures.first { $0.number == "8" }?.panels.first { $0.title.contains("8c") })
        #expect(panel.series.map(\.points.count) == [1])
        #expect(panel.series.first?.points.first?.y == 5)
    }

    @Test func theFormulaStandsBesideTheMeasuredCountAndMeetsItAtTheLeft() throws {
        let figures = Figures.all(
            Measurements([measured(.sharp, rate: 100, buffered: 4), measured(.sharp, rate: 1000, buffered: 40)]))
        let panel = try #require(figures.first { $0.number == "5" }?.panels.first)
        let formula = try #require(panel.series.first { $0.style == .formula })
        #expect(formula.name == "2T + C")
        // 4 packets, 8 control frames, 14 messages out; at 40 packets 2 × 36 more.
        let expected: [Double] = [26, 98]
        #expect(formula.points.map(\.y) == expected)
    }

    @Test func everyMeasurementIsALineOfTheTableWithAsManyFieldsAsItsHead() {
        let tables = EvaluationTables(Measurements([measured(.sharp, rate: 100, buffered: 4), measured(.direct, rate: 100, buffered: 0)]))
        let lines = tables.csv.split(separator: "\r\n").map { $0.split(separator: ",", omittingEmptySubsequences: false).count }
        #expect(lines.count == 3)
        #expect(Set(lines).count == 1)
        #expect(tables.csv.contains("direct-rate100-size58-state0-1,handover,direct,100,58,0,0,,,1,passed"))
    }

    @Test func whatWasLostIsSaidModeByMode() {
        var lossy = measured(.opennf, rate: 100, buffered: 4)
        lossy.report.lost = 3
        lossy.voidRuns = 2
        let tables = EvaluationTables(Measurements([lossy, measured(.direct, rate: 100, buffered: 0)]))
        #expect(tables.correctness.map(\.mode) == [.opennf, .direct])
        #expect(tables.correctness.map(\.lost) == [3, 0])
        #expect(tables.correctness.map(\.voidRuns) == [2, 0])
        #expect(tables.correctness.map(\.packetsToController) == [4, 0])
    }

    @Test func aScriptHasAllPointsAndNoTextCanLeaveItsQuotes() {
        let series = Figure.Series("it's", colour: 0, .measured, [Figure.Point(1, 2, low: 1.5, high: 2.5)])
        let figure = Figure("9", "t", [Figure.Panel("a\nb", x: "x", y: "y", scale: .logarithmicY, [series])], sentence: "")
        let script = GnuplotScript(figure, output: "figure.svg").text
        #expect(script.contains("1.0 2.0 1.5 2.5"))
        #expect(script.contains("title 'it''s' noenhanced"))
        #expect(script.contains("set title 'a b' noenhanced"))
        #expect(script.contains("set logscale y"))
    }

    @Test func thePageHasEveryFigureAndItsSentence() {
        let measurements = Measurements([measured(.sharp, rate: 100, buffered: 4), measured(.direct, rate: 100, buffered: 0)])
        let figures = Figures.all(measurements)
        let pictures = figures.reduce(into: [:]) { $0[$1.name] = "<?xml version=\"1.0\"?><svg id=\"\($1.name)\"></svg>" }
        let page = EvaluationPage(figures, pictures: pictures, EvaluationTables(measurements), machine: "1 < 2").html
        #expect(!figures.isEmpty)
        for figure in figures { #expect(page.contains("<svg id=\"\(figure.name)\">")) }
        #expect(!page.contains("<?xml"))
        #expect(page.contains("1 &lt; 2"))
    }

    @Test func delaysAreSeenFromTheRequestOn() throws {
        var log = DelayLog()
        for time in 0..<10 { log.record(sentAt: UInt64(time) * 1_000_000, delay: 1_000_000) }
        log.mark("during", at: 10_000_000)
        for time in 10..<20 { log.record(sentAt: UInt64(time) * 1_000_000, delay: UInt64(21 - time) * 1_000_000) }
        let timeline = try #require(Timeline(log.recorded))
        #expect(timeline.usual == 1)
        #expect(timeline.longest(in: 0...2, every: 1) == [Figure.Point(0, 11), Figure.Point(1, 10), Figure.Point(2, 9)])
        #expect(timeline.held(in: -1...9, every: 5).map(\.y) == [0, 4, 8])
        #expect(timeline.slower.last == Figure.Point(11, 0.1))
    }
}

@Suite("What the switches count")
struct SwitchCounterTests {
    private static let steering = " cookie=0x2, duration=3s, table=1, n_packets=40, n_bytes=2320, priority=21 actions=CONTROLLER:65535"

    private func counters(packetIns: Int, control: Int, packetOuts: Int, messages: Int) -> SwitchCounters {
        let line = " cookie=0x9, table=0, n_packets=\(control), n_bytes=60, priority=9,in_port=2,dl_type=0x821c actions=CONTROLLER:65535"
        return SwitchCounters(packetIns: packetIns, entries: [line, Self.steering], packetOuts: packetOuts, messages: messages)
    }

    @Test func packetInsThatAreNoControlFramesArePacketsOfFlows() {
        let before = counters(packetIns: 4, control: 1, packetOuts: 5, messages: 9)
        let after = counters(packetIns: 34, control: 11, packetOuts: 25, messages: 39)
        #expect(after.since(before) == .init(packets: 20, controlFrames: 10, packetOuts: 20, messages: 30))
    }

    @Test func aControllersStatusSaysHowManyPacketInsThereWere() {
        let status =
            #"{packet-in-action-backlog="0", packet-in-action-bypassed="17", packet-in-action-dropped="0", packet-in-action-queued="2", "#
            + #"packet-in-miss-bypassed="1", packet-in-miss-queued="0", sec_since_connect="3", state=ACTIVE}"#
        #expect(SwitchCounters.packetIns(inStatus: status) == 20)
        #expect(SwitchCounters.packetIns(inStatus: "{sec_since_connect=\"3\", state=ACTIVE}") == 0)
    }
}
