import ControlFrames
import Frames
import OpenFlow
import Timing

/// What a controller writes down, line by line, so that another process can go on where it was.
///
/// With it go the ``Checkpoint``s: an entry says that something has begun or is over, a checkpoint how far it is in between.
public enum JournalEntry: Hashable, Sendable {
    /// A switch was registered.
    case `switch`(id: String, datapath: DatapathID)
    /// A group was registered, or its default instance changed.
    case group(Group)
    /// An instance was registered.
    case vnf(VNF)
    /// A rule was made or has changed its state; what it counts is as of now.
    case rule(Rule)
    /// Flows of a rule are being detected, or how far the end of that is.
    case relocation(RelocationNote)
    /// An instance is asked to hold flows by itself, or not any more. Written before ARM leaves.
    case arming(ArmingNote)
    /// A flow handover has begun. Written before START leaves.
    case began(HandoverNote)
    /// A handover of a group has begun, or how far it is. Written before START leaves.
    case beganGroup(GroupNote)
    /// A flow has joined a group's handover. Written before the instance is told so.
    case joined(Serial, GroupMember)
    /// Its packets pass. Written before that is acknowledged.
    case released(Serial, GroupMember)
    /// A handover came to its outcome; some of it may still have to be told to its instances.
    case ended(Serial, HandoverRecord.Outcome)
    /// Nothing is left of a handover, or of an arming.
    case forgotten(Serial)
    /// No serial from this one on was used, and no counter above this one; the last handover to begin was called so.
    case reserved(serial: UInt64, counter: UInt64, identifier: UInt16)
}

/// A relocation as it is written down.
public struct RelocationNote: Hashable, Sendable {
    /// How far it is.
    public enum Phase: String, Hashable, Sendable {
        /// An earlier one comes first.
        case waiting
        /// Flows are being detected, or instances asked to hold them.
        case detecting
        /// Detection is over, and its entries stay for the sake of order.
        case lingering
        /// Detection is over in direct mode, and some flows are on their way.
        case arriving
        /// Every flow has arrived, and instances are told to hold nothing new.
        case parting
        /// Its entries idle out.
        case closing
        /// It has none.
        case closed
    }

    /// The serial of its entries' cookies.
    public let serial: Serial
    /// The rule whose flows it moves.
    public let rule: RuleID
    /// Who detects them; nil while it waits for what the instances can.
    public let mode: Mode?
    /// How far it is.
    public let phase: Phase

    /// The relocation of the same rule that it takes over from.
    public let earlier: Serial?
    /// The handover of a group that it takes back, if it does.
    public let turns: HandoverID?

    /// A note.
    public init(serial: Serial, rule: RuleID, mode: Mode?, phase: Phase, earlier: Serial? = nil, turns: HandoverID? = nil) {
        (self.serial, self.rule, self.mode, self.phase, self.earlier) = (serial, rule, mode, phase, earlier)
        self.turns = turns
    }
}

/// What is fixed of a flow handover from its beginning.
public struct HandoverNote: Hashable, Sendable {
    /// What is done about the flow.
    public enum Kind: UInt8, Hashable, Sendable {
        /// It changes its instance.
        case move
        /// It is where it is to be.
        case adopt
        /// It stays where it is.
        case keep
    }

    /// The serial of its entries' cookies.
    public var serial: Serial
    /// How control frames name it.
    public var id: HandoverID
    /// What is done about the flow.
    public var kind: Kind
    /// The group that the flow passes.
    public var group: String
    /// The instance that gives it away.
    public var source: VNFID
    /// The instance that takes it over.
    public var destination: VNFID
    /// The flow as it enters at the ingress switch, if it does.
    public var forward: FlowKey?
    /// The flow as it enters at the egress switch, if it does.
    public var reverse: FlowKey?
    /// The direction that the source's function has named, if it has.
    public var named: Direction?
    /// The beginning of a packet of the flow, from which its headers can be read, and the direction it came in.
    public var sample: [UInt8]
    /// The direction of the sample.
    public var sampleDirection: Direction
    /// The rule that asked for it, and the relocation of it.
    public var rule: RuleID
    /// The relocation that found the flow.
    public var relocation: Serial
    /// The number of its record.
    public var record: UInt64
    /// When it began.
    public var startedAt: Instant

    /// In direct mode: the arming under which the destination holds the flow, and the relocation that it was made for.
    public var heldUnder: HandoverID?
    /// That relocation.
    public var heldFor: Serial?
    /// The directions in which the destination has said so before the handover began.
    public var reported: Set<Direction> = []

    /// A note of all its parts.
    public init(
        serial: Serial, id: HandoverID, kind: Kind, group: String, source: VNFID, destination: VNFID, forward: FlowKey?, reverse: FlowKey?,
        named: Direction? = nil, sample: [UInt8], sampleDirection: Direction, rule: RuleID, relocation: Serial, record: UInt64,
        startedAt: Instant
    ) {
        (self.serial, self.id, self.kind, self.group) = (serial, id, kind, group)
        (self.source, self.destination) = (source, destination)
        (self.forward, self.reverse, self.named) = (forward, reverse, named)
        (self.sample, self.sampleDirection) = (sample, sampleDirection)
        (self.rule, self.relocation, self.record, self.startedAt) = (rule, relocation, record, startedAt)
    }

    init(_ serial: Serial, _ live: Engine.Live) {
        let (handover, record) = (live.handover, live.handover.record)
        func flow(_ x: Direction) -> FlowKey? { handover.directions.has(x) ? handover.directions[x].flow : nil }
        self.init(
            serial: serial, id: handover.id, kind: Kind(handover.kind), group: live.group.id, source: handover.source.id,
            destination: handover.destination.id, forward: flow(.forward), reverse: flow(.reverse), named: handover.namedDirection,
            sample: live.sample.frame,
            sampleDirection: live.sample.direction, rule: record.rule, relocation: live.relocation, record: record.number,
            startedAt: record.startedAt)
        heldUnder = live.holding?.arming
        heldFor = live.holding?.relocation
        reported = live.reported
    }
}

extension HandoverNote.Kind {
    fileprivate init(_ kind: FlowHandover.Plan.Kind) {
        switch kind {
        case .move: self = .move
        case .adopt: self = .adopt
        case .keep: self = .keep
        }
    }

    var plan: FlowHandover.Plan.Kind {
        switch self {
        case .move: .move
        case .adopt: .adopt
        case .keep: .keep
        }
    }
}

/// Why what an earlier process wrote down cannot be gone on with.
public struct JournalProblem: Error, Hashable, Sendable, CustomStringConvertible {
    /// The entry at fault, counted from 0; nil when it is about all of them.
    public let entry: Int?
    /// What is wrong with it.
    public let description: String

    /// A problem.
    public init(entry: Int?, _ description: String) {
        self.entry = entry
        self.description = description
    }
}
