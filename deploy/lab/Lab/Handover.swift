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
    let outcome: String
    let durationMs: Double?
    let phasesMs: [String: Double?]
    let controllerBuffered: Buffered
    let vnfBuffered: Buffered
    let reason: String?

    /// The phases in the order in which they usually end.
    static let phases = ["arm", "redirect", "fence", "transfer", "release"]
}
