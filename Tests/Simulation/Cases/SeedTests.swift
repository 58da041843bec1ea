import Simulation
import Testing

@Suite struct SeedTests {
    @Test func aThousandSeedsLoseReorderAndDoubleNothing() {
        let failing = (UInt64(0)..<1000).compactMap { seed -> String? in
            let problems = Simulation(seed: seed).run()
            return problems.isEmpty ? nil : "seed \(seed): \(problems.joined(separator: "; "))"
        }
        #expect(failing.isEmpty, "\(failing.count) of 1000 seeds fail, first \(failing.first ?? "")")
    }
}
