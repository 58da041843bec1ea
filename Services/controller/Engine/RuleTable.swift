import Frames

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
    /// The silence that ends the detection of flows, in seconds, at least 1.
    public let maximumSilence: UInt16

    /// A request.
    public init(
        match: FlowMatch, reverseMatch: FlowMatch? = nil, priority: UInt16, destination: VNFID, isBidirectional: Bool,
        maximumSilence: UInt16 = 1
    ) {
        self.match = match
        self.reverseMatch = reverseMatch
        self.priority = priority
        self.destination = destination
        self.isBidirectional = isBidirectional
        self.maximumSilence = max(1, maximumSilence)
    }

    /// The directions whose packets the rule steers.
    public var directions: [Direction] { isBidirectional ? [.forward, .reverse] : [.forward] }

    /// The flows as they enter in a direction; nil where the rule does not steer.
    public func match(_ direction: Direction) -> FlowMatch? {
        switch direction {
        case .forward: match
        case .reverse: isBidirectional ? (reverseMatch ?? match.mirrored) : nil
        }
    }
}

/// A rule and what has become of it.
public struct Rule: Sendable {
    /// What a rule is doing.
    public enum State: Hashable, Sendable {
        /// Waits until an overlapping rule has settled.
        case pending
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
    public internal(set) var state = State.pending
    /// How its flow handovers ended so far, by outcome; those under way count as open.
    public internal(set) var handovers: [HandoverRecord.Outcome: Int] = [:]
    /// Whether flows of it are still being detected.
    public internal(set) var isDetecting = false

    /// The serial of its steering entries' cookies.
    let serial: Serial

    var steers: Bool {
        switch state {
        case .moving, .settled: true
        case .pending, .removing, .removed: false
        }
    }

    var isUnderWay: Bool {
        switch state {
        case .moving, .removing: true
        case .pending, .settled, .removed: false
        }
    }
}

/// All rules, and who owns a flow because of them.
public struct RuleTable: Sendable {
    /// Rules by number, removed ones until they are forgotten.
    public private(set) var rules: [RuleID: Rule] = [:]
    private var byPriority: [RuleID] = []
    private var numbers: [String: RuleID] = [:]
    private var nextID: UInt64 = 1

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
        _ name: String, _ specification: RuleSpecification, group: String, serial: Serial
    ) throws(Refusal) -> (rule: Rule, isNew: Bool) {
        if let known = named(name) {
            guard known.specification == specification else { throw .conflict("rule \(name) exists and says something else") }
            return (known, false)
        }
        for other in ordered
        where other.group == group && other.specification.priority == specification.priority {
            if other.specification == specification, !other.isBeingRemoved { return (other, false) }
            guard !overlap(other.specification, specification) else {
                throw .conflict("rule \(other.name) has the same priority \(specification.priority) and covers some of the same flows")
            }
        }
        let rule = Rule(id: RuleID(nextID), name: name, group: group, specification: specification, serial: serial)
        nextID += 1
        rules[rule.id] = rule
        numbers[name] = rule.id
        let position = byPriority.firstIndex { (rules[$0]?.specification.priority ?? 0) < specification.priority } ?? byPriority.endIndex
        byPriority.insert(rule.id, at: position)
        return (rule, true)
    }

    mutating func removed(_ id: RuleID) {
        byPriority.removeAll { $0 == id }
    }

    /// Who has a flow of this rule when the rule itself is not considered: the most important of the less important rules.
    func owner(of headers: PacketHeaders, _ direction: Direction, below rule: Rule) -> VNFID? {
        for other in ordered {
            guard other.id != rule.id, other.steers, other.group == rule.group,
                other.specification.priority <= rule.specification.priority, let match = other.specification.match(direction),
                match.matches(headers)
            else { continue }
            return other.specification.destination
        }
        return nil
    }

    /// Whether the flows of a rule are still on their way because of another one.
    func mustWait(_ rule: Rule) -> Bool {
        rules.values.contains {
            $0.id != rule.id && $0.group == rule.group && $0.isUnderWay && overlap($0.specification, rule.specification)
        }
    }

    /// The rules that are not removed, the most important first.
    private var ordered: some Sequence<Rule> { byPriority.lazy.compactMap { rules[$0] } }

    private func overlap(_ left: RuleSpecification, _ right: RuleSpecification) -> Bool {
        Direction.allCases.contains { direction in
            guard let left = left.match(direction), let right = right.match(direction) else { return false }
            return left.overlaps(right)
        }
    }
}

extension Rule {
    var isBeingRemoved: Bool {
        switch state {
        case .removing, .removed: true
        case .pending, .moving, .settled: false
        }
    }
}
