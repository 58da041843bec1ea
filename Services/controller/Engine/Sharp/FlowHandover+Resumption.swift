import ControlFrames
import Frames
import Timing

/// Going on with a handover that another process has begun.
extension FlowHandover {
    /// Why a handover failed that lost packets with the process that had begun it.
    private static let restart = "the controller was restarted"

    /// The handover that an earlier process has written down; without a checkpoint it had only just begun.
    init(
        resuming note: HandoverNote, _ checkpoint: Checkpoint?, _ outcome: HandoverRecord.Outcome, from source: VNF, to destination: VNF,
        _ redirection: Plan.Redirection, _ choice: Engine.Choice, configuration: Configuration, at now: Instant
    ) {
        let flags = checkpoint?.flags ?? []
        let kind = note.kind.plan
        terms = Terms(id: note.id, kind: kind, redirection: redirection, from: source, to: destination, configuration: configuration)
        let flow = note.forward ?? note.reverse?.mirrored ?? FlowKey(network: .ethernet(source: .zero, destination: .zero, etherType: 0))
        record = HandoverRecord(
            number: note.record, rule: note.rule, subject: .flow(flow), source: source.id, destination: destination.id, choice,
            startedAt: min(note.startedAt, now))
        record.outcome = outcome
        record.isIncomplete = flags.contains(.isIncomplete)
        receiver = flags.contains(.isBack) ? .source : .destination
        isStateLost = flags.contains(.isStateLost)
        isLeft = flags.contains(.isLeft)
        namedDirection = note.named
        let isTransferred = kind != .move || receiver == .source || flags.contains(.isTransferred)
        transfer = isTransferred ? .done : .waiting
        sourceState = isTransferred || isStateLost ? .frozen : .starting(Backoff(configuration.retry, startedAt: now))
        func direction(_ flow: FlowKey?, _ way: Checkpoint.Way?) -> FlowDirection? {
            guard let flow else { return nil }
            return way.map { FlowDirection(flow: flow, resuming: $0, at: now, retry: configuration.retry) }
                ?? FlowDirection(
                    flow: flow, note.kind.plan, .relayed, isSeen: false, hasIntercept: false, at: now, retry: configuration.retry)
        }
        directions = PerDirection(
            forward: direction(note.forward, checkpoint?.forward), reverse: direction(note.reverse, checkpoint?.reverse))
        let backoff = Backoff(configuration.retry, startedAt: now)
        switch checkpoint?.phase {
        case .stopping: state = .stopping(backoff, reason: Self.restart)
        case .recalling: state = .recalling(backoff)
        case .closing:
            state = .closing(
                backoff,
                Farewell(
                    message: receiver == .destination ? .handoverFinished(nil) : .abort(reason: Self.restart),
                    role: receiver == .destination ? .source : .destination, awaited: Set(directions.directions)))
        case .ended: state = .ended
        case .moving, .relocation, nil: state = .moving
        }
        let waited = [checkpoint?.forward, checkpoint?.reverse].reduce(0) { $0 + Int($1?.waiting ?? 0) }
        if outcome == .open { lose(Int(checkpoint?.lost ?? 0) + waited) }
    }

    /// How far the handover is.
    func checkpoint(of serial: Serial) -> Checkpoint {
        var flags: Checkpoint.Flags = []
        if receiver == .source { flags.insert(.isBack) }
        if isStateLost { flags.insert(.isStateLost) }
        if isLeft { flags.insert(.isLeft) }
        if case .done = transfer { flags.insert(.isTransferred) }
        if record.isIncomplete { flags.insert(.isIncomplete) }
        let phase: Checkpoint.Phase =
            switch state {
            case .moving: .moving
            case .stopping: .stopping
            case .recalling: .recalling
            case .closing: .closing
            case .ended: .ended
            }
        func way(_ x: Direction) -> Checkpoint.Way? { directions.has(x) ? directions[x].checkpoint : nil }
        return Checkpoint(
            handover: serial, phase: phase, flags: flags, lost: UInt32(clamping: record.lost), forward: way(.forward),
            reverse: way(.reverse))
    }

    /// Whether it still moves packets.
    var isUnderWay: Bool {
        switch state {
        case .moving, .stopping, .recalling: true
        case .closing, .ended: false
        }
    }

    /// Takes up whatever was waited for.
    mutating func goOnAfterRestart(at now: Instant, _ actions: inout [Action]) {
        guard isMoving else { return }
        for x in directions.directions {
            openFences(x, at: now, &actions)
            advance(x, at: now, &actions)
            awaitRelease(x, at: now)
        }
        concludeIfDone(at: now, &actions)
    }

    /// Asks a receiver that has confirmed everything again: it may have said that it is done when nobody could hear it.
    func remind(_ actions: inout [Action]) {
        guard isMoving else { return }
        for x in directions.directions where directions[x].isConfirmed && !directions[x].isReleased && directions[x].releaseDue == nil {
            sendReleaseFinished(x, &actions)
        }
    }

    // MARK: Losses

    /// Packets are known to be lost.
    mutating func lose(_ packets: Int) {
        guard packets > 0 else { return }
        record.lost += packets
        record.reason = record.reason ?? Self.restart
    }

    /// The detection entry has caught whatever came of the flow while no controller was there.
    mutating func mayHaveLostDetected() {
        guard isUnderWay, receiver == .destination else { return }
        for x in directions.directions where directions[x].route == .relayed && directions[x].isTouched && directions[x].stage == nil {
            directions[x].uncounted.insert(.detection)
        }
    }

    /// Nobody will say any more how many packets detection entries caught of the flow.
    mutating func hasLostUncounted() {
        for x in directions.directions where directions[x].uncounted.contains(.detection) {
            directions[x].uncounted.remove(.detection)
            record.isIncomplete = true
            record.reason = record.reason ?? Self.restart
        }
    }

    func isAwaiting(_ uncounted: Uncounted, in ways: [Direction]) -> Bool {
        ways.contains { directions.has($0) && !directions[$0].uncounted.isDisjoint(with: uncounted) }
    }

    /// It is known how many packets were lost that no controller got; or it is known that nobody knows.
    mutating func counted(
        _ uncounted: Uncounted, in ways: [Direction], lost packets: Int, isComplete: Bool, at now: Instant, _ actions: inout [Action]
    ) {
        for x in ways where directions.has(x) { directions[x].uncounted.subtract(uncounted) }
        guard isUnderWay else { return }
        lose(packets)
        if !isComplete {
            record.isIncomplete = true
            record.reason = record.reason ?? Self.restart
        }
        concludeIfDone(at: now, &actions)
    }
}
