import ControlFrames
import Frames
import Timing

/// The flow's other direction, named by a source's VNF that translates addresses.
extension ForwardingCore {
    mutating func mirrorNamed(_ flow: FlowKey, _ handover: HandoverID, at now: Instant) {
        // The controller remembers what was named when the flow came here.
        if sources[handover]?.hasStarted(.flow(flow)) ?? false { return tell(.mirrored(handover: handover)) }
        let port: Int
        do { port = try mirrorPort(flow, handover) } catch {
            tally.unexpected += 1
            return tell(.refused(handover: handover, reason: error.reason))
        }
        let backoff = Backoff(configuration.retry, startedAt: now)
        sources[handover]?.named(NamedMirror(port: port, backoff), flow)
        flows[port].arm(.flow(flow), for: .source(handover))
        timers.schedule(.mirror(handover), at: backoff.next)
        send(.mirror(flow), handover, on: port)
        tell(.mirrored(handover: handover))
    }

    /// The interface where the mirror enters.
    private func mirrorPort(_ flow: FlowKey, _ handover: HandoverID) throws(MirrorProblem) -> Int {
        guard let role = sources[handover], case .freezing = role.state else { throw .noSource }
        guard role.mirror == nil, role.ports.count == 1, let port = role.ports.first else { throw .bothDirections }
        guard let direction = role.directions[port], case .flow = direction.subject else {
            throw .notOfThisMode
        }
        guard configuration.pairs.count == 2 else { throw .noOtherInterface }
        switch flows[1 - port][flow] {
        case nil, .owned: return 1 - port
        case .source, .destination, .group, .held: throw .busy
        }
    }

    mutating func repeatMirror(_ handover: HandoverID, at now: Instant) {
        guard let port = sources[handover]?.mirror?.port, let due = sources[handover]?.mirror?.step(at: now) else { return }
        switch due.step {
        case .wait:
            break
        case .repeat:
            guard case .flow(let flow)? = sources[handover]?.directions[port]?.subject else { return }
            timers.schedule(.mirror(handover), at: due.next)
            send(.mirror(flow), handover, on: port)
        case .giveUp:
            tally.unacknowledged += 1
            if sources[handover]?.isFrozen == true { acknowledgeFreeze(handover, at: now) }
            if sources[handover]?.isAborted == true { letMirrorPass(handover, at: now) }
        }
    }

    mutating func mirrorAck(_ handover: HandoverID, at now: Instant) {
        guard case .announced? = sources[handover]?.mirror?.state else { return tally.unexpected += 1 }
        sources[handover]?.mirror?.acknowledged()
        if sources[handover]?.isFrozen == true { acknowledgeFreeze(handover, at: now) }
    }

    /// The controller does not take the mirror, or never heard of it: what was kept goes to the function, whose flow it still is.
    mutating func letMirrorPass(_ handover: HandoverID, at now: Instant) {
        guard let port = sources[handover]?.mirror?.port, let packets = sources[handover]?.takeKept(port, ledger: &ledger) else { return }
        if packets.packets > 0 { output.append(.packets(packets, .function(port))) }
        closeSource(handover, on: port, at: now)
    }

    /// Closes the mirror with the direction that the controller knows, if it has not heard of it.
    mutating func closeUnknownMirror(_ handover: HandoverID, at now: Instant) {
        guard let role = sources[handover], let mirror = role.mirror, !mirror.isKnown, role.ports == [mirror.port] else { return }
        letMirrorPass(handover, at: now)
    }
}
