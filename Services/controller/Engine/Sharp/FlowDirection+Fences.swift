import ControlFrames
import Timing

/// What instances return that came to them after START, and how it is known that this was all.
extension FlowDirection {
    /// The instances that are to be asked for a fence because the first packet was seen that lies behind all that they get.
    mutating func openFences(at now: Instant, retry: Backoff.Schedule) -> [FlowHandover.Role] {
        var asked: [FlowHandover.Role] = []
        if hasSpoken.forth, fence.firstSeen(at: now, schedule: retry) { asked.append(.source) }
        if hasSpoken.back, returnFence?.firstSeen(at: now, schedule: retry) ?? false { asked.append(.destination) }
        return asked
    }

    /// What a straggler or the acknowledgement of a fence leads to; the stragglers are in the queue when it closes.
    mutating func fence(_ role: FlowHandover.Role, _ event: (inout SourceFence) -> SourceFence.Step) -> SourceFence.Step {
        switch role {
        case .source:
            let step = event(&fence)
            if case .closed(let stragglers) = step { queue.prepend(stragglers) }
            return step
        case .destination:
            guard let step = returnFence.mapInPlace(event) else { return .wait }
            if case .closed(let stragglers) = step { queue.closeReturnFence(with: stragglers) }
            return step
        }
    }

    /// A straggler that comes when the handover is over; nil when it is only repeated.
    mutating func lateStraggler(_ role: FlowHandover.Role, _ wrapped: WrappedFrame) -> [UInt8]? {
        switch role {
        case .source: return fence.late(wrapped)
        case .destination:
            if returnFence == nil { returnFence = SourceFence(seen: true) }
            return returnFence.mapInPlace { $0.late(wrapped) } ?? nil
        }
    }

    /// How many packets an instance has returned that were given out.
    func stragglers(of role: FlowHandover.Role) -> Int {
        switch role {
        case .source: fence.count
        case .destination: returnFence?.count ?? 0
        }
    }

    /// Whether an instance has still to say how many stragglers there were.
    func isFencing(_ role: FlowHandover.Role) -> Bool {
        switch role {
        case .source: !fence.isClosed
        case .destination: returnFence.map { !$0.isClosed } ?? false
        }
    }

    /// Repeats the fences' frames. True for whom it is time to repeat, and for whom to give up.
    mutating func stepFences(at now: Instant, isPatient: Bool) -> [(role: FlowHandover.Role, step: Backoff.Step)] {
        [
            (.source, fence.step(at: now, isPatient: isPatient)),
            (.destination, returnFence.mapInPlace { $0.step(at: now, isPatient: isPatient) } ?? .wait),
        ]
    }

    /// Goes on without what an instance has not returned.
    mutating func abandonFence(_ role: FlowHandover.Role) {
        switch role {
        case .source:
            guard !fence.isClosed else { return }
            isFenceAbandoned = true
            queue.prepend(fence.abandon())
        case .destination:
            guard let returnFence, !returnFence.isClosed else { return }
            queue.closeReturnFence(with: self.returnFence.mapInPlace { $0.abandon() } ?? [])
        }
    }

    mutating func abandonFences() {
        abandonFence(.source)
        abandonFence(.destination)
    }
}
