import ControlFrames
import Frames
import Timing

/// What is known of one handover, of a flow or of a group of them: for the orchestrator, the metrics and the report.
public struct HandoverRecord: Hashable, Sendable {
    /// How a flow handover ended, or that it has not.
    public enum Outcome: String, Hashable, Sendable, CaseIterable {
        /// Under way.
        case open
        /// The flow is at its destination with its state.
        case completed
        /// The flow is back at its source and nothing was lost.
        case aborted
        /// The flow goes on, but not as promised: see the reason.
        case failed
    }

    /// Counts up from 1 over all handovers of this controller.
    public let number: UInt64
    /// The rule that asked for it.
    public let rule: RuleID
    /// What moves, in its forward direction.
    public let subject: Start.Subject
    /// The instance that gives the flow away.
    public let source: VNFID
    /// The instance that takes it over.
    public let destination: VNFID
    /// How it is carried out.
    public let mode: Mode
    /// Why so.
    public let modeReason: String
    /// When its first packet was seen.
    public let startedAt: Instant
    /// How many flows and directions have joined a handover of a group.
    public internal(set) var flows = 0
    /// How it ended.
    public internal(set) var outcome = Outcome.open
    /// Why it was aborted or failed.
    public internal(set) var reason: String?

    /// When the destination held the flow in every direction.
    public internal(set) var armedAt: Instant?
    /// When the source's VNF had frozen the state.
    public internal(set) var sourceFrozenAt: Instant?
    /// When the last direction that spoke had its marker.
    public internal(set) var markedAt: Instant?
    /// When the last direction was fenced at the source.
    public internal(set) var fencedAt: Instant?
    /// When the destination had confirmed every frame of the last direction.
    public internal(set) var confirmedAt: Instant?
    /// When the destination was told to fetch the state.
    public internal(set) var transferRequestedAt: Instant?
    /// When everything was released in the directions that spoke.
    public internal(set) var settledAt: Instant?
    /// When the handover ended, silent directions included.
    public internal(set) var endedAt: Instant?

    /// The frames that the controller held, both directions.
    public internal(set) var controllerBuffered = BufferCount()
    /// The most frames that the controller held at a time, the directions' peaks added.
    public internal(set) var controllerPeakPackets = 0
    /// The frames that the destination's HSL held, both directions.
    public internal(set) var vnfBuffered = BufferCount()
    /// The most frames that the destination's HSL held at a time, the directions' peaks added.
    public internal(set) var vnfPeakPackets = 0
    /// Frames that the source returned because they reached it after START.
    public internal(set) var stragglers = 0
    /// Frames that came under an old entry after the handover had ended; they were delivered, their order is not known.
    public internal(set) var lateFrames = 0
    /// Packets that are known to be lost, because an instance is gone that had them or a limit was reached.
    public internal(set) var lost = 0
    /// Whether packets or their order may be lost that nobody could count.
    public internal(set) var isIncomplete = false
    /// Control frames that made no sense in the state they met.
    public internal(set) var unexpectedFrames = 0

    init(
        number: UInt64, rule: RuleID, subject: Start.Subject, source: VNFID, destination: VNFID, _ choice: Engine.Choice, startedAt: Instant
    ) {
        self.number = number
        self.rule = rule
        self.subject = subject
        self.source = source
        self.destination = destination
        mode = choice.mode
        modeReason = choice.reason
        self.startedAt = startedAt
    }

    /// The flow that moves; nil in a handover of a group.
    public var flow: FlowKey? {
        if case .flow(let flow) = subject { flow } else { nil }
    }

    /// From the first packet seen to the last one released in the directions that spoke.
    public var duration: TimeSpan? { (settledAt ?? endedAt).map { $0 - startedAt } }

    /// The duration's parts. Some overlap, so they do not add up to it.
    public var phases: [Phase: TimeSpan] {
        func span(_ from: Instant?, _ to: Instant?) -> TimeSpan? {
            guard let from, let to else { return nil }
            return max(.zero, to - from)
        }
        let fenced = [sourceFrozenAt, fencedAt].compactMap(\.self).max()
        return [
            .arm: span(startedAt, armedAt), .fence: span(startedAt, fenced), .redirect: span(armedAt, markedAt),
            .release: span(markedAt, confirmedAt), .transfer: span(transferRequestedAt, settledAt),
        ].compactMapValues(\.self)
    }

    /// The part that it waits for while it is open.
    public var waitsFor: Phase? {
        guard outcome == .open else { return nil }
        let parts: [Phase] = source == destination ? [.arm, .redirect, .release] : [.arm, .redirect, .fence, .transfer, .release]
        let done = phases
        return parts.first { done[$0] == nil }
    }

    /// A part of a handover.
    public enum Phase: String, Hashable, Sendable, CaseIterable {
        /// From the first packet seen until the destination holds the flow in every direction.
        case arm
        /// From the first packet seen until the source has frozen the state and has got its last packet.
        case fence
        /// From then on that the flow is turned to the destination until the switches have let go of the old entry.
        case redirect
        /// From there until the destination has confirmed every frame that came through the controller.
        case release
        /// From the order to fetch the state until everything is released.
        case transfer
    }

    mutating func marked(at now: Instant) { markedAt = now }

    mutating func fenced(stragglers count: Int, at now: Instant) {
        fencedAt = now
        stragglers += count
    }

    mutating func confirmed(at now: Instant) { confirmedAt = now }

    mutating func buffered(_ queue: TransportQueue) {
        guard queue.held.packets > 0 else { return }
        controllerBuffered = controllerBuffered + queue.total
        controllerPeakPackets += queue.peakPackets
    }

    mutating func released(_ usage: BufferUsage) {
        vnfBuffered = vnfBuffered + BufferCount(packets: Int(usage.packets), bytes: Int(clamping: usage.bytes))
        vnfPeakPackets += Int(usage.peakPackets)
    }

    mutating func end(_ outcome: Outcome, at now: Instant) {
        self.outcome = outcome
        endedAt = now
    }
}
