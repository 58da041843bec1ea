import ControlFrames
import Frames
import Timing

/// A handover of a group as it is written down. What it moves, its rule says.
public struct GroupNote: Hashable, Sendable {
    /// How far it is.
    public enum Phase: String, Hashable, Sendable {
        /// Flows may join.
        case moving
        /// The destination is told to give it up.
        case stopping
        /// The destination has given it up, and the source is told to.
        case recalling
        /// The destination is told that no more flows join.
        case leaving
    }

    /// Tells it apart.
    public var serial: Serial
    /// How control frames name it.
    public var id: HandoverID
    /// The instance that gives the flows away.
    public var source: VNFID
    /// The instance that takes them over.
    public var destination: VNFID
    /// The rule that asked for it.
    public var rule: RuleID
    /// The relocation of it.
    public var relocation: Serial
    /// The number of its record.
    public var record: UInt64
    /// When it began.
    public var startedAt: Instant
    /// How far it is.
    public var phase: Phase
    /// Whether the destination goes on without the state.
    public var isStateLost: Bool
    /// Whether something may be lost that nobody could count.
    public var isIncomplete = false
    /// Why it does not go on as it should.
    public var reason: String?
    /// The handover that it turns round, if it is a way back: its record is that one's.
    public var turns: HandoverID?

    /// A note of all its parts.
    public init(
        serial: Serial, id: HandoverID, source: VNFID, destination: VNFID, rule: RuleID, relocation: Serial, record: UInt64,
        startedAt: Instant, phase: Phase, isStateLost: Bool
    ) {
        (self.serial, self.id, self.source, self.destination) = (serial, id, source, destination)
        (self.rule, self.relocation, self.record, self.startedAt) = (rule, relocation, record, startedAt)
        (self.phase, self.isStateLost) = (phase, isStateLost)
    }

    init(_ serial: Serial, _ live: Engine.LiveGroup) {
        let (handover, record) = (live.handover, live.handover.record)
        self.init(
            serial: serial, id: handover.id, source: handover.source.id, destination: handover.destination.id, rule: record.rule,
            relocation: live.relocation, record: record.number, startedAt: record.startedAt,
            phase: handover.notedPhase, isStateLost: handover.isStateLost)
        isIncomplete = record.isIncomplete
        reason = record.reason
        turns = handover.turned?.first
    }
}

/// A flow that the destination of a group has met, in a direction.
public struct GroupMember: Hashable, Sendable {
    /// The flow as it enters in that direction.
    public let flow: FlowKey
    /// The direction.
    public let direction: Direction

    /// A flow and a direction.
    public init(flow: FlowKey, direction: Direction) {
        self.flow = flow
        self.direction = direction
    }
}
