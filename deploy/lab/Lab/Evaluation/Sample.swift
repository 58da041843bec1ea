/// Repetitions of one measurement, as a mean with its 95 % confidence interval (as in the paper's figures).
package struct Sample: Hashable, Sendable {
    /// The mean.
    package let mean: Double
    /// Half of the confidence interval; 0 where there is one value only.
    package let margin: Double

    /// The sample of these values; nil without any.
    package init?(_ values: [Double]) {
        guard !values.isEmpty else { return nil }
        let count = Double(values.count)
        let mean = values.reduce(0, +) / count
        self.mean = mean
        guard values.count > 1 else {
            margin = 0
            return
        }
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1)
        margin = Self.studentsT(values.count - 1) * (variance / count).squareRoot()
    }

    /// The 97.5 % quantile of Student's t, by degrees of freedom.
    private static func studentsT(_ degrees: Int) -> Double {
        let table = [12.71, 4.30, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23, 2.20, 2.18, 2.16, 2.14, 2.13, 2.12, 2.11, 2.10, 2.09]
        return degrees <= table.count ? table[degrees - 1] : degrees < 60 ? 2.04 : 1.98
    }
}
