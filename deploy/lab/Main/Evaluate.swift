import ArgumentParser
import Foundation
import Lab

extension EvaluationPass: ExpressibleByArgument {}

/// `sharp-lab evaluate`.
struct Evaluate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measures OpenNF's move, SHarP's and the direct one side by side, and draws the paper's Figures 5 to 11.",
        discussion: """
            A measurement that is there already is not made again: interrupt it, and go on with the same command. The directory gets \
            index.html with all figures, evaluation.csv, evaluation.json, and a picture and a script for gnuplot for each figure. \
            Exit status: 0 all measured, 1 something was not.
            """)
    @Option(help: "quick (about ten minutes) or full (hours).") var pass = EvaluationPass.quick
    @Option(help: "How often each measurement is made; once in a quick pass, ten times in a full one.") var repetitions: Int?
    @Option(help: "Where measurements and figures are kept.") var directory = ".lab/evaluation"
    @Option(help: "Stop after so many seconds, and go on another time.") var seconds: Double?
    @Flag(help: "Measure nothing, but draw what was measured.") var onlyFigures = false
    @Flag(help: "List the measurements, and make none.") var list = false

    func validate() throws {
        if let repetitions, !(1...1000).contains(repetitions) {
            throw ValidationError("--repetitions \(repetitions): give a number from 1 to 1000")
        }
        if let seconds, seconds <= 0 { throw ValidationError("--seconds \(seconds): give a number above 0") }
    }

    func run() throws {
        let trials = pass.trials(repetitions: repetitions ?? pass.repetitions)
        if list { return trials.forEach { print($0.id) } }
        let store = EvaluationStore(directory)
        var missing = 0
        if !onlyFigures {
            guard geteuid() == 0 else { throw LabError("the lab makes network namespaces, which takes root: run it with sudo") }
            let executable = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
            missing = try Evaluation(store, executable: executable).measure(trials, within: seconds)
        }
        print("all figures: \(try EvaluationOutput(store).write())")
        if missing > 0 { throw ExitCode(1) }
    }
}
