import Frames
import Timing

/// Whether the flows of a rule move each by itself.
public enum Grouping: String, Hashable, Sendable {
    /// Each begins at first sight.
    case perFlow
    /// All together, with the state that they share.
    case together
}

/// What an orchestrator asks for: which flows, how important, where to (paper, Section 3.3).
public struct RuleSpecification: Hashable, Sendable {
    /// The largest priority, so that detection and steering stay below the band of exact entries.
    public static let maximumPriority: UInt16 = 30_000

    /// The flows, as they enter at the ingress switch.
    public let match: FlowMatch
    /// The flows as they enter at the egress switch; the mirror of ``match`` when nil.
    public let reverseMatch: FlowMatch?
    /// The priority r, 1…30,000: flow entries get 2r and 2r + 1.
    public let priority: UInt16
    /// The instance that the flows move to.
    public let destination: VNFID
    /// Whether the reverse direction moves too.
    public let isBidirectional: Bool
    /// Who detects its flows and holds their packets; nil leaves that to the controller.
    public let mode: Mode?
    /// Whether its flows move each by itself.
    public let grouping: Grouping
    /// The silence that ends the detection of flows: those that have not spoken by then count as new.
    public let maximumSilence: TimeSpan
    /// When detection ends although flows go on appearing.
    public let detectionLimit: TimeSpan

    /// A request; flows that move together do so in direct mode.
    public init(
        match: FlowMatch, reverseMatch: FlowMatch? = nil, priority: UInt16, destination: VNFID, isBidirectional: Bool,
        mode: Mode? = nil, grouping: Grouping = .perFlow, maximumSilence: TimeSpan = .seconds(1), detectionLimit: TimeSpan = .seconds(30)
    ) {
        self.match = match
        self.reverseMatch = reverseMatch
        self.priority = priority
        self.destination = destination
        self.isBidirectional = isBidirectional
        self.mode = grouping == .together ? .direct : mode
        self.grouping = grouping
        self.maximumSilence = max(.milliseconds(1), maximumSilence)
        self.detectionLimit = max(self.maximumSilence, detectionLimit)
    }

    /// The directions whose packets the rule steers.
    public var directions: [Direction] { isBidirectional ? [.forward, .reverse] : [.forward] }

    /// Whether some flow is covered by both in a direction.
    func overlaps(_ other: RuleSpecification) -> Bool {
        Direction.allCases.contains { direction in
            guard let own = match(direction), let other = other.match(direction) else { return false }
            return own.overlaps(other)
        }
    }

    /// Whether all flows of another rule are this one's too, because both name the same.
    func hasFlows(of other: RuleSpecification) -> Bool {
        other.directions.allSatisfy { match($0) == other.match($0) }
    }

    /// The flows as they enter in a direction; nil where the rule does not steer.
    public func match(_ direction: Direction) -> FlowMatch? {
        switch direction {
        case .forward: match
        case .reverse: isBidirectional ? (reverseMatch ?? match.mirrored) : nil
        }
    }
}

/// A rule and what has become of it.
public struct Rule: Hashable, Sendable {
    /// What a rule is doing.
    public enum State: Hashable, Sendable {
        /// Its flows are being moved to its destination.
        case moving(Serial)
        /// Its flows are at its destination.
        case settled
        /// Its flows are being handed back; the rule is gone afterwards.
        case removing(Serial)
        /// It is gone.
        case removed
    }

