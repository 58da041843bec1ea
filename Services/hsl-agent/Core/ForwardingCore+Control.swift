import ControlFrames
import Frames
import Timing

extension ForwardingCore {
    /// Handles a frame of EtherType 0x821c.
    mutating func control(_ bytes: RawSpan, on port: Int, at now: Instant) {
        tally.controlReceived &+= 1
        let (frame, counter): (ControlFrame, UInt64?)
        do { (frame, counter) = try open(bytes) } catch {
            tally.count(error)
            return
        }
        guard frame.destination == configuration.pairs[port].address else {
            tally.misdirected += 1
            return
        }
        // Only now: the counters of frames for others say nothing here.
        if let counter, !replayGuards[port].accepts(counter) {
            tally.replayed += 1
            return
        }
        let handover = frame.handover
        switch frame.message {
        case .startSource(let start): startSource(start, handover, on: port, at: now)
        case .fence: fence(handover, on: port, at: now)
        case .resend(let sequences): resend(sequences, handover, on: port, at: now)
        case .handoverFinished: finishSource(handover, on: port, at: now)
        case .startDestination(let start): startDestination(start, handover, on: port, at: now)
        case .transport(let wrapped): transport(wrapped, handover, on: port, at: now)
        case .releaseFinished(let count): releaseFinished(count, handover, on: port, at: now)
        case .transfer(let peer): transfer(peer, handover, on: port, at: now)
        case .handoverFinishedAck: finishDestination(handover, on: port, at: now)
        case .abort: abort(handover, on: port, at: now)
        case .abortAck: settleAlarm(handover)
        case .followUp, .stragglerAck: break
        case .startAck, .releaseFinishedAck, .fenceAck, .transferAck, .straggler: tally.unexpected += 1
        case .arm, .armAck, .seen, .seenAck, .sync, .syncAck, .disarm, .disarmAck, .mirror, .mirrorAck: tally.unexpected += 1
        }
    }

    /// Reads a control frame, and its counter where there is a key.
    private func open(_ bytes: RawSpan) throws(AuthenticationError) -> (ControlFrame, UInt64?) {
        if let key = configuration.key {
            let opened = try key.open(bytes)
            return (opened.frame, opened.counter)
        }
        do { return (try ControlFrame(decoding: bytes), nil) } catch { throw .malformed(error) }
    }

    /// Sends a control frame to the controller.
    mutating func send(_ message: ControlMessage, _ handover: HandoverID, on port: Int) {
        let frame = ControlFrame(source: configuration.pairs[port].address, destination: .zero, handover: handover, message: message)
        if let key = configuration.key {
            output.append(.frame(key.seal(frame, counter: nextCounter), .network(port)))
            nextCounter &+= 1
        } else {
            output.append(.frame(frame.encoded(), .network(port)))
        }
        tally.controlSent &+= 1
    }

    /// Counts a frame that fits no role of this VNF on its interface. If its handover is known on no interface, the agent was restarted,
    /// and the controller is told.
    mutating func unfit(_ handover: HandoverID, on port: Int, at now: Instant) {
        tally.unexpected += 1
        guard !isKnown(handover, at: now), answers.allows(handover, on: port, at: now) else { return }
        send(.abort(reason: Refusal.unknownHandover), handover, on: port)
    }

    /// Whether the handover is open here, or ended a short while ago. One whose START may still come on this interface is known if it
    /// came on another.
    func isKnown(_ handover: HandoverID, at now: Instant) -> Bool {
        sources[handover] != nil || destinations[handover] != nil
            || flows.indices.contains { ended.role(handover, port: $0, at: now) != nil }
    }

    mutating func tell(_ notification: Notification) {
        output.append(.notification(notification))
    }

    /// Why a handover may not begin on an interface, whichever end this VNF is; nil if it may.
    mutating func refusal(
        _ start: Start, of flow: FlowKey, _ handover: HandoverID, as owner: FlowTable.Owner, on port: Int, at now: Instant
    ) -> Refusal? {
        guard Int(start.directions) <= configuration.pairs.count else { return .tooManyDirections }
        let isNew = sources[handover] == nil && destinations[handover] == nil
        guard !isNew || sources.count + destinations.count < configuration.limits.handovers else { return .handoverLimit }
        switch flows[port][flow] {
        case nil, owner:
            return nil
        case .source(let other):
            // Of this very handover, if its roles turn.
            guard case .aborted = sources[other]?.state else { return .busy(other) }
            closeSource(other, on: port, at: now)
            return nil
        case .destination(let other):
            return .busy(other)
        }
    }

