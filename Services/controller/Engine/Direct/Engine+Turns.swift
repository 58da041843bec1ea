import ControlFrames
import Timing

/// Flows in direct mode that wait, held at their destination, until others have moved: no more move at a time than switches and agents
/// keep up with. Without that, the control frames of thousands would wait for each other until nobody seems to answer.
extension Engine {
    /// An instance's report of a flow whose turn has not come.
    struct Sighting: Sendable {
        let seen: Seen
        let id: HandoverID
        let vnf: VNFID
        let direction: Direction
    }

    /// The flows that wait, in the order in which they were reported.
    struct TurnQueue: Sendable {
        private var order: [DirectedFlow] = []
        private var start = 0
        private var sightings: [DirectedFlow: Sighting] = [:]
        /// How many there are under each arming.
        private var counts: [HandoverID: Int] = [:]
        /// Whether those at the front are being taken out.
        var isServed = false

        var isEmpty: Bool { sightings.isEmpty }
        var count: Int { sightings.count }
        /// The armings under which they are held.
        var armings: some Sequence<HandoverID> { counts.keys }

        /// Puts a flow at the end, unless it waits already; false if it does.
        mutating func append(_ sighting: Sighting, of flow: DirectedFlow) -> Bool {
            let before = sightings.updateValue(sighting, forKey: flow)
            count(sighting, 1)
            if let before { count(before, -1) }
            guard before == nil else { return false }
            order.append(flow)
            return true
        }

        mutating func remove(_ flow: DirectedFlow) -> Sighting? {
            let removed = sightings.removeValue(forKey: flow)
            if let removed { count(removed, -1) }
            return removed
        }

        mutating func popFirst() -> (flow: DirectedFlow, sighting: Sighting)? {
            while start < order.count {
                let flow = order[start]
                start += 1
                if start > 1_024, 2 * start > order.count {
                    order.removeFirst(start)
                    start = 0
                }
                if let sighting = remove(flow) { return (flow, sighting) }
            }
            return nil
        }

        private mutating func count(_ sighting: Sighting, _ change: Int) {
            let count = counts[sighting.id, default: 0] + change
            counts[sighting.id] = count == 0 ? nil : count
        }
    }

    private static let mostWaiting = 500_000

    /// Lets a flow wait for its turn, if it has to.
    mutating func awaitsTurn(_ sighting: Sighting, of flow: DirectedFlow, at source: VNFID) -> Bool {
        guard busy >= configuration.limits.moving, turns.count < Self.mostWaiting else { return false }
        if turns.append(sighting, of: flow) { counters.waitedForTurn += 1 }
        // It is no new flow, should detection end before.
        note(flow, at: source, until: nil)
        return true
    }

    /// Begins to move those whose turn has come.
    mutating func beginNext(at now: Instant) {
        guard !turns.isEmpty, !turns.isServed else { return }
        turns.isServed = true
        defer { turns.isServed = false }
        while busy < configuration.limits.moving, let next = turns.popFirst() {
            report(next.sighting, at: now)
            // The other direction is the same handover's, which would wait for it.
            if let other = turns.remove(next.flow.mirrored) { report(other, at: now) }
        }
    }

    /// A handover may have arrived: what it still waits for, a direction that is silent, costs nothing.
    mutating func noteBusy(_ serial: Serial) {
        guard let index = live.index(forKey: serial), live.values[index].isBusy,
            live.values[index].handover.record.settledAt != nil || live.values[index].handover.isEnded
                || live.values[index].handover.isDormant
        else { return }
        live.values[index].isBusy = false
        busy -= 1
    }

    /// Whether flows of a relocation wait for their turn.
    func hasTurnsToCome(_ relocation: Serial) -> Bool {
        turns.armings.contains { id in serial(of: id).flatMap { armings[$0] }?.relocation == relocation }
    }

    private mutating func report(_ sighting: Sighting, at now: Instant) {
        guard let vnf = topology.vnfs[sighting.vnf] else { return }
        sighted(sighting.seen, under: sighting.id, by: vnf, sighting.direction, at: now)
    }
}
