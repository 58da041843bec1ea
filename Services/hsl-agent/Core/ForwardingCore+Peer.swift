import ControlFrames
import Frames
import Timing

/// What the HSLs of both ends say to each other in direct mode: stragglers, and where they end.
extension ForwardingCore {
    // MARK: Source

    /// Tells the destination's HSL how many stragglers lay before the fence. It is said again whenever the controller repeats FENCE.
    ///
    /// - Returns: how many there were; nil if there are more fences than one may remember.
    mutating func sync(_ flow: FlowKey?, of direction: InterceptedDirection, _ handover: HandoverID, on port: Int, at now: Instant)
        -> UInt32?
    {
        if direction.count(beforeFence: flow) == nil {
            guard direction.fenceCount < configuration.limits.flows else {
                raiseAlarm(handover, on: port, reason: Refusal.bufferLimit, at: now)
                return nil
            }
            sources[handover]?.fence(flow, on: port)
        }
        guard let role = sources[handover], let direction = role.directions[port], let count = direction.count(beforeFence: flow) else {
            return nil
        }
        if !direction.isSynced(flow), let peer = role.receiver(of: direction) {
            send(.sync(Sync(flow: flow, count: count)), handover, on: port, to: peer)
        }
        return count
    }

    /// The destination's HSL has all stragglers: now the fence is closed.
    mutating func syncAck(_ flow: FlowKey?, _ handover: HandoverID, on port: Int, at now: Instant) {
        guard sources[handover]?.synced(flow, on: port) == true, let count = sources[handover]?.directions[port]?.count(beforeFence: flow)
        else {
            tally.unexpected += 1
            return
        }
        let hasHeardAll = sources[handover]?.directions[port]?.hasHeardAll ?? false
        answer(.fenceAck(stragglers: count, flow: flow), handover, on: port, hasHeardAll: hasHeardAll, at: now)
    }

    /// Tells the destination's HSL that the state can be fetched, without the way through the controller. Should this be lost, or come
    /// before START, TRANSFER says the same.
    mutating func tellFrozen(_ handover: HandoverID) {
        for (port, peer) in (sources[handover]?.waysToTellFrozen ?? []).enumerated() { send(.frozen, handover, on: port, to: peer) }
    }

    // MARK: Destination

    /// The source's HSL says that the state is frozen, and that all its VNF has sent out there is past the switch.
    mutating func frozen(_ handover: HandoverID, on port: Int, at now: Instant) {
        guard let action = destinations[handover]?.sourceFrozen(on: port) else {
            tally.unexpected += 1
            return
        }
        perform(action, handover, at: now)
    }

    /// The source's HSL says where its stragglers end: what RELEASE_FINISHED is otherwise.
    ///
    /// A handover or a flow that is not known yet gets no answer: START, or the answer to SEEN, is on its way, and SYNC is repeated.
    mutating func sync(_ sync: Sync, from peer: MACAddress, _ handover: HandoverID, on port: Int, at now: Instant) {
        let limit = Fragmentation.resendLimit(maximumFrame: configuration.pairs[port].maximumFrame)
        let answer: ReceivingDirection.ReleaseAnswer?
        if groups[handover] != nil {
            answer = groups[handover]?.sync(sync, on: port, resendLimit: limit)
        } else {
            answer = destinations[handover]?.releaseFinished(count: sync.count, on: port, resendLimit: limit)
        }
        switch answer {
        case .acknowledge:
            send(.syncAck(flow: sync.flow), handover, on: port, to: peer)
        case .acknowledgeAndOpen:
            send(.syncAck(flow: sync.flow), handover, on: port, to: peer)
            if let flow = sync.flow { openMember(flow, handover, on: port, at: now) } else { open(handover, on: port, at: now) }
        case .resend(let missing):
            send(.resend(missing), handover, on: port, to: peer)
        case .wait: break
        case .contradiction:
            tally.unexpected += 1
        case nil:
            if ended.role(handover, port: port, at: now) == .destination {
                send(.syncAck(flow: sync.flow), handover, on: port, to: peer)
            } else {
                tally.unexpected += 1
            }
        }
    }
}
