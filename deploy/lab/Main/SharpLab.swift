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
        subcommands: [Demo.self, Baseline.self, Up.self])

    struct Demo: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Moves running traffic from one function to the other and checks every packet and the state.",
            discussion: "Exit status: 0 passed, 1 failed, 2 void because the machine itself dropped packets.")
        @OptionGroup var arguments: LabArguments

        func run() throws {
            try arguments.run { scenario in try scenario.demonstrate() }
        }
    }

    struct Baseline: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Sends the same traffic through one function by static flow entries, without controller: what the machine can do.")
        @OptionGroup var arguments: LabArguments
        @Flag(help: "Keep the HSL agents between the switches and the functions.") var withAgents = false

        func run() throws {
            try arguments.run { scenario in try scenario.measureBaseline(withAgents: withAgents) }
        }
    }

    struct Up: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Brings everything up and stays until Ctrl-C.")
        @OptionGroup var arguments: LabArguments

        func run() throws {
            try arguments.run { scenario in
                try scenario.stayUp()
                return nil
            }
        }
    }
}
