import ControlFrames
import Frames
import Timing

/// Which of several instances that hold packets of one flow has the earlier ones.
extension Engine {
    /// An instance's report of a flow that waits for the word of instances which were armed before.
    struct Question: Sendable {
        let seen: Seen
        let id: HandoverID
        let vnf: VNF
        let since: Instant
        /// The armings under which nothing of the flow is held.
        var answered: Set<Serial> = []
    }

    /// Who asks about which flow.
    struct Asker: Hashable, Sendable {
        let flow: DirectedFlow
        let vnf: VNFID
    }

    /// Whether what an instance holds of a flow is the first that anybody holds of it. Rules that change one shortly after the other send
    /// a flow past several instances; what those armed before have of it lies before what this one has, as does a FENCE to them that is
    /// sent now. They are asked for as long as this one repeats its report.
    mutating func comesFirst(
        _ seen: Seen, _ headers: PacketHeaders, under id: HandoverID, by vnf: VNF, _ key: DirectedFlow, at now: Instant
    ) -> Bool {
        let asker = Asker(flow: key, vnf: vnf.id)
        let own = serial(of: id)
        let destination = flows[key].flatMap { live[$0]?.handover }.flatMap { $0.takes(key.direction) ? $0.destination.id : nil }
        let earlier = armings.values.filter { other in
            other.vnf != vnf.id && other.vnf != destination && other.group == vnf.group && own.map { other.serial < $0 } ?? true
                && other.arms.has(key.direction) && other.arms[key.direction].match.matches(headers)
        }
        let question = questions[asker] ?? Question(seen: seen, id: id, vnf: vnf, since: now)
        let missing = earlier.filter { !question.answered.contains($0.serial) }
        guard !missing.isEmpty, now - question.since < configuration.retry.limit else {
            questions[asker] = nil
            return true
        }
        if questions[asker] == nil, questions.count >= configuration.limits.handovers {
            questions = questions.filter { now - $0.value.since < configuration.retry.limit }
            // It asks again: there may be room then.
            guard questions.count < configuration.limits.handovers else { return false }
        }
        questions[asker] = question
        for arming in missing.sorted(by: { $0.serial < $1.serial }) {
            guard let other = topology.vnfs[arming.vnf], let way = topology.way(to: other, key.direction, from: nil) else { continue }
            reply(.fence(flow: seen.flow), handover: arming.id, by: way)
        }
        return false
    }

    /// An instance holds so much of a flow under an arming: what it holds it reports by itself.
    mutating func holds(_ count: UInt32, of flow: FlowKey, under arming: Arming, _ direction: Direction, at now: Instant) {
        guard count == 0, let group = topology.groups[arming.group] else { return }
        let key = DirectedFlow(group: group.index, direction: direction, flow: flow)
        for asker in questions.keys.filter({ $0.flow == key }).sorted(by: { $0.vnf < $1.vnf }) {
            questions[asker]?.answered.insert(arming.serial)
            guard let question = questions[asker] else { continue }
            sighted(question.seen, under: question.id, by: question.vnf, direction, at: now)
        }
    }
}
