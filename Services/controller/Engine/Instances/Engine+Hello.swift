import ControlFrames
import Timing

/// Asking instances what they can: when they are registered, when a switch of theirs or its ports come up, and, those that were silent,
/// with each rule that names no mode. An agent says it by itself when it starts.
extension Engine {
    /// What an instance says that it can; nil while it has said nothing.
    public func capabilities(of vnf: VNFID) -> Capabilities? {
        if case .said(let capabilities)? = abilities[vnf]?.answer { capabilities } else { nil }
    }

    /// The instance has said that it takes no part in direct mode.
    func refusesDirectMode(_ vnf: VNFID) -> Bool { capabilities(of: vnf).map { !$0.contains(.direct) } ?? false }

    /// Asks those of some instances that can be reached.
    mutating func ask(_ instances: [VNF], at now: Instant) {
        guard configuration.asksInstances else { return }
        for vnf in instances where Direction.allCases.contains(where: { topology.way(to: vnf, $0, from: nil) != nil }) {
            if let before = abilities[vnf.id]?.asking?.serial { inquiries[before] = nil }
            let serial = newSerial()
            inquiries[serial] = vnf.id
            abilities[vnf.id, default: Ability()].ask(as: serial, configuration.hello, at: now)
            sendHello(to: vnf)
            schedule(inquiry: serial, of: vnf.id)
        }
    }

    /// Asks the instances that have an interface at a switch.
    mutating func askInstances(at datapath: DatapathID, at now: Instant) {
        guard let there = topology.switch(datapath) else { return }
        let near = topology.vnfs.values.filter { vnf in Direction.allCases.contains { topology.switchID(of: vnf, $0) == there.id } }
        ask(near.sorted { $0.id < $1.id }, at: now)
    }

    /// An instance says what it can; a process of its agent that is new, that it holds nothing yet of what the one before it held.
    mutating func hears(_ capabilities: Capabilities, from vnf: VNFID, by speaker: Speaker, at now: Instant) {
        if let asked = abilities[vnf]?.asking?.serial { inquiries[asked] = nil }
        abilities[vnf, default: Ability()].said(capabilities)
        armAnew(vnf, unlessArmedBy: speaker, at: now)
        beginWaiting(at: now)
    }

    /// Repeats a question, or takes silence for an answer.
    mutating func advance(inquiry serial: Serial, at now: Instant) {
        guard let id = inquiries[serial], let vnf = topology.vnfs[id] else { return inquiries[serial] = nil }
        switch abilities[id]?.step(at: now) {
        case .giveUp:
            inquiries[serial] = nil
            beginWaiting(at: now)
        case .repeat:
            sendHello(to: vnf)
            schedule(inquiry: serial, of: id)
        case .wait, nil: schedule(inquiry: serial, of: id)
        }
    }

    private mutating func schedule(inquiry serial: Serial, of vnf: VNFID) {
        if let next = abilities[vnf]?.asking?.backoff.next { deadlines.schedule(serial, at: next) }
    }

    private mutating func sendHello(to vnf: VNF) {
        for direction in Direction.allCases {
            if let way = topology.way(to: vnf, direction, from: nil) { reply(.hello, handover: .none, by: way) }
        }
    }
}
