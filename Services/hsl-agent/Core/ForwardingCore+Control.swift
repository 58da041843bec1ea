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
        if let counter, !replayGuards[port].accepts(counter, from: frame.source) {
            tally.replayed += 1
            return
        }
        let handover = frame.handover
        switch frame.message {
        case .startSource(let start): startSource(start, handover, on: port, at: now)
        case .fence(let flow): fence(flow, handover, on: port, at: now)
        case .resend(let sequences): resend(sequences, to: frame.source, handover, on: port, at: now)
        case .handoverFinished(_, let flow): finish(flow, handover, on: port, at: now)
        case .startDestination(let start): startDestination(start, handover, on: port, at: now)
        case .transport(let wrapped): transport(wrapped, handover, on: port, at: now)
        case .releaseFinished(let count): releaseFinished(count, handover, on: port, at: now)
        case .transfer(let peer): transfer(peer, handover, on: port, at: now)
        case .handoverFinishedAck(nil): finishAcknowledged(handover, on: port, at: now)
        case .handoverFinishedAck(let flow?): finishMember(flow, handover, on: port, at: now)
        case .abort: abort(handover, on: port, at: now)
        case .abortAck: settleAlarm(handover)
        case .followUp, .stragglerAck: break
        case .arm(let arm): self.arm(arm, handover, on: port, at: now)
        case .disarm: disarm(handover, on: port, at: now)
        case .seenAck(let answer): seenAck(answer, handover, on: port, at: now)
        case .straggler(let wrapped): straggler(wrapped, handover, on: port, at: now)
        case .sync(let sync): self.sync(sync, from: frame.source, handover, on: port, at: now)
        case .syncAck(let flow): syncAck(flow, handover, on: port, at: now)
        case .frozen: frozen(handover, on: port, at: now)
        case .mirrorAck: mirrorAck(handover, at: now)
        case .hello: introduce(on: port)
        case .startAck, .freezing, .releaseFinishedAck, .fenceAck, .fencing, .transferAck, .armAck, .disarmAck, .seen, .mirror, .helloAck:
            tally.unexpected += 1
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

    /// Answers the controller for this process, by its number. Another one may have been here before, and know more, unless this one has
    /// heard all that was ever said of the handover: so it says how long it has been running, too.
    mutating func answer(
        _ message: ControlMessage, _ handover: HandoverID, on port: Int, hasHeardAll: Bool = false, at now: Instant
    ) {
        let uptime = configuration.startedAt.map { UInt32(clamping: (now - $0).nanoseconds / 1_000) }
        send(message, handover, on: port, uptime: hasHeardAll ? nil : uptime, process: configuration.process)
    }

    /// Sends a control frame to the controller, or to another VNF's HSL.
    mutating func send(
        _ message: ControlMessage, _ handover: HandoverID, on port: Int, to receiver: MACAddress = .zero, uptime: UInt32? = nil,
        process: ProcessNumber? = nil
    ) {
        let frame = ControlFrame(
            source: configuration.pairs[port].address, destination: receiver, handover: handover, message: message, uptime: uptime,
            process: process)
        if let key = configuration.key {
            output.append(.frame(key.seal(frame, counter: nextCounter), .network(port)))
            nextCounter &+= 1
        } else {
            output.append(.frame(frame.encoded(), .network(port)))
        }
        tally.controlSent &+= 1
    }

    /// Says what it can out of every interface, to a controller that may know another agent here, or none.
    public mutating func announce() {
        for port in configuration.pairs.indices { introduce(on: port) }
    }

    private mutating func introduce(on port: Int) {
        send(.helloAck(configuration.capabilities), .none, on: port, process: configuration.process)
    }

    /// Counts a frame that fits no role of this VNF on its interface. If its handover is known on no interface, the agent was restarted,
    /// and the controller is told.
    mutating func unfit(_ handover: HandoverID, on port: Int, at now: Instant) {
        tally.unexpected += 1
        if !isKnown(handover, at: now) { disown(handover, on: port, at: now) }
    }

    /// Says that this process knows nothing of what was done for a handover.
    mutating func disown(_ handover: HandoverID, on port: Int, at now: Instant) {
        guard answers.allows(handover, on: port, at: now) else { return }
        send(.abort(reason: Refusal.unknownHandover), handover, on: port)
    }

    /// Whether the handover is open here, or ended a short while ago. One whose START may still come on this interface is known if it
    /// came on another.
    func isKnown(_ handover: HandoverID, at now: Instant) -> Bool {
        isOpen(handover) || isArmed(handover)
            || flows.indices.contains {
                ended.role(handover, port: $0, at: now) != nil || disarmed.role(handover, port: $0, at: now) != nil
            }
    }

    /// Whether this VNF has a role in the handover.
    func isOpen(_ handover: HandoverID) -> Bool {
        sources[handover] != nil || destinations[handover] != nil || groups[handover] != nil
    }

    mutating func tell(_ notification: Notification) {
        output.append(.notification(notification))
    }

    /// Why a handover may not begin, whichever end this VNF is, and whatever moves; nil if it may.
    func refusal(_ start: Start, _ handover: HandoverID) -> Refusal? {
        guard Int(start.directions) <= configuration.pairs.count else { return .tooManyDirections }
        if start.isOfDirectMode, !configuration.capabilities.contains(.direct) { return .directMode }
        // What takes the place of another handover comes beside it for a moment.
        let limit = (start.turnsRound == nil ? 1 : 2) * configuration.limits.handovers
        return isOpen(handover) || openHandovers < limit ? nil : .handoverLimit
    }

    /// Why a handover may not begin on an interface, whichever end this VNF is; nil if it may.
    mutating func refusal(
        _ start: Start, _ handover: HandoverID, as owner: FlowTable.Owner, on port: Int, at now: Instant
    ) -> Refusal? {
        if let refusal = refusal(start, handover) { return refusal }
        let other: FlowTable.Owner?
        switch start.subject {
        case .flow(let flow): other = flows[port][flow]
        case .match(let match): other = flows[port].other(than: owner, overlapping: match)?.owner
        }
        switch other {
        case nil, owner, .held, .owned:
            return nil
        case .source(let other):
            // Of this very handover, if its roles turn.
            guard let role = sources[other], role.isAborted, role.directions[port]?.subject == start.subject else { return .busy(other) }
            takeBack(other, start, on: port, at: now)
            return nil
        case .destination(let other), .group(let other):
            return .busy(other)
        }
    }

    /// Ends an aborted handover in a direction that another takes over. Stragglers that the controller does not have go to the function
    /// first, if the flow comes back to it.
    private mutating func takeBack(_ handover: HandoverID, _ start: Start, on port: Int, at now: Instant) {
        if sources[handover]?.directions[port]?.straightTo != nil, let packets = sources[handover]?.takeKept(port, ledger: &ledger) {
            if start.staysHome {
                if packets.packets > 0 { output.append(.packets(packets, .function(port))) }
            } else {
                tally.abandoned += UInt64(packets.packets)
                slab.release(packets)
            }
        }
        closeSource(handover, on: port, at: now)
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
    ///
    /// In direct mode, what came from the source's HSL is dropped like what came from the controller: the source has it still, sends
    /// no more of it, and gives it to its function when the flow is handed back, before anything else.
    private mutating func abort(_ handover: HandoverID, on port: Int, at now: Instant) {
        let isKnownHere = isOpen(handover)
        if let role = destinations[handover] {
            if !role.fetch.hasState {
                returnFlow(handover, at: now)
            } else if role.origin != .handedBack {
                return send(.abortAck(refusal: Refusal.stateInPlace), handover, on: port)
            }
        } else if let role = groups[handover] {
            if role.fetch.hasState { return send(.abortAck(refusal: Refusal.stateInPlace), handover, on: port) }
            returnGroup(handover, at: now)
        } else if sources[handover] != nil {
            if sources[handover]?.abort() == true { settleAborted(handover, at: now) }
        } else if ended.role(handover, port: port, at: now) == .destination {
            return send(.abortAck(refusal: Refusal.stateInPlace), handover, on: port)
        } else {
            forestall(handover, at: now)
        }
        answer(.abortAck(refusal: nil), handover, on: port, hasHeardAll: isKnownHere, at: now)
    }

    /// Sees to it that no START does anything where the handover was aborted before it began.
    private mutating func forestall(_ handover: HandoverID, at now: Instant) {
        for port in flows.indices where sources[handover]?.directions[port] == nil && !ended.remembers(handover, port: port, at: now) {
            ended.insert(handover, port: port, as: nil, nil, lateStart: .ignore, at: now)
        }
    }

    private mutating func returnFlow(_ handover: HandoverID, at now: Instant) {
        destinations[handover]?.prepareReturn(ledger: &ledger)
        guard let destination = destinations.removeValue(forKey: handover) else { return }
        let source = SourceRole(aborting: destination)
        for (port, direction) in source.directions.enumerated() {
            if let direction { flows[port].arm(direction.subject, for: .source(handover)) }
        }
        sources[handover] = source
        settleAborted(handover, at: now)
    }

    mutating func settleAborted(_ handover: HandoverID, at now: Instant) {
        forestall(handover, at: now)
        alarms[handover] = .settled
        guard sources[handover]?.functionKnows == true else { return }
        sources[handover]?.functionKnows = false
        tell(.end(handover: handover, outcome: .aborted))
    }
}
