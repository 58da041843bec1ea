import HandoverEngine

/// What all handovers of a run came to.
public struct Totals: Sendable, Hashable {
    /// Handovers by how they ended.
    public let outcomes: [String: Int]
    /// Packets of flows that went to the controller.
    public let packetsThroughController: Int
    /// The most entries that a switch had at a time.
    public let peakEntries: Int
    /// Packets that hosts sent, and those that arrived.
    public let sent: Int, arrived: Int
    /// Rules by the mode that they were carried out in.
    public let modes: [String: Int]

    init(_ world: borrowing World) {
        let counters = world.controller.engine.counters
        outcomes = Dictionary(uniqueKeysWithValues: counters.handoversEnded.map { ($0.key.rawValue, $0.value) })
        packetsThroughController = counters.flowPackets
        peakEntries = world.peakEntries
        let conversations = world.hosts.conversations
        func sum(_ count: (Hosts.Conversation, Direction) -> Int) -> Int {
            Direction.allCases.reduce(0) { total, direction in conversations.reduce(total) { $0 + count($1, direction) } }
        }
        sent = sum { Int($0.sent[$1]) }
        arrived = sum { $0.received[$1] }
        modes = world.controller.engine.rules.all.reduce(into: [:]) { $0[$1.mode?.rawValue ?? "none", default: 0] += 1 }
    }
}