    /// Its number.
    public let id: RuleID
    /// What the requester calls it.
    public let name: String
    /// The group whose flows it is about.
    public let group: String
    /// What was asked for.
    public let specification: RuleSpecification
    /// What it is doing.
    public internal(set) var state: State
    /// How its flow handovers ended so far, by outcome; those under way count as open.
    public internal(set) var handovers: [HandoverRecord.Outcome: Int] = [:]
    /// Whether flows of it are still being detected.
    public internal(set) var isDetecting = false
    /// Who detects and holds its flows; nil while it is not known yet what the instances can.
    public internal(set) var mode: Mode?
    /// Why that.
    public internal(set) var modeReason: String?
    /// Why it was never carried out; it is removed then.
    public internal(set) var failure: String?
    /// Whether switches have its steering entries.
    package internal(set) var steering = Steering.never
    /// Packets of its flows that were lost on their way to the controller while they were detected.
    public internal(set) var lost = 0
    /// Whether flows that nobody has seen lately are at its destination: from the end of its detection until the end of that of its
    /// removal.
    package internal(set) var isEffective = false
    /// More important rules that had sent some of its flows elsewhere when it took effect, and had not taken effect themselves: flows of
    /// theirs that nobody has seen are not at its destination, but where they were before it.
    package internal(set) var shadows: Set<RuleID> = []

    /// The instance that it takes out of service, if it does.
    package let drains: VNFID?
    /// The serial of its steering entries' cookies.
    package let serial: Serial

    /// A rule of all its parts.
    package init(
        id: RuleID, name: String, group: String, specification: RuleSpecification, state: State,
        handovers: [HandoverRecord.Outcome: Int] = [:], isDetecting: Bool = false, mode: Mode?, modeReason: String? = nil,
        failure: String? = nil, steering: Steering = .never, lost: Int = 0, isEffective: Bool = false, shadows: Set<RuleID> = [],
        drains: VNFID? = nil, serial: Serial
    ) {
        (self.id, self.name, self.group, self.specification, self.state) = (id, name, group, specification, state)
        (self.handovers, self.isDetecting, self.lost) = (handovers, isDetecting, lost)
        (self.mode, self.modeReason, self.steering) = (mode, modeReason, steering)
        self.failure = failure
        self.drains = drains
        (self.isEffective, self.shadows, self.serial) = (isEffective, shadows, serial)
    }

    /// Its steering entries in the switches.
    package enum Steering: String, Sendable {
        case never, present
        /// They were there, and were taken back.
        case gone
    }

    /// Whether switches have its steering entries.
    var hasSteering: Bool { steering == .present }

    /// Whether its flows are, or are on their way to be, at its destination.
    var steers: Bool {
        switch state {
        case .moving, .settled: true
        case .removing, .removed: false
        }
    }

    /// The relocation that it is the subject of.
    var relocation: Serial? {
        switch state {
        case .moving(let serial), .removing(let serial): serial
        case .settled, .removed: nil
        }
    }
}

/// All rules, and who owns a flow because of them.
public struct RuleTable: Sendable {
    /// Rules by number, those removed lately too.
    public private(set) var rules: [RuleID: Rule] = [:]
    private var byPriority: [RuleID] = []
    private var numbers: [String: RuleID] = [:]
    private var nextID: UInt64 = 1
    private var gone: [RuleID] = []
    private static let removedRules = 1_000

    /// All rules in the order they were made.
    public var all: [Rule] { rules.values.sorted { $0.id < $1.id } }

    subscript(id: RuleID) -> Rule? {
        get { rules[id] }
        _modify { yield &rules[id] }
    }

    /// The rule that a requester calls so.
    public func named(_ name: String) -> Rule? { numbers[name].flatMap { rules[$0] } }

    /// Adds a rule; the same one twice is one rule, under the name it got first.
    mutating func add(
        _ name: String, _ specification: RuleSpecification, group: String, serial: Serial, drains: VNFID? = nil
    ) throws(Refusal) -> (rule: Rule, isNew: Bool) {
        if let known = named(name), known.state != .removed {
            guard known.specification == specification else { throw .conflict("rule \(name) exists and says something else") }
            return (known, false)
        }
        for other in ordered
        where other.group == group && other.specification.priority == specification.priority {
            if other.specification == specification, other.steers { return (other, false) }
            guard !other.specification.overlaps(specification) else {
                let clash = "rule \(other.name) has the same priority \(specification.priority) and covers some of the same flows"
                throw .conflict(other.steers ? clash : clash + "; it is being removed, ask again when it is gone")
            }
        }
        let rule = Rule(
            id: RuleID(nextID), name: name, group: group, specification: specification, state: .settled, mode: nil,
            drains: drains, serial: serial)
        nextID += 1
        rules[rule.id] = rule
        numbers[name] = rule.id
        let position = byPriority.firstIndex { (rules[$0]?.specification.priority ?? 0) < specification.priority } ?? byPriority.endIndex
        byPriority.insert(rule.id, at: position)
        return (rule, true)
    }

