/// Figures 7 and 10: the delays of single packets.
extension Figures {
    private static let window = -10.0...90.0
    private static let roundTrip = "round trip, ms"

    static func delaysOverTime(_ measurements: Measurements) -> [Figure] {
        let sizes = measurements.sizes
        let rates = rates(measurements).filter { [100, 1000, 10_000].contains($0) }
        return sizes.map { size in
            func panels(_ what: String, _ y: String, _ points: (Timeline) -> [Figure.Point]) -> [Figure.Panel] {
                rates.map { rate in
                    Figure.Panel(
                        "\(what), \(rate) packets a second", x: "ms since the request", y: y,
                        EvaluatedMode.allCases.compactMap { mode in
                            measurements.timeline { $0.mode == mode && $0.variesRate && $0.rate == rate && $0.size == size }.map {
                                Figure.Series(mode.title, colour: mode.colour, .line, points($0))
                            }
                        })
                }
            }
            func peak(_ mode: EvaluatedMode) -> String {
                said(measurements.mean({ $0.addedDelayMs?.p50 }) { $0.mode == mode && $0.variesRate && $0.size == size })
            }
            return Figure(
                size == sizes.first ? "7a" : "7b", "One handover, packet by packet, \(size)-byte packets", columns: max(1, rates.count),
                panels("Delay", roundTrip) { $0.longest(in: window, every: 1) }
                    + panels("Held", "packets held anywhere") { $0.held(in: window, every: 1) },
                sentence: """
                    A packet that comes while its flow moves waits, and those behind it wait a little less; when the buffers are released, all \
                    is as before. Mean of the longest added delay, over all rates: OpenNF \(peak(.opennf)) ms, SHarP \(peak(.sharp)) ms, direct \
                    \(peak(.direct)) ms. Below: packets that were sent and not yet back although they usually would be, from the hosts' own clocks.
                    """)
        }
    }

    static func distributions(_ measurements: Measurements) -> [Figure] {
        func panels(_ what: String, _ trials: (EvaluatedMode) -> [(String, (Trial) -> Bool)]) -> [Figure.Panel] {
            EvaluatedMode.allCases.map { mode in
                Figure.Panel(
                    "\(mode.title): \(what)", x: roundTrip, y: "share of packets that took longer", scale: .logarithmicY,
                    trials(mode).enumerated().compactMap { colour, trial in
                        measurements.timeline(where: trial.1).map {
                            Figure.Series(trial.0, colour: colour, .line, $0.slower)
                        }
                    })
            }
        }
        let rates = rates(measurements).filter { [100, 1000, 5000, 10_000].contains($0) }
        let states = states(measurements).filter { [0, 200, 500, 1000].contains($0) }
        return [
            Figure(
                "10", "How packet delays are spread, 58-byte packets", columns: 3,
                panels("by packet rate") { mode in
                    rates.map { rate in
                        ("\(rate)/s", { $0.mode == mode && $0.variesRate && $0.rate == rate && $0.size == 58 })
                    }
                }
                    + panels("by state transfer") { mode in
                        states.map { state in
                            ("\(state) ms", { $0.mode == mode && $0.variesState && $0.stateMs == state && $0.size == 58 })
                        }
                    },
                sentence: """
                    Which share of the packets sent from the request until half a second after the handover took longer than so many \
                    milliseconds. The packet rate changes little; the state transfer time is what delays packets, in every mode, for none \
                    can be processed before the state is there.
                    """)
        ]
    }

    private static func rates(_ measurements: Measurements) -> [Int] {
        Set(measurements.valid.map(\.trial).filter(\.variesRate).map(\.rate)).sorted()
    }

    private static func states(_ measurements: Measurements) -> [Int] {
        Set(measurements.valid.map(\.trial).filter(\.variesState).map(\.stateMs)).sorted()
    }
}
