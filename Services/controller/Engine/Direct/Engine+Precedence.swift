import ControlFrames
import Frames
import Mutations
import Timing

/// Which of several instances that hold packets of one flow has the earlier ones.
extension Engine {
    /// An instance's report of a flow that waits for the word of instances which were armed before.
    struct Question: Sendable {
        let seen: Seen
        let id: HandoverID
        let vnf: VNF
        let since: Instant
        /// Where nothing of the flow is held.
        var answered: Set<Place> = []
    }

    /// A direction of a flow at an instance, under an arming.
    struct Place: Hashable, Sendable {
        let arming: Serial
        let direction: Direction
    }

    /// Who asks about which flow.
    struct Asker: Hashable, Sendable {
        let flow: DirectedFlow
        let vnf: VNFID
    }

    /// Whether what an instance holds of a flow is the first that anybody holds of it. Rules that change one shortly after the other send
    /// a flow past several instances; what those armed before have of it lies before what this one has, as does a FENCE to them that is
    /// sent now. They are asked for as long as this one repeats its report.
    ///
    /// The handover that follows moves the other direction too, of which an earlier instance may hold packets that it has not reported.
    mutating func comesFirst(
        _ seen: Seen, _ headers: PacketHeaders, under id: HandoverID, by vnf: VNF, _ key: DirectedFlow, at now: Instant
    ) -> Bool {
        if Mutation.believeWhoReports.isActive { return true }
        let asker = Asker(flow: key, vnf: vnf.id)
        // What was asked because of an earlier arming says nothing of this one.
        let question = questions[asker].flatMap { $0.id == id ? $0 : nil } ?? Question(seen: seen, id: id, vnf: vnf, since: now)
        let own = serial(of: id).flatMap { armings[$0] }
        let group = topology.groups[vnf.group]
        let destination = flows[key].flatMap { live[$0]?.handover }.flatMap { $0.takes(key.direction) ? $0.destination.id : nil }
        func missing(_ direction: Direction, _ covers: (FlowMatch) -> Bool) -> [Arming] {
            armings.values.filter { other in
                guard other.vnf != vnf.id, other.vnf != destination, other.group == vnf.group, other.arms.has(direction),
                    covers(other.arms[direction].match),
                    !question.answered.contains(Place(arming: other.serial, direction: direction))
                else { return false }
                guard let own, let group else { return true }
                return comes(other, before: own, headers, key.direction, in: group)
            }
        }
        let here = missing(key.direction) { $0.matches(headers) }
        let mirror = FlowMatch(exactly: key.flow.mirrored)
        let concernsMirror = destination != vnf.id && movesMirror(of: key, heldUnder: own?.serial)
        let there = concernsMirror ? missing(key.direction.opposite) { $0.overlaps(mirror) } : []
        guard !here.isEmpty || !there.isEmpty, now - question.since < configuration.retry.limit else {
            questions[asker] = nil
            return true
        }
        if questions[asker] == nil, questions.count >= configuration.limits.handovers {
            questions = questions.filter { now - $0.value.since < configuration.retry.limit }
            // It asks again: there may be room then.
            guard questions.count < configuration.limits.handovers else { return false }
        }
        questions[asker] = question
        ask(here, about: key, at: now)
        ask(there, about: key.mirrored, at: now)
        return false
    }

    private mutating func ask(_ armings: [Arming], about flow: DirectedFlow, at now: Instant) {
        for arming in armings.sorted(by: { $0.serial < $1.serial }) {
            guard let other = topology.vnfs[arming.vnf], let way = topology.way(to: other, flow.direction, from: nil) else { continue }
            reply(.fence(flow: flow.flow), handover: arming.id, by: way)
        }
    }

    /// Whether a handover of a flow that an instance holds has to do with the flow's other direction.
    private func movesMirror(of key: DirectedFlow, heldUnder arming: Serial?) -> Bool {
        guard let arming = arming.flatMap({ armings[$0] }), arming.arms.has(key.direction.opposite), key.flow.hasMirror,
            let rule = relocations[arming.relocation].flatMap({ rules[$0.rule] }), rule.specification.grouping == .perFlow
        else { return false }
        return flows[key.mirrored] == flows[key]
    }

    /// An instance holds so much of a flow under an arming: what it holds it reports by itself.
    mutating func holds(_ count: UInt32, of flow: FlowKey, under arming: Arming, _ direction: Direction, at now: Instant) {
        guard count == 0, let group = topology.groups[arming.group] else { return }
        let key = DirectedFlow(group: group.index, direction: direction, flow: flow)
        let askers = questions.keys.filter { $0.flow == key || $0.flow == key.mirrored }
        for asker in askers { questions[asker]?.answered.insert(Place(arming: arming.serial, direction: direction)) }
        for asker in askers.sorted(by: { ($0.vnf, $0.flow.direction) < ($1.vnf, $1.flow.direction) }) {
            guard let question = questions[asker] else { continue }
            sighted(question.seen, under: question.id, by: question.vnf, asker.flow.direction, at: now)
        }
    }
}
