import Frames

/// A connection table: the kernel's, or in tests one of ours.
package protocol ConntrackTable {
    /// The entry of which `tuple` is either direction.
    func entry(_ tuple: ConntrackTuple) throws(TableError) -> ConntrackEntry?
    /// All entries.
    func entries() throws(TableError) -> [ConntrackEntry]
    /// Adds an entry.
    func insert(_ entry: ConntrackEntry) throws(TableError)
    /// Forgets the entry of which `tuple` is either direction; none is as good.
    func remove(_ tuple: ConntrackTuple) throws(TableError)
}

/// Why a connection table did not do as it was told.
package enum TableError: Error, Hashable, Sendable {
    /// Another entry has one of the new one's directions.
    case exists
    /// Anything else, in words.
    case failed(String)
}

/// Speaks for a Linux NAT or firewall in handovers: its state is the kernel's connection table, its packets need no adapter.
///
/// A frame that the agent writes to the function's TAP is routed, translated and queued at the other TAP before the write returns. So
/// when `start` comes, everything that the source was given is processed, its entries hold still, and `ready` is true at once: also behind
/// a mirror that was named, for the agent takes the two in order and gives the function nothing between them.
package struct Adapter<Table: ConntrackTable> {
    /// What its owner has to do.
    package enum Action: Hashable, Sendable {
        /// Say this on the control channel.
        case say(ControlReply)
        /// Ask the adapter at this address for the entries of a handover.
        case fetch(handover: UInt16, from: String)
        /// Tell the log.
        case complain(String)
    }

    private struct Handover {
        let role: ControlEvent.Role
        let subject: Subject
        /// Source: what the peer was given. Destination: what was put in place.
        var moved: [ConntrackEntry] = []
    }

    /// How many entries one handover moves at most; beyond, it is refused before anything is moved.
    private let limit: Int
    private let table: Table
    private var handovers: [UInt16: Handover] = [:]

    /// An adapter for the function whose connections are in `table`.
    package init(_ table: Table, limit: Int = 16_384) {
        self.table = table
        self.limit = limit
    }

    /// Obeys the control channel.
    package mutating func handle(_ event: ControlEvent) -> [Action] {
        switch event {
        case .start(let handover, .source, let subject): return freeze(handover, subject)
        case .start(let handover, .destination, let subject):
            if handovers[handover]?.subject != subject { handovers[handover] = Handover(role: .destination, subject: subject) }
            return [.say(.ready(handover: handover))]
        case .transfer(let handover, let subject, let address):
            guard let address else { return [failure(handover, "the peer's address is not known: register the function with it")] }
            handovers[handover] = Handover(role: .destination, subject: subject)
            return [.fetch(handover: handover, from: address)]
        case .end(let handover, let isCompleted): return end(handover, isCompleted)
        case .other: return []
        case .error(let message): return [.complain("the agent says: \(message)")]
        }
    }

    /// The agent is gone, and with it every handover that it had; what was moved stays where it is, for nobody knows who has the flows.
    package mutating func forgetHandovers() { handovers = [:] }

    private mutating func freeze(_ handover: UInt16, _ subject: Subject) -> [Action] {
        handovers[handover] = Handover(role: .source, subject: subject)
        let ready = Action.say(.ready(handover: handover))
        guard case .flow(let flow) = subject else { return [ready] }
        do throws(TableError) {
            guard let entry = try entries(of: subject).first, entry.isTranslated else { return [ready] }
            let mirror = entry.original.flow.network == flow.network ? entry.reply.flow : entry.original.flow
            return [.say(.mirror(handover: handover, FlowKey(vlan: flow.vlan, network: mirror.network))), ready]
        } catch {
            return [.complain("the answers to \(flow) cannot be told: \(error)"), ready]
        }
    }

    /// The answer to a peer that fetches, line by line.
    package mutating func answer(_ request: PeerRequest) -> [PeerReply] {
        switch request {
        case .fetch(let number):
            guard let handover = handovers[number], handover.role == .source else {
                return [.refused(handover: number, reason: "no such handover leaves here")]
            }
            do throws(TableError) {
                let found = try entries(of: handover.subject)
                guard found.count <= limit else {
                    return [.refused(handover: number, reason: "\(found.count) connections; at most \(limit) move at once")]
                }
                if let helped = found.first(where: \.hasHelper) {
                    return [.refused(handover: number, reason: "a helper follows \(helped.original.flow), whose state cannot be moved")]
                }
                handovers[number]?.moved = found
                return found.map { .entry(handover: number, $0) } + [.complete(handover: number, entries: UInt32(found.count))]
            } catch {
                return [.refused(handover: number, reason: "\(error)")]
            }
        }
    }

    /// Puts what a peer says in place.
    package mutating func install(_ reply: PeerReply) -> [Action] {
        let number = reply.handover
        guard let handover = handovers[number], handover.role == .destination else { return [] }
        switch reply {
        case .entry(_, let entry):
            guard handover.subject.covers(entry) else { return giveUp(number, "the peer gave \(entry.original.flow), which does not move") }
            guard handover.moved.count < limit else { return giveUp(number, "more than \(limit) connections") }
            do throws(TableError) {
                try replace(entry)
                handovers[number]?.moved.append(entry)
                return []
            } catch .exists {
                return giveUp(number, "\(entry.reply.flow) belongs to another connection here")
            } catch {
                return giveUp(number, "\(entry.original.flow) cannot be put in place: \(error)")
            }
        case .complete(_, let count):
            guard count == handover.moved.count else { return giveUp(number, "the peer lost count") }
            return [.say(.stateReady(handover: number))]
        case .refused(_, let reason):
            return giveUp(number, reason)
        }
    }

    /// The peer cannot be asked, or broke off.
    package mutating func peerFailed(_ handover: UInt16, _ reason: String) -> [Action] {
        handovers[handover]?.role == .destination ? giveUp(handover, reason) : []
    }

    /// What the source says is true: an entry of before gives way to it.
    private func replace(_ entry: ConntrackEntry) throws(TableError) {
        do throws(TableError) { try table.insert(entry) } catch {
            guard error == .exists else { throw error }
            try table.remove(entry.original)
            try table.insert(entry)
        }
    }

    private mutating func giveUp(_ number: UInt16, _ reason: String) -> [Action] {
        let complaints = drop(number)
        return complaints + [failure(number, reason)]
    }

    private mutating func end(_ number: UInt16, _ isCompleted: Bool) -> [Action] {
        guard let handover = handovers[number] else { return [] }
        let hasLost = (handover.role == .source) == isCompleted
        let complaints = hasLost ? drop(number) : []
        handovers[number] = nil
        return complaints
    }

    /// Forgets what moved with a handover, on the side that no longer has it.
    private mutating func drop(_ number: UInt16) -> [Action] {
        guard let handover = handovers.removeValue(forKey: number) else { return [] }
        var complaints: [Action] = []
        for entry in handover.moved {
            do throws(TableError) { try table.remove(entry.original) } catch {
                complaints.append(.complain("\(entry.original.flow) cannot be forgotten: \(error)"))
            }
        }
        return complaints
    }

    private func failure(_ handover: UInt16, _ reason: String) -> Action { .say(.stateFailed(handover: handover, reason: reason)) }

    /// The entries of a subject in the zone that rules use unless they name another.
    private func entries(of subject: Subject) throws(TableError) -> [ConntrackEntry] {
        if case .flow(let flow) = subject, let tuple = ConntrackTuple(flow) {
            return try table.entry(tuple).map { [$0] } ?? []
        }
        return try table.entries().filter { $0.zone == 0 && subject.covers($0) }
    }
}
