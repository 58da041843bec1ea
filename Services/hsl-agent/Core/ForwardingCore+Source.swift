import ControlFrames
import Frames
import Mutations
import Timing

extension ForwardingCore {
    mutating func startSource(_ start: Start, _ handover: HandoverID, on port: Int, at now: Instant) {
        guard start.from == configuration.vnf else {
            tally.misdirected += 1
            return
        }
        if let late = ended.lateStart(handover, port: port, as: .source, start.subject, at: now) {
            tally.lateStarts += 1
            if case .acknowledge = late { send(.startAck(received: nil), handover, on: port) }
            return
        }
        if let destination = destinations[handover], destination.origin != .peer, !start.staysHome {
            // The flow is being handed back, and what began the handover is old.
            tally.lateStarts += 1
            return
        }
        guard !start.staysHome, destinations[handover] == nil, groups[handover] == nil else {
            return refuse(.sameInstance, handover, on: port)
        }
        let isKnownHere = sources[handover]?.directions[port] != nil
        if let first = start.turnsRound, !isKnownHere {
            guard mayTurnRound(first, as: handover, on: port, at: now) else { return }
        }
        var role = sources[handover] ?? SourceRole(start, interfaces: configuration.pairs.count)
        let action = role.started(on: port, start, earlierArmings: flows[port].armings.earlier(than: start.heldUnder))
        if case .refuse(let refusal) = action { return refuse(refusal, handover, on: port) }
        if let refusal = refusal(start, handover, as: .source(handover), on: port, at: now) {
            return refuse(refusal, handover, on: port)
        }
        sources[handover] = role
        // What is held of it, but under a later arming, came before it leaves: the function gets that before it freezes.
        if let flow = start.flow, let arming = flows[port].armings.holder(of: flow), !role.isLeft(by: arming, on: port) {
            releaseHeld(flow, on: port)
        }
        flows[port].arm(start.subject, for: .source(handover))
        if let first = start.turnsRound, case .match(let match) = start.subject, !isKnownHere {
            giveBack(match, of: first, handover, on: port, at: now)
        }
        switch action {
        case .none, .refuse: break
        case .acknowledge: acknowledgeFreeze(handover, at: now)
        case .sayThatItFreezes: send(.freezing, handover, on: port)
        // It never had the state: there is nothing to freeze.
        case .freeze where start.turnsRound != nil: sourceReady(handover, at: now)
        case .freeze: freeze(handover, at: now)
        }
    }

    private mutating func freeze(_ handover: HandoverID, at now: Instant) {
        guard case .connected = function, let role = sources[handover], let subject = role.subject else {
            return sourceReady(handover, at: now)
        }
        sources[handover]?.functionKnows = true
        tell(
            .start(handover: handover, role: .source, subject: subject, isBidirectional: role.isBidirectional, peer: role.peer))
    }

    /// The VNF has processed all it was given.
    mutating func sourceReady(_ handover: HandoverID, at now: Instant) {
        guard sources[handover]?.frozen() == true else {
            tally.unexpected += 1
            return
        }
        acknowledgeFreeze(handover, at: now)
    }

    /// Goes out of every interface, behind the last that the VNF has sent there: the destination's packets must not overtake it.
    ///
    /// A mirror that the VNF has named comes first: else the handover could be over before the controller knows of it.
    mutating func acknowledgeFreeze(_ handover: HandoverID, at now: Instant) {
        if case .announced? = sources[handover]?.mirror?.state { return }
        tellFrozen(handover)
        let hasHeardAll = sources[handover]?.directions.allSatisfy { $0?.hasHeardAll ?? true } ?? false
        for port in configuration.pairs.indices { answer(.startAck(received: nil), handover, on: port, hasHeardAll: hasHeardAll, at: now) }
    }

    /// Keeps a frame that arrived after START, and returns it to the controller, or sends it straight to the destination's HSL.
    mutating func intercept(_ frame: RawSpan, _ handover: HandoverID, on port: Int, at now: Instant) -> Keeping? {
        if Mutation.dropStragglers.isActive { return .kept(nearLimit: false) }
        guard let keeping = sources[handover]?.intercept(frame, on: port, slab: &slab, ledger: &ledger),
            let count = sources[handover]?.directions[port]?.count
        else { return nil }
        switch keeping {
        case .kept(let nearLimit):
            tally.stragglers &+= 1
            sendStraggler(frame, sequence: count - 1, handover, on: port)
            if nearLimit { raiseAlarm(handover, on: port, reason: Refusal.bufferLimit, at: now) }
        case .dropped:
            raiseAlarm(handover, on: port, reason: Refusal.bufferLimit, at: now)
        }
        return keeping
    }

    mutating func sendStraggler(_ frame: RawSpan, sequence: UInt32, _ handover: HandoverID, on port: Int) {
        guard let role = sources[handover], let direction = role.directions[port], let receiver = role.receiver(of: direction) else {
            return
        }
        sendStraggler([UInt8](copying: frame), sequence: sequence, handover, on: port, to: receiver)
    }

    private mutating func sendStraggler(
        _ frame: [UInt8], sequence: UInt32, _ handover: HandoverID, on port: Int, to receiver: MACAddress
    ) {
        let maximum = configuration.pairs[port].maximumFrame
        for part in Fragmentation.split(frame: frame, sequence: sequence, maximumFrame: maximum) {
            send(.straggler(part), handover, on: port, to: receiver)
        }
    }

