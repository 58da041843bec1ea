import ControlFrames
import Timing

/// Repeating what is due, and giving up on who does not answer.
extension GroupHandover {
    /// When it wants to be looked at, if ever.
    var deadline: Instant? {
        switch state {
        case .ended: return nil
        case .stopping(let backoff), .recalling(let backoff): return backoff.next
        case .fencing(let backoff, _), .leaving(let backoff, _), .closing(let backoff, _): return backoff.next
        case .moving: break
        }
        var due: [Instant] = []
        if case .starting(let backoff) = sourceState, isSourceDue { due.append(backoff.next) }
        if !arming.awaited.isEmpty { due.append(arming.backoff.next) }
        if let releasing { due.append(releasing.backoff.next) }
        switch transfer {
        case .waiting, .done: break
        case .requesting(let backoff): due.append(backoff.next)
        case .underWay(let limit): due.append(limit)
        }
        if mayFence { for case .fencing(let backoff) in members.values { due.append(backoff.next) } }
        return due.min()
    }

    /// Until when the destination may take to get the state, if it is about that and has not said that it has.
    var stateLimit: Instant? {
        if case .underWay(let limit) = transfer { limit } else { nil }
    }

    /// Whether the source is to begin: on the way back, once the destination is there.
    private var isSourceDue: Bool { turned == nil || arming.awaited.isEmpty }

    /// Repeats what is due, and gives up on who does not answer.
    mutating func advance(to now: Instant, isPatient: Bool, actions: inout [Action]) {
        switch state {
        case .ended: return
        case .stopping(var backoff):
            let step = backoff.step(at: now, isPatient: isPatient)
            state = .stopping(backoff)
            stopped(step, at: now, &actions)
        case .recalling(var backoff):
            let step = backoff.step(at: now, isPatient: isPatient)
            state = .recalling(backoff)
            recalled(step, &actions)
        case .fencing(var backoff, let awaited):
            let step = backoff.step(at: now, isPatient: isPatient)
            state = .fencing(backoff, awaited: awaited)
            if step == .repeat { for x in awaited.sorted() { actions.append(.send(.fence(), to: .source, x)) } }
            if step == .giveUp { goOnWithoutState("the source, VNF \(source.id), does not answer", at: now, &actions) }
        case .leaving(var backoff, let awaited):
            // Without a flow, it is the farewell's answer that says that the state is there.
            let step = backoff.step(at: now, isPatient: isPatient || stateLimit != nil)
            state = .leaving(backoff, awaited: awaited)
            if let stateLimit, now >= stateLimit { return isLate(at: now, &actions) }
            if step == .repeat { for x in awaited.sorted() { actions.append(.send(.handoverFinished(nil), to: .destination, x)) } }
            if step == .giveUp { abandon("the destination, VNF \(destination.id), does not answer", at: now, &actions) }
        case .closing(var backoff, let awaited):
            let step = backoff.step(at: now, isPatient: isPatient)
            state = .closing(backoff, awaited: awaited)
            if step == .repeat { dismissSource(awaited.sorted(), &actions) }
            if step == .giveUp { end(&actions) }
        case .moving: advanceMoving(to: now, isPatient: isPatient, &actions)
        }
    }

    private mutating func advanceMoving(to now: Instant, isPatient: Bool, _ actions: inout [Action]) {
        if case .starting(var backoff) = sourceState, isSourceDue {
            let step = backoff.step(at: now, isPatient: isPatient)
            sourceState = .starting(backoff)
            if step == .repeat { for x in matches.directions { sendStart(to: .source, x, &actions) } }
            if step == .giveUp {
                if let sourceRefusal { return giveBack(sourceRefusal, at: now, &actions) }
                goOnWithoutState("the source, VNF \(source.id), does not answer", at: now, &actions)
            }
        }
        if !arming.awaited.isEmpty {
            let step = arming.backoff.step(at: now, isPatient: isPatient)
            if step == .repeat { for x in arming.awaited.sorted() { sendStart(to: .destination, x, &actions) } }
            if step == .giveUp { return isNotArmed(at: now, &actions) }
        }
        if releasing != nil {
            let step = releasing?.backoff.step(at: now, isPatient: isPatient)
            if step == .repeat { sendReleaseFinished(&actions) }
            if step == .giveUp { return abandon("the destination, VNF \(destination.id), does not answer", at: now, &actions) }
        }
        switch transfer {
        case .waiting, .done: break
        case .requesting(var backoff):
            let step = backoff.step(at: now, isPatient: isPatient)
            transfer = .requesting(backoff)
            if step == .repeat { sendTransfer(&actions) }
            if step == .giveUp { return abandon("the destination, VNF \(destination.id), does not answer", at: now, &actions) }
        case .underWay(let limit):
            if now >= limit { return isLate(at: now, &actions) }
        }
        guard mayFence else { return }
        for member in joined { repeatFence(member, at: now, isPatient, &actions) }
    }

    private mutating func isLate(at now: Instant, _ actions: inout [Action]) {
        giveBack("the state did not arrive at VNF \(destination.id) in time", at: now, &actions)
    }

    /// The destination does not begin. If it answers to ABORT, it cannot; else it is gone.
    private mutating func isNotArmed(at now: Instant, _ actions: inout [Action]) {
        let reason = "the destination, VNF \(destination.id), does not answer"
        guard canGoBack else { return abandon(reason, at: now, &actions) }
        giveBack(record.reason.map { "VNF \(destination.id): \($0)" } ?? reason, at: now, &actions)
    }

    private mutating func repeatFence(_ member: Member, at now: Instant, _ isPatient: Bool, _ actions: inout [Action]) {
        guard case .fencing(var backoff) = members[member] else { return }
        let step = backoff.step(at: now, isPatient: isPatient)
        members[member] = .fencing(backoff)
        if step == .repeat { actions.append(.send(.fence(flow: member.flow), to: .source, member.direction)) }
        if step == .giveUp { goOnWithoutState("the source, VNF \(source.id), does not answer", at: now, &actions) }
    }

    func sendReleaseFinished(_ actions: inout [Action]) {
        for x in releasing?.awaited.sorted() ?? [] { actions.append(.send(.releaseFinished(count: .max), to: .destination, x)) }
    }
}
