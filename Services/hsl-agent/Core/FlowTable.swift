import ControlFrames
import Frames
import Timing

/// Who takes the frames of one network interface: handovers by flow or by match, and armings.
struct FlowTable: Sendable {
    /// Who takes a flow's frames.
    enum Owner: Hashable {
        case source(HandoverID)
        case destination(HandoverID)
        /// A flow that has joined a group handover.
        case group(HandoverID)
        /// An arming holds the flow until the controller says what becomes of it.
        case held(HandoverID)
        /// Nobody: under an arming, the flow was found to live here.
        case owned(HandoverID)
    }

    private struct Wildcard {
        let match: FlowMatch
        let owner: Owner
    }

    private var owners: [FlowKey: Owner] = [:]
    private var wildcards: [Wildcard] = []
    /// What is to be done with flows that nobody else takes.
    private(set) var armings = ArmingTable()

    /// Whether every frame passes.
    var isEmpty: Bool { owners.isEmpty && wildcards.isEmpty && armings.isEmpty }

    subscript(flow: FlowKey) -> Owner? { owners[flow] }

    /// Who takes a frame: whoever has its flow, else whoever has a match of it.
    func owner(of headers: PacketHeaders) -> Owner? {
        if let owner = owners[headers.flow] { return owner }
        // By index, as all that is done for a frame: a match is large, and not to be copied.
        for index in wildcards.indices where wildcards[index].match.matches(headers) { return wildcards[index].owner }
        return nil
    }

    /// Another's match that flows of `match` may fall into, if there is one.
    func other(than owner: Owner, overlapping match: FlowMatch) -> (owner: Owner, match: FlowMatch)? {
        wildcards.first { $0.owner != owner && $0.match.overlaps(match) }.map { ($0.owner, $0.match) }
    }

    /// Gives a flow, or all flows of a match that nobody has by themselves, to an owner.
    mutating func arm(_ subject: Start.Subject, for owner: Owner) {
        switch subject {
        case .flow(let flow):
            set(flow, owner)
        case .match(let match):
            wildcards.removeAll { $0.owner == owner }
            wildcards.append(Wildcard(match: match, owner: owner))
            forgetOwned { match.overlaps(FlowMatch(exactly: $0)) }
        }
    }

    /// Lets a flow, or everything that an owner has, pass again, unless another has taken it meanwhile.
    mutating func disarm(_ subject: Start.Subject, of owner: Owner) {
        switch subject {
        case .flow(let flow):
            // What came behind the fence waits under an arming.
            if owners[flow] == owner { set(flow, armings.holder(of: flow).map(Owner.held)) }
        case .match:
            wildcards.removeAll { $0.owner == owner }
            for flow in owners.filter({ $0.value == owner }).keys { set(flow, nil) }
        }
    }

    /// Lets a flow pass that lives here from now on, and remembers that as long as an arming covers it. A match that is being given
    /// away has it otherwise.
    mutating func settle(_ flow: FlowKey, of owner: Owner) {
        guard owners[flow] == owner else { return }
        guard !armings.isEmpty else { return set(flow, nil) }
        let match = FlowMatch(exactly: flow)
        let isGivenAway = wildcards.contains { $0.match.overlaps(match) }
        set(flow, isGivenAway ? nil : armings.covering(flow).map(Owner.owned))
    }

    /// Spares an arming the question whose a flow is, while there is room to remember the answer.
    mutating func remember(_ flow: FlowKey, under arming: HandoverID, limit: Int) {
        if armings.flows(under: arming) < limit { set(flow, .owned(arming)) }
    }

    private mutating func set(_ flow: FlowKey, _ owner: Owner?) {
        switch owner {
        case .held, .destination: break
        // What an arming holds waits until the flow has left, and is asked about all the while.
        case .source: if armings.holder(of: flow) == nil { armings.stopAsking(flow) }
        case .group, .owned, nil: armings.stopAsking(flow)
        }
        let old = owners[flow]
        if let owner { owners[flow] = owner } else { owners.removeValue(forKey: flow) }
        if case .held(let arming)? = owner { armings.count(1, under: arming) }
        if case .owned(let arming)? = owner { armings.count(1, under: arming) }
        if case .held(let arming)? = old { armings.count(-1, under: arming) }
        if case .owned(let arming)? = old { armings.count(-1, under: arming) }
    }

    /// Asks again, when they come, about flows that were found to live here.
    private mutating func forgetOwned(where isAffected: (FlowKey) -> Bool) {
        for (flow, owner) in owners {
            if case .owned = owner, isAffected(flow) { set(flow, nil) }
        }
    }
}

// MARK: Armings

extension FlowTable {
    /// Holds from now on what `arm` covers. It decides before all that came earlier.
    mutating func arm(_ arm: Arm, as id: HandoverID) {
        forgetOwned { arm.match.overlaps(FlowMatch(exactly: $0)) }
        armings.insert(arm, as: id)
    }

    /// Holds nothing new under an arming, and forgets which flows were found to live here under it.
    mutating func disarm(_ arming: HandoverID) {
        for (flow, owner) in owners where owner == .owned(arming) { set(flow, nil) }
        armings.disarm(arming)
    }

    /// Nothing is left of an arming.
    mutating func forget(_ arming: HandoverID) { armings.forget(arming) }

    /// Holds a frame of a flow that nobody has, or of one that the arming holds already.
    mutating func hold(
        _ frame: RawSpan, of flow: FlowKey, under arming: HandoverID, slab: inout Slab, ledger: inout Ledger
    ) -> Keeping {
        let keeping = armings.hold(frame, of: flow, under: arming, slab: &slab, ledger: &ledger)
        if case .kept = keeping, owners[flow] == nil { set(flow, .held(arming)) }
        return keeping
    }

    /// What an arming holds of a flow, for its new owner, who takes over the accounts too; nil if none holds it.
    mutating func takeHeld(_ flow: FlowKey, for owner: Owner) -> PacketFIFO? {
        guard let packets = armings.takeHeld(flow) else { return nil }
        set(flow, owner)
        return packets
    }

    /// What an arming holds of a flow that lives here after all: it passes from now on.
    mutating func takeOwned(_ flow: FlowKey, ledger: inout Ledger) -> PacketFIFO? {
        guard let owner = owners[flow], let packets = armings.takeHeld(flow) else { return nil }
        var none = packets.amount
        ledger.refund(packets.amount, as: .switch, to: &none)
        settle(flow, of: owner)
        return packets
    }

    mutating func ask(_ seen: Seen, under arming: HandoverID, _ backoff: Backoff) {
        armings.ask(seen, under: arming, backoff)
    }

    mutating func postponeQuestion(_ flow: FlowKey, _ backoff: Backoff) {
        armings.postponeQuestion(flow, backoff)
    }

    mutating func stopAsking(_ flow: FlowKey) {
        armings.stopAsking(flow)
    }

    mutating func repeatQuestion(_ flow: FlowKey, at now: Instant) -> ArmingTable.Repeat? {
        armings.repeatQuestion(flow, at: now)
    }
}
