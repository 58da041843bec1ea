import Frames
import Timing

/// Going on with a direction of a handover that another process has begun.
extension FlowDirection {
    init(flow: FlowKey, resuming way: Checkpoint.Way, at now: Instant, retry: Backoff.Schedule) {
        self.flow = flow
        route = way.flags.contains(.isDirect) ? .direct : .relayed
        isPastDestination = way.flags.contains(.isPastDestination)
        isFenceAbandoned = way.flags.contains(.isFenceAbandoned)
        // What the source had to return to the destination stays with it, also when the flow goes back.
        fence = SourceFence(seen: way.flags.contains(.isFenced), returnsElsewhere: route == .direct || isPastDestination)
        returnFence = way.flags.contains(.hasReturnFence) ? SourceFence(seen: way.flags.contains(.isReturnFenced)) : nil
        hasIntercept = way.flags.contains(.hasIntercept)
        hasSpoken = (way.flags.contains(.hasSpokenForth), way.flags.contains(.hasSpokenBack))
        intercepted = (way.interceptedForth, way.interceptedBack)
        if way.flags.contains(.isUncounted) { uncounted.insert(.detection) }
        if way.flags.contains(.isOwnUncounted) { uncounted.insert(.ownEntry) }
        lastHeard = now
        let backoff = Backoff(retry, startedAt: now)
        progress =
            switch way.progress {
            case .intercepted: .intercepted
            case .redirected: .redirected
            case .marked: .marked
            case .confirming: .confirming(backoff)
            case .confirmed: .confirmed
            case .released: .released
            }
        arming =
            switch (way.progress, way.arming) {
            case (.intercepted, .untouched): .untouched
            case (.intercepted, .waitsForPacket): .waitsForPacket
            case (.intercepted, .waitsForFence): .waitsForFence
            case (.intercepted, .starting): .starting(backoff)
            default: .armed
            }
        _ = queue.continueAfter(way.sent)
        if !fence.isClosed { fence.goOn(behind: way.sent) }
        if case .released = progress { queue.acknowledged() }
    }

    /// How far the direction is.
    var checkpoint: Checkpoint.Way {
        var flags: Checkpoint.WayFlags = []
        if route == .direct { flags.insert(.isDirect) }
        if isPastDestination { flags.insert(.isPastDestination) }
        if isFenceAbandoned { flags.insert(.isFenceAbandoned) }
        if hasIntercept { flags.insert(.hasIntercept) }
        if fence.isClosed { flags.insert(.isFenced) }
        if let returnFence {
            flags.insert(.hasReturnFence)
            if returnFence.isClosed { flags.insert(.isReturnFenced) }
        }
        if hasSpoken.forth { flags.insert(.hasSpokenForth) }
        if hasSpoken.back { flags.insert(.hasSpokenBack) }
        if uncounted.contains(.detection) { flags.insert(.isUncounted) }
        if uncounted.contains(.ownEntry) { flags.insert(.isOwnUncounted) }
        return Checkpoint.Way(
            progress: progressInShort, arming: armingInShort, flags: flags, sent: queue.sentCount, waiting: queue.waitingCount,
            interceptedForth: intercepted.forth, interceptedBack: intercepted.back)
    }

    private var progressInShort: Checkpoint.Progress {
        switch progress {
        case .intercepted: .intercepted
        case .redirected: .redirected
        case .marked: .marked
        case .confirming: .confirming
        case .confirmed: .confirmed
        case .released: .released
        }
    }

    private var armingInShort: Checkpoint.Arming {
        switch arming {
        case .untouched: .untouched
        case .waitsForPacket: .waitsForPacket
        case .waitsForFence: .waitsForFence
        case .starting, .armed: .starting
        }
    }

    /// Whether no packet can be on its way under an older entry than the newest.
    var isMarked: Bool {
        switch progress {
        case .intercepted, .redirected: false
        case .marked, .confirming, .confirmed, .released: true
        }
    }

    /// The switch is there again.
    mutating func returned() { interceptedBefore = intercepted.forth &+ intercepted.back }

    mutating func countIntercepted(_ course: FlowEntry.Course) {
        if course == .forth { intercepted.forth &+= 1 } else { intercepted.back &+= 1 }
    }
}
