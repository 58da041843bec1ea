import Timing

/// What a direction waits for, and until when.
extension FlowDirection {
    /// When silence closes the direction, if it may.
    func silenceDeadline(_ guardTime: TimeSpan) -> Instant? {
        switch (progress, arming) {
        case (.intercepted, .waitsForPacket), (.intercepted, .waitsForFence), (.redirected, _): lastHeard + guardTime
        default: nil
        }
    }

    /// The earliest instant at which something is to be repeated.
    var retryDeadline: Instant? {
        var earliest: Instant?
        func consider(_ candidate: Instant?) {
            if let candidate { earliest = min(earliest ?? candidate, candidate) }
        }
        if case .starting(let backoff) = arming { consider(backoff.next) }
        consider(fence.deadline)
        consider(returnFence?.deadline)
        if case .confirming(let backoff) = progress { consider(backoff.next) }
        if case .confirmed = progress { consider(releaseDue?.next) }
        return earliest
    }

    /// Whoever is to answer can be reached again, and can be heard.
    mutating func restart(at now: Instant) {
        lastHeard = now
        if case .starting(var backoff) = arming {
            backoff.restart(at: now)
            arming = .starting(backoff)
        }
        if case .confirming(var backoff) = progress {
            backoff.restart(at: now)
            progress = .confirming(backoff)
        }
        releaseDue.mapInPlace { $0.restart(at: now) }
        fence.restart(at: now)
        returnFence.mapInPlace { $0.restart(at: now) }
    }
}
