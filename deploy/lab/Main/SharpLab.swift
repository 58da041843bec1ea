import ArgumentParser
import Foundation
import Lab

/// The lab's command line.
@main
struct SharpLab: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sharp-lab",
        abstract: "Figure 1 of the SHarP paper in network namespaces: two hosts, two switches, two functions, and the real services.",
        discussion: "Takes root. Leaves nothing behind, however it ends. Several labs run side by side.",
        subcommands: [Demo.self, DemoNAT.self, Run.self, Baseline.self, Evaluate.self, Up.self])

    struct Demo: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Moves running traffic from one function to the other and checks every packet and the state.",
            discussion: "Exit status: 0 passed, 1 failed, 2 void because the machine itself dropped packets.")
        @OptionGroup var arguments: LabArguments
        @OptionGroup var output: ReportArguments

        func run() throws {
            try output.run({ arguments.scenario }, { try $0.perform() })
        }
    }

    struct Run: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Runs a scenario that a file describes in JSON, as the tests do.")
        @Argument(help: "The file.") var file: String
        @OptionGroup var output: ReportArguments

        func run() throws {
            try output.run({ try read() }, { try $0.perform() })
        }

        private func read() throws -> Scenario {
            do { return try JSONDecoder().decode(Scenario.self, from: Data(contentsOf: URL(fileURLWithPath: file))) } catch {
                throw LabError("\(file): not a scenario: \(error)")
            }
        }
    }

    struct Baseline: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Sends the same traffic through one function by static flow entries, without controller: what the machine can do.")
        @OptionGroup var arguments: LabArguments
        @OptionGroup var output: ReportArguments
        @Flag(help: "Keep the HSL agents between the switches and the functions.") var withAgents = false

        func run() throws {
            try output.run({ arguments.scenario.withoutSteps }, { try $0.measureBaseline(withAgents: withAgents) })
        }
    }

    struct Up: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Brings everything up and stays until Ctrl-C.")
        @OptionGroup var arguments: LabArguments
        @OptionGroup var output: ReportArguments

        func run() throws {
            try output.run({ arguments.scenario }) { run in
                try run.stayUp()
                return nil
            }
        }
    }
}
