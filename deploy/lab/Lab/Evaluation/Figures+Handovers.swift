/// Figures 8 and 9: how long a handover takes, by how much it delays packets, and what waits where.
extension Figures {
    static func handovers(_ measurements: Measurements) -> [Figure] {
        func added(_ mode: EvaluatedMode, _ chosen: @escaping (Trial) -> Bool) -> String {
            said(measurements.mean({ $0.addedDelayMs?.p50 }) { $0.mode == mode && chosen($0) })
        }
        func atController(_ mode: EvaluatedMode, _ chosen: @escaping (Trial) -> Bool) -> String {
            said(measurements.mean({ Double($0.controllerBuffered.packets) }) { $0.mode == mode && chosen($0) })
        }
        let isFastest: (Trial) -> Bool = { $0.variesRate && $0.rate == 10_000 }
        let isLongest: (Trial) -> Bool = { $0.variesState && $0.stateMs == 1000 }
        return [
            Figure(
                "8", "One handover over the packet rate",
                panels("8", "packets a second", measurements, over: { Double($0.rate) }, where: \.variesRate),
                sentence: """
                    At 10,000 packets a second the longest delay that the handover adds is \(added(.opennf, isFastest)) ms with OpenNF, \
                    \(added(.sharp, isFastest)) ms with SHarP, \(added(.direct, isFastest)) ms in direct mode; \(atController(.opennf, isFastest)), \
                    \(atController(.sharp, isFastest)) and \(atController(.direct, isFastest)) packets wait at the controller. Bars are 95 % \
                    confidence intervals where there are several runs.
                    """),
            Figure(
                "9", "One handover over the state transfer time, 1,000 packets a second",
                panels("9", "state transfer, ms", measurements, over: { Double($0.stateMs) }, where: \.variesState),
                sentence: """
                    Packets have to wait for the state in any case; what differs is where. With a second of state transfer, OpenNF's controller \
                    holds \(atController(.opennf, isLongest)) packets, SHarP's \(atController(.sharp, isLongest)), whatever the state, and in direct \
                    mode \(atController(.direct, isLongest)): the others wait at the destination. Bars are 95 % confidence intervals where there \
                    are several runs.
                    """),
        ]
    }

    private static func panels(
        _ number: String, _ x: String, _ measurements: Measurements, over place: @escaping (Trial) -> Double,
        where chosen: @escaping (Trial) -> Bool
    ) -> [Figure.Panel] {
        func panel(_ letter: String, _ title: String, _ y: String, _ value: @escaping (LabReport) -> Double?) -> Figure.Panel {
            Figure.Panel("Figure \(number)\(letter): \(title)", x: x, y: y, measurements.series(over: place, value, where: chosen))
        }
        return [
            panel("a", "handover duration", "ms") { $0.handoverMs?.p50 },
            panel("b", "longest added delay, there and back", "ms") { $0.addedDelayMs?.p50 },
            panel("c", "buffered at the controller", "packets") { $0.handoverMs == nil ? nil : Double($0.controllerBuffered.packets) },
            panel("d", "buffered at the destination", "packets") { $0.handoverMs == nil ? nil : Double($0.vnfBuffered.packets) },
        ]
    }
}
