/// A handover record of the northbound API, as far as the lab looks at it.
package struct Handover: Decodable, Hashable {
    /// What passed through a buffer.
    package struct Buffered: Decodable, Hashable {
        let packets: Int
        let bytes: Int
        let peakPackets: Int
    }

    let id: Int
    let flow: String
    let source: Int
    let destination: Int
    let mode: String?
    let modeReason: String?
    let outcome: String
    let durationMs: Double?
    let phasesMs: [String: Double?]
    let controllerBuffered: Buffered
    let vnfBuffered: Buffered
    let lostPackets: Int?
    let reason: String?

    /// How long a phase took, in milliseconds; nil if it is not over.
    func milliseconds(of phase: HandoverPhase) -> Double? { phasesMs[phase.rawValue].flatMap(\.self) }

    /// The phase that it waits in; nil when it has ended.
    var waitsIn: HandoverPhase? {
        outcome == "open" ? HandoverPhase.allCases.first { milliseconds(of: $0) == nil } : nil
    }
}
