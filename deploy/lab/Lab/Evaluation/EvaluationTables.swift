/// The measurements as text: a line each for programs, and what they say of each mode together.
package struct EvaluationTables {
    private let measurements: Measurements

    /// The tables of some measurements.
    package init(_ measurements: Measurements) { self.measurements = measurements }

    /// All measurements, void ones too, a line each, with a line of names before them (RFC 4180).
    package var csv: String {
        let names = Self.columns.map(\.name).joined(separator: ",")
        let lines = measurements.all.map { result in Self.columns.map { $0.value(result) }.joined(separator: ",") }
        return ([names] + lines).joined(separator: "\r\n") + "\r\n"
    }

    private static let columns: [(name: String, value: @Sendable (TrialResult) -> String)] = [
        ("trial", { $0.trial.id }), ("kind", { $0.trial.kind.name }),
        ("mode", { $0.trial.kind == .baseline ? "" : $0.trial.mode.rawValue }),
        ("rate", { "\($0.trial.rate)" }), ("size", { "\($0.trial.size)" }), ("state_ms", { "\($0.trial.stateMs)" }),
        ("controller_delay_ms", { short($0.trial.controllerDelayMs) }), ("requests", { $0.trial.arrivals.map { "\($0.count)" } ?? "" }),
        ("requests_per_second", { $0.trial.arrivals.map { short($0.perSecond) } ?? "" }), ("repetition", { "\($0.trial.repetition)" }),
        ("verdict", { $0.report.verdict.rawValue }), ("void_runs", { "\($0.voidRuns)" }), ("sent", { "\($0.report.sent)" }),
        ("lost", { "\($0.report.lost)" }), ("reordered", { "\($0.report.reordered)" }), ("doubled", { "\($0.report.duplicated)" }),
        ("completed", { "\($0.report.outcomes["completed", default: 0])" }), ("handovers", { "\($0.report.handovers)" }),
        ("usual_delay_ms", { number($0.report.usualDelayMs) }), ("added_delay_ms", { number($0.report.addedDelayMs?.p50) }),
        ("added_delay_p90_ms", { number($0.report.addedDelayMs?.p90) }), ("handover_ms", { number($0.report.handoverMs?.p50) }),
        ("handover_p90_ms", { number($0.report.handoverMs?.p90) }), ("handover_max_ms", { number($0.report.handoverMs?.max) }),
        ("controller_buffered_packets", { "\($0.report.controllerBuffered.packets)" }),
        ("vnf_buffered_packets", { "\($0.report.vnfBuffered.packets)" }),
        ("flow_packets_to_controller", { count($0, \.packets) }),
        ("control_frames_to_controller", { count($0, \.controlFrames) }), ("packet_outs", { count($0, \.packetOuts) }),
        ("messages_from_controller", { count($0, \.messages) }),
    ]

    private static func count(_ result: TrialResult, _ field: KeyPath<LabReport.ThroughController, Int>) -> String {
        result.report.throughController.map { "\($0[keyPath: field])" } ?? ""
    }

    private static func number(_ value: Double?) -> String { value.map { "\($0)" } ?? "" }

    /// What became of the packets in all runs of a mode.
    package struct Correctness: Hashable, Sendable {
        /// The mode.
        package let mode: EvaluatedMode
        /// Runs that say something, and void ones before them.
        package let runs, voidRuns: Int
        /// Handovers asked for, and completed.
        package let handovers, completed: Int
        /// Packets that hosts sent, and what became of them.
        package let sent, lost, reordered, doubled: Int
        /// Packets of flows that went to the controller by the switches' counters, and the bytes that so many frames have.
        package let packetsToController, bytesToController: Int
    }

    /// What became of the packets, mode by mode.
    package var correctness: [Correctness] {
        measurements.modes.map { mode in
            let results = measurements.valid.filter { $0.trial.mode == mode && $0.trial.kind != .baseline }
            let all = measurements.all.filter { $0.trial.mode == mode && $0.trial.kind != .baseline }
            func sum(_ value: (LabReport) -> Int) -> Int { results.reduce(0) { $0 + value($1.report) } }
            return Correctness(
                mode: mode, runs: results.count, voidRuns: all.reduce(0) { $0 + $1.voidRuns + ($1.counts ? 0 : 1) },
                handovers: sum(\.handovers), completed: sum { $0.outcomes["completed", default: 0] }, sent: sum(\.sent), lost: sum(\.lost),
                reordered: sum(\.reordered), doubled: sum(\.duplicated), packetsToController: sum { $0.throughController?.packets ?? 0 },
                bytesToController: sum { ($0.throughController?.packets ?? 0) * $0.size })
        }
    }

    /// The highest rate at which the switches and agents carried everything without a handover, in packets a second each way; nil if it
    /// was not measured.
    package var carried: Int? {
        measurements.all.filter { result in
            result.trial.kind == .baseline && result.counts && result.report.lost + result.report.reordered == 0
        }.map(\.trial.rate).max()
    }
}

extension Trial.Kind {
    fileprivate var name: String {
        switch self {
        case .handover: "handover"
        case .requests: "requests"
        case .baseline: "baseline"
        }
    }
}