    /// Says how many stragglers came before the fence, in direct mode once the destination's HSL has them. Without START, nothing is
    /// known of the direction: START will be repeated. But where ABORT came before START, there were none, and there will be none: should
    /// another process have had START, the controller can tell by the age and the number that the answer names.
    ///
    /// Under an arming, it says how much of a flow is held.
    ///
    /// - Parameter flow: in a group handover, the flow that was seen at the destination.
    mutating func fence(_ flow: FlowKey?, _ handover: HandoverID, on port: Int, at now: Instant) {
        if let flow, isArmed(handover) || disarmed.role(handover, port: port, at: now) != nil {
            let held = flows[port].armings.packets(of: flow, under: handover)
            return answer(.fenceAck(stragglers: UInt32(clamping: held), flow: flow), handover, on: port, at: now)
        }
        if let direction = sources[handover]?.directions[port] {
            guard direction.straightTo != nil else {
                return answer(
                    .fenceAck(stragglers: direction.count, flow: flow), handover, on: port, hasHeardAll: direction.hasHeardAll, at: now)
            }
            // A process before this one may have frozen the state, and taken stragglers: its word must not be mistaken for this one's.
            guard direction.hasHeardAll || sources[handover]?.isCollecting == false else { return disown(handover, on: port, at: now) }
            guard let count = sync(flow, of: direction, handover, on: port, at: now) else { return }
            // An aborted handover has no other end any more that could acknowledge SYNC.
            guard direction.isSynced(flow) || sources[handover]?.isAborted == true else {
                if sources[handover]?.hasPeerAsked(on: port) == true { send(.fencing, handover, on: port) }
                return
            }
            answer(.fenceAck(stragglers: count, flow: flow), handover, on: port, hasHeardAll: direction.hasHeardAll, at: now)
        } else if ended.neverBegan(handover, port: port, at: now) {
            answer(.fenceAck(stragglers: 0, flow: flow), handover, on: port, at: now)
        } else {
            unfit(handover, on: port, at: now)
        }
    }

    /// Sends stragglers once more, to whom they go: the controller, or the destination's HSL if that asks.
    mutating func resend(_ sequences: [UInt32], to asker: MACAddress, _ handover: HandoverID, on port: Int, at now: Instant) {
        guard let direction = sources[handover]?.directions[port] else { return unfit(handover, on: port, at: now) }
        let receiver = asker == direction.straightTo ? asker : .zero
        let wanted = Set(sequences)
        var found: [(sequence: UInt32, frame: [UInt8])] = []
        slab.forEach(in: direction.stragglers) { index, frame in
            let sequence = UInt32(clamping: index)
            if wanted.contains(sequence) { found.append((sequence, [UInt8](copying: frame))) }
        }
        for straggler in found { sendStraggler(straggler.frame, sequence: straggler.sequence, handover, on: port, to: receiver) }
        guard receiver == asker else { return }
        if receiver == direction.straightTo {
            // Where it has no room, it would ask for the same at once: the next FENCE leads to the next SYNC.
            guard let lowest = sequences.min(), sources[handover]?.peerAsks(from: lowest, on: port) == true else { return }
        }
        for sync in direction.pendingSyncs { send(.sync(sync), handover, on: port, to: asker) }
    }

    /// The controller closes a direction. A destination says that itself, and is not told, but for that of a group; where the flow is
    /// handed back, the source's end is as old as its START.
    mutating func finish(_ flow: FlowKey?, _ handover: HandoverID, on port: Int, at now: Instant) {
        if groups[handover]?.directions[port] != nil {
            return flow == nil ? endGroup(handover, on: port, at: now) : unfit(handover, on: port, at: now)
        }
        if case .peer = destinations[handover]?.origin {
            abandonDestination(handover, on: port, at: now)
        } else if let mirror = sources[handover]?.mirror, mirror.port == port, !mirror.isKnown {
            letMirrorPass(handover, at: now)
        } else if sources[handover]?.directions[port] != nil {
            closeSource(handover, on: port, at: now)
        } else if destinations[handover]?.directions[port] == nil, ended.role(handover, port: port, at: now) == nil {
            ended.insert(handover, port: port, as: .source, nil, lateStart: .ignore, at: now)
        }
        send(.handoverFinishedAck(flow: flow), handover, on: port)
    }

    /// Stops intercepting on an interface and forgets what was kept there.
    mutating func closeSource(_ handover: HandoverID, on port: Int, at now: Instant) {
        guard let direction = sources[handover]?.end(port, ledger: &ledger), let role = sources[handover] else { return }
        slab.release(direction.stragglers)
        flows[port].disarm(direction.subject, of: .source(handover))
        ended.insert(
            handover, port: port, as: .source, direction.subject, lateStart: role.isFrozen ? .acknowledge(received: nil) : .ignore,
            at: now)
        guard role.ports.isEmpty else { return closeUnknownMirror(handover, at: now) }
        sources[handover] = nil
        if destinations[handover] == nil { alarms[handover] = nil }
        if role.functionKnows { tell(.end(handover: handover, outcome: .completed)) }
    }
}
