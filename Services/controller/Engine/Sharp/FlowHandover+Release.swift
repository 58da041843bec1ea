import Timing

/// Waiting for a receiver that has the state, and every packet of a direction, to say that it has let the direction pass.
///
/// It says so at once and repeats it. Should its process die before that is heard, nobody else will ever say it: so it is asked, now and
/// then, and the process in its place says that it knows nothing of the handover.
extension FlowHandover {
    /// The receiver has everything of a direction. While the state is on its way, that has a limit of its own.
    mutating func awaitRelease(_ x: Direction, at now: Instant) {
        guard isMoving, case .done = transfer, directions[x].isConfirmed, !directions[x].isReleased else { return }
        let pause = configuration.retry.longest
        let schedule = Backoff.Schedule(first: pause, longest: pause, limit: configuration.retry.limit)
        directions[x].releaseDue = Backoff(schedule, startedAt: now)
    }

    /// False when the receiver has not answered for too long.
    mutating func askForRelease(_ x: Direction, at now: Instant, isPatient: Bool, _ actions: inout [Action]) -> Bool {
        switch directions[x].stepRelease(at: now, isPatient: isPatient) {
        case .wait: break
        case .repeat: sendReleaseFinished(x, &actions)
        case .giveUp: return false
        }
        return true
    }
}

extension FlowDirection {
    fileprivate mutating func stepRelease(at now: Instant, isPatient: Bool) -> Backoff.Step {
        guard case .confirmed = progress else {
            releaseDue = nil
            return .wait
        }
        return releaseDue.mapInPlace { $0.step(at: now, isPatient: isPatient) } ?? .wait
    }
}
