/// Figure 11: many handovers, of a flow each, whose requests arrive by themselves.
extension Figures {
    static func arrivals(_ measurements: Measurements) -> [Figure] {
        let sizes = Set(measurements.valid.map(\.trial).filter { $0.arrivals != nil }.map(\.size)).sorted()
        let trials = measurements.valid.map(\.trial)
        // Where the rate was varied, the number of requests was the same.
        let count = Dictionary(grouping: trials.compactMap(\.arrivals).filter { $0.perSecond != 10 }) { $0.count }
            .max { $0.value.count < $1.value.count }?.key
        var panels: [Figure.Panel] = []
        for (row, size) in sizes.enumerated() {
            let letters = row == 0 ? ("a", "b") : ("c", "d")
            panels.append(
                Figure.Panel(
                    "Figure 11\(letters.0): 10 requests a second, \(size) B", x: "requests", y: "handover, ms: median to 90th percentile",
                    ranges(measurements, shift: 0.6, over: { Double($0.count) }) { $0.size == size && $0.arrivals?.perSecond == 10 }))
            if let count {
                panels.append(
                    Figure.Panel(
                        "Figure 11\(letters.1): \(count) requests, \(size) B", x: "requests a second",
                        y: "handover, ms: median to 90th percentile",
                        scale: .logarithmicX,
                        ranges(measurements, shift: 0, over: { $0.perSecond }) { $0.size == size && $0.arrivals?.count == count }))
            }
        }
        func slow(_ mode: EvaluatedMode) -> String {
            said(measurements.mean({ $0.handoverMs?.p90 }) { $0.mode == mode && $0.arrivals?.perSecond == 10 })
        }
        func slowest(_ mode: EvaluatedMode) -> String {
            said(measurements.mean({ $0.handoverMs?.p90 }) { $0.mode == mode && $0.arrivals?.perSecond == 50 })
        }
        return [
            Figure(
                "11", "Many handovers, a request for each flow of 50 packets a second", panels,
                sentence: """
                    An orchestrator that reconfigures much asks for many handovers at once. At 10 requests a second, nine of ten are over in \
                    \(slow(.opennf)) ms (OpenNF), \(slow(.sharp)) ms (SHarP), \(slow(.direct)) ms (direct); at 50 a second in \(slowest(.opennf)), \
                    \(slowest(.sharp)) and \(slowest(.direct)) ms. The paper's prototype took less than 120 ms at 10 a second.
                    """)
        ]
    }

    /// The median, with a bar up to the 90th percentile.
    private static func ranges(
        _ measurements: Measurements, shift: Double, over x: @escaping ((count: Int, perSecond: Double)) -> Double,
        where chosen: @escaping (Trial) -> Bool
    ) -> [Figure.Series] {
        EvaluatedMode.allCases.map { mode in
            func points(_ value: (LabReport) -> Double?) -> [Figure.Point] {
                measurements.series(
                    mode.title, colour: mode.colour, over: { $0.arrivals.map(x) ?? 0 }, value, where: { $0.mode == mode && chosen($0) }
                ).points
            }
            let move = shift * Double(mode.colour - 1)
            return Figure.Series(
                mode.title, colour: mode.colour, .ranges,
                zip(points { $0.handoverMs?.p50 }, points { $0.handoverMs?.p90 }).map {
                    Figure.Point($0.x + move, $0.y, low: $0.y, high: $1.y)
                })
        }
    }
}
