import Foundation

/// All figures of an evaluation, as far as there are measurements for them.
package enum Figures {
    /// The paper's Figures 5 to 11, in order.
    package static func all(_ measurements: Measurements) -> [Figure] {
        (controllerLoad(measurements) + delaysOverTime(measurements) + handovers(measurements) + distributions(measurements)
            + arrivals(measurements))
            .filter { !$0.panels.isEmpty }
    }
}

extension EvaluatedMode {
    /// Its colour in all figures.
    var colour: Int { EvaluatedMode.allCases.firstIndex(of: self) ?? 0 }
}

/// A number for a sentence.
func said(_ value: Double?) -> String {
    guard let value else { return "(not measured)" }
    return value >= 100 || value == value.rounded() ? "\(Int(value.rounded()))" : String(format: "%.1f", value)
}
