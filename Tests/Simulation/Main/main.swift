import Simulation

let arguments = CommandLine.arguments.dropFirst().compactMap { UInt64($0) }
let range = arguments.count == 1 ? arguments[arguments.startIndex]...arguments[arguments.startIndex] : 0...UInt64(arguments.last ?? 999)
var failures = 0
for seed in range {
    let problems = Simulation(seed: seed).run()
    if !problems.isEmpty {
        failures += 1
        if failures <= 10 { print("seed \(seed):", Scenario(seed: seed)); problems.prefix(6).forEach { print("   ", $0) } }
    }
}
print("\(failures) of \(range.count) seeds fail")