    /// Takes in a rule that another process has made.
    mutating func restore(_ rule: Rule) {
        rules[rule.id] = rule
        nextID = max(nextID, rule.id.value + 1)
        guard rule.state != .removed else {
            gone.append(rule.id)
            if named(rule.name) == nil { numbers[rule.name] = rule.id }
            return
        }
        numbers[rule.name] = rule.id
        let position = byPriority.firstIndex { (rules[$0]?.specification.priority ?? 0) < rule.specification.priority }
        byPriority.insert(rule.id, at: position ?? byPriority.endIndex)
    }

    /// A rule covers no flow any more.
    mutating func removed(_ id: RuleID) {
        rules[id]?.state = .removed
        byPriority.removeAll { $0 == id }
    }

    /// Nobody needs a removed rule any more; it can be looked up for as long as it is among the last ``removedRules``.
    mutating func retire(_ id: RuleID) {
        gone.append(id)
        guard gone.count > Self.removedRules, let oldest = rules.removeValue(forKey: gone.removeFirst()) else { return }
        if numbers[oldest.name] == oldest.id { numbers[oldest.name] = nil }
    }

    /// Who has a flow of a group that nobody has seen lately, because of some rule.
    ///
    /// - Parameter changed: a rule that has just taken effect, or has just been taken back, and is to be thought of as before.
    func holder(of headers: PacketHeaders, _ direction: Direction, in group: String, before changed: RuleID? = nil) -> VNFID? {
        first(covering: headers, direction, in: group) { rule in
            rule.isEffective != (rule.id == changed)
                && !shadows(of: rule).contains { $0.specification.match(direction)?.matches(headers) ?? false }
        }?.specification.destination
    }

    /// A rule has taken effect.
    mutating func tookEffect(_ id: RuleID) {
        guard let rule = rules[id] else { return }
        let shadows = overlapping(rule).filter { other in
            other.specification.priority > rule.specification.priority && other.steering != .never && !other.isEffective
        }.map(\.id)
        rules[id]?.isEffective = true
        rules[id]?.shadows = Set(shadows)
    }

    /// The rules that are not gone, and say of some of a rule's flows that they are not at its destination.
    func shadows(of rule: Rule) -> [Rule] { rule.shadows.compactMap { rules[$0] }.filter { $0.state != .removed } }

    /// Who is to have a flow of a group, because of some rule.
    func target(of headers: PacketHeaders, _ direction: Direction, in group: String) -> VNFID? {
        first(covering: headers, direction, in: group) { $0.hasSteering }?.specification.destination
    }

    /// Who is to have a flow of a group, because of some rule, once a relocation has taken effect, and nothing that was asked for later.
    func target(of headers: PacketHeaders, _ direction: Direction, in group: String, asOf relocation: Serial) -> VNFID? {
        first(covering: headers, direction, in: group) { rule in
            guard rule.serial < relocation else { return false }
            if case .removing(let removal) = rule.state { return relocation < removal }
            return true
        }?.specification.destination
    }

    /// The most important rule that covers a packet and applies.
    func first(
        covering headers: PacketHeaders, _ direction: Direction, in group: String, where applies: (Rule) -> Bool
    ) -> Rule? {
        ordered.first { rule in
            rule.group == group && applies(rule) && rule.specification.match(direction)?.matches(headers) ?? false
        }
    }

    /// The rules that are not removed, the most important first.
    var ordered: some Sequence<Rule> { byPriority.lazy.compactMap { rules[$0] } }

    /// The rules of the same group that cover some of a rule's flows, itself too, the most important first.
    func overlapping(_ rule: Rule) -> some Sequence<Rule> {
        ordered.lazy.filter { $0.group == rule.group && $0.specification.overlaps(rule.specification) }
    }
}