    mutating func refuse(_ refusal: Refusal, _ handover: HandoverID, on port: Int) {
        tally.refusedStarts += 1
        send(.abort(reason: refusal.reason), handover, on: port)
    }

    /// Asks the controller to abort a handover, once, and repeats that until it is acknowledged.
    mutating func raiseAlarm(_ handover: HandoverID, on port: Int, reason: String, at now: Instant) {
        guard alarms[handover] == nil else { return }
        let backoff = Backoff(configuration.retry, startedAt: now)
        alarms[handover] = .raised(reason: reason, port: port, backoff)
        timers.schedule(.alarm(handover), at: backoff.next)
        send(.abort(reason: reason), handover, on: port)
    }

    mutating func repeatAlarm(_ handover: HandoverID, at now: Instant) {
        switch alarms[handover]?.step(at: now) {
        case .send(let reason, let port, let next):
            timers.schedule(.alarm(handover), at: next)
            send(.abort(reason: reason), handover, on: port)
        case .givenUp:
            tally.unacknowledged += 1
        case nil, .some(.none):
            break
        }
    }

    private mutating func settleAlarm(_ handover: HandoverID) {
        if alarms[handover] == nil { tally.unexpected += 1 } else { alarms[handover] = .settled }
    }

    /// The controller has decided that a handover will not go on.
    ///
    /// Both ends return to the controller, as stragglers, what they get from now on. A destination whose state is not in place turns
    /// what it held of direct frames into the first stragglers, and drops its control buffer: the controller has those frames. It does
    /// not send the former by itself; the controller asks with FENCE and RESEND at its own pace. The controller hands the flow back
    /// with START(destination) under this number or another, and closes with HANDOVER_FINISHED. With the state in place it is too
    /// late: the flow lives here, and ABORT_ACK says so.
    private mutating func abort(_ handover: HandoverID, on port: Int, at now: Instant) {
        if let role = destinations[handover] {
            if !role.hasState {
                returnFlow(handover, at: now)
            } else if role.origin != .handedBack {
                return send(.abortAck(refusal: Refusal.stateInPlace), handover, on: port)
            }
        } else if sources[handover] != nil {
            if sources[handover]?.abort() == true { settleAborted(handover, at: now) }
        } else if ended.role(handover, port: port, at: now) == .destination {
            return send(.abortAck(refusal: Refusal.stateInPlace), handover, on: port)
        } else {
            forestall(handover, at: now)
        }
        send(.abortAck(refusal: nil), handover, on: port)
    }

    /// Sees to it that no START does anything where the handover was aborted before it began.
    private mutating func forestall(_ handover: HandoverID, at now: Instant) {
        for port in flows.indices where sources[handover]?.directions[port] == nil && !ended.remembers(handover, port: port, at: now) {
            ended.insert(handover, port: port, as: nil, flow: nil, lateStart: .ignore, at: now)
        }
    }

    private mutating func returnFlow(_ handover: HandoverID, at now: Instant) {
        destinations[handover]?.prepareReturn(ledger: &ledger)
        guard let destination = destinations.removeValue(forKey: handover) else { return }
        var source = SourceRole(aborting: destination)
        source.functionKnows = destination.functionKnows
        for (port, direction) in source.directions.enumerated() {
            if let direction { flows[port].arm(direction.flow, for: .source(handover)) }
        }
        sources[handover] = source
        settleAborted(handover, at: now)
    }

    private mutating func settleAborted(_ handover: HandoverID, at now: Instant) {
        forestall(handover, at: now)
        alarms[handover] = .settled
        guard sources[handover]?.functionKnows == true else { return }
        sources[handover]?.functionKnows = false
        tell(.end(handover: handover, outcome: .aborted))
    }
}
