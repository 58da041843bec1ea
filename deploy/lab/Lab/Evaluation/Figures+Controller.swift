/// Figures 5 and 6: what the controller has to handle.
extension Figures {
    /// State messages in Figure 5a: 10 of 1,000 bytes, as in the paper.
    private static let stateMessages = 10.0
    private static let messages = "packets in and out"

    static func controllerLoad(_ measurements: Measurements) -> [Figure] {
        let rate = Figure.Panel(
            "Figure 5a: over the packet rate", x: "packets a second", y: messages, scale: .logarithmicY,
            load(
                measurements, over: { Double($0.rate) }, where: { $0.variesRate && $0.size == 58 }, stateMessages: { _ in stateMessages }))
        let state = Figure.Panel(
            "Figure 5b: over the state, 1,000 packets a second", x: "state transfer, ms (or kB at 1 MB a second)", y: messages,
            scale: .logarithmicY,
            load(measurements, over: { Double($0.stateMs) }, where: { $0.variesState && $0.size == 58 }, stateMessages: { $0 }))
        let rates = Set(measurements.valid.map(\.trial).filter { $0.variesDelay && $0.controllerDelayMs > 0 }.map(\.rate)).sorted()
        let away = rates.map { rate in
            Figure.Panel(
                "Figure 6: at \(rate) packets a second", x: "added delay to the controller, ms each way",
                y: messages,
                measurements.series(
                    bySize: false, over: { $0.controllerDelayMs }, { handled($0) }, where: { $0.variesDelay && $0.rate == rate })
                    + [formula(measurements, .sharp, over: { $0.controllerDelayMs }, where: { $0.variesDelay && $0.rate == rate })]
                    .compactMap(\.self))
        }
        func most(_ mode: EvaluatedMode) -> String {
            said(measurements.mean({ handled($0) }) { $0.mode == mode && $0.variesState && $0.size == 58 && $0.stateMs == 1000 })
        }
        func atDistance(_ mode: EvaluatedMode) -> String {
            said(measurements.mean({ handled($0) }) { $0.mode == mode && $0.variesDelay && $0.controllerDelayMs == 10 && $0.rate == 1000 })
        }
        return [
            Figure(
                "5", "What the controller has to handle for one handover", [rate, state],
                sentence: """
                    Every packet that waits at the controller costs two messages, one in and one out; so OpenNF's controller works for as long \
                    as the state is under way, SHarP's only until the destination holds the flow, and in direct mode no packet comes to it at \
                    all, only control frames. With a second of state transfer they handle \(most(.opennf)), \(most(.sharp)) and \
                    \(most(.direct)) packets and control frames, in and out, of 58-byte packets both ways. Points: Open vSwitch's own counters \
                    of PACKET_INs and PACKET_OUTs, copies that mark the end of the switch-over among them. Dotted: the paper's formulas 3N + \
                    2R + C and 2T + C with the R and T of the same runs, N state messages of 1,000 bytes, and C as at the leftmost point. In \
                    this lab the state never goes through the controller, so OpenNF's points lie below its formula by 3N.
                    """),
            Figure(
                "6", "How the way to the controller counts", away,
                sentence: """
                    The further the controller, the more packets have come to it before it can act; in direct mode none do, however far it is. \
                    With 10 ms more each way at 1,000 packets a second: OpenNF \(atDistance(.opennf)), SHarP \(atDistance(.sharp)), direct \
                    \(atDistance(.direct)) packets and control frames. Dotted: 2T + C.
                    """),
        ]
    }

    private static func load(
        _ measurements: Measurements, over x: @escaping (Trial) -> Double, where chosen: @escaping (Trial) -> Bool,
        stateMessages: (Double) -> Double
    ) -> [Figure.Series] {
        var series = measurements.series(bySize: false, over: x, { handled($0) }, where: chosen)
        if var bare = formula(measurements, .opennf, over: x, where: chosen) {
            bare.name = "3N + 2R + C"
            bare.points = bare.points.map { Figure.Point($0.x, $0.y + 3 * stateMessages($0.x)) }
            series.append(bare)
        }
        if let sharp = formula(measurements, .sharp, over: x, where: chosen) { series.append(sharp) }
        return series
    }

    /// Twice the packets that waited at the controller, and the constant that there is at the leftmost point.
    private static func formula(
        _ measurements: Measurements, _ mode: EvaluatedMode, over x: @escaping (Trial) -> Double, where chosen: @escaping (Trial) -> Bool
    ) -> Figure.Series? {
        let waited = measurements.series("2T + C", colour: mode.colour, over: x, { Double($0.controllerBuffered.packets) }) {
            $0.mode == mode && chosen($0)
        }
        guard let first = waited.points.first,
            let atFirst = measurements.mean({ handled($0) }, where: { $0.mode == mode && chosen($0) && x($0) == first.x })
        else { return nil }
        let constant = atFirst - 2 * first.y
        return Figure.Series(
            waited.name, colour: waited.colour, .formula, waited.points.map { Figure.Point($0.x, 2 * $0.y + constant) })
    }

    private static func handled(_ report: LabReport) -> Double? { report.throughController.map { Double($0.handled) } }
}
