/// Where flows are that no handover moves, and of which no rule says so yet.
///
/// - A flow that there was no room to move is where it was.
/// - A flow that was new while a rule's flows were detected is where it was first met, whatever another rule's end of detection says of
///   flows that nobody has heard of. When its own rule has taken effect, that says the same.
struct Whereabouts: Sendable {
    private struct Home {
        let vnf: VNFID
        /// The relocation that has still to take effect; nil if none will say where the flow is.
        var relocation: Serial?
    }

    private static let limit = 100_000

    private var homes: [Engine.DirectedFlow: Home] = [:]

    /// Where a flow is, by either of its directions.
    func home(of flow: Engine.DirectedFlow) -> VNFID? {
        homes.isEmpty ? nil : (homes[flow] ?? homes[flow.mirrored])?.vnf
    }

    /// Remembers where a flow is; false when too many are remembered.
    mutating func note(_ flow: Engine.DirectedFlow, at vnf: VNFID, until relocation: Serial?) -> Bool {
        guard homes[flow] != nil || homes.count < Self.limit else { return false }
        homes[flow] = Home(vnf: vnf, relocation: relocation)
        return true
    }

    /// A handover has begun that knows where the flow is.
    mutating func forget(_ flow: Engine.DirectedFlow) {
        guard !homes.isEmpty else { return }
        homes[flow] = nil
        homes[flow.mirrored] = nil
    }

    /// A relocation has taken effect: its rule says where its new flows are.
    mutating func tookEffect(_ relocation: Serial) {
        guard !homes.isEmpty else { return }
        homes = homes.filter { $0.value.relocation != relocation }
    }

    /// Another relocation goes on in place of one.
    mutating func inherit(_ earlier: Serial, by relocation: Serial) {
        for (flow, home) in homes where home.relocation == earlier { homes[flow]?.relocation = relocation }
    }
}
