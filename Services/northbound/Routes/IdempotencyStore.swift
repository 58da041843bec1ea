import BusMessages
import OrderedCollections

/// Remembers which rule each `Idempotency-Key` asked for, so that a client may ask again when it got no answer.
///
/// The rule's identifier is chosen before the controller is asked and kept with the key: asking again asks for the same rule under
/// the same identifier, which the controller carries out once. The oldest keys are forgotten when there are too many.
package actor IdempotencyStore {
    /// What to do with a request.
    package enum Decision: Hashable, Sendable {
        /// Ask the controller for the rule under this identifier.
        case ask(id: String)
        /// Give the answer that was given.
        case answered(RuleDTO)
        /// Nothing: the same request is under way.
        case beingAsked
        /// Refuse: the key was used for another rule.
        case otherRule
        /// Refuse: every key that there is room for is under way.
        case full
    }

    private enum State {
        case beingAsked
        case unanswered
        case answered(RuleDTO)
    }

    private struct Entry {
        let id: String
        let specification: RuleSpecification
        var state: State
    }

    private let capacity: Int
    /// By key, in the order in which the keys came.
    private var entries: OrderedDictionary<String, Entry> = [:]

    package init(capacity: Int = 10_000) {
        self.capacity = max(capacity, 1)
    }

    /// Decides about a request and, where the controller is to be asked, notes that it is.
    package func begin(_ key: String, _ specification: RuleSpecification) -> Decision {
        if var entry = entries[key] {
            guard entry.specification == specification else { return .otherRule }
            switch entry.state {
            case .beingAsked: return .beingAsked
            case .answered(let rule): return .answered(rule)
            case .unanswered:
                entry.state = .beingAsked
                entries[key] = entry
                return .ask(id: entry.id)
            }
        }
        guard makeRoom() else { return .full }
        let entry = Entry(id: RuleIdentifier.random(), specification: specification, state: .beingAsked)
        entries[key] = entry
        return .ask(id: entry.id)
    }

    /// The controller has answered.
    package func answered(_ key: String, with rule: RuleDTO) {
        entries[key]?.state = .answered(rule)
    }

    /// The controller has not answered: nobody knows whether the rule exists.
    package func unanswered(_ key: String) {
        entries[key]?.state = .unanswered
    }

    /// The controller has refused: the key may be used again.
    package func forget(_ key: String) {
        entries[key] = nil
    }

    /// Forgets the oldest key that is not under way, if there is no room; false if all are.
    private func makeRoom() -> Bool {
        guard entries.count >= capacity else { return true }
        guard
            let oldest = entries.values.firstIndex(where: { entry in
                if case .beingAsked = entry.state { false } else { true }
            })
        else { return false }
        entries.remove(at: oldest)
        return true
    }
}

/// Identifiers of new rules.
enum RuleIdentifier {
    /// An identifier that no rule has: 64 random bits.
    static func random() -> String {
        let digits = String(UInt64.random(in: .min ... .max), radix: 16)
        return "r-" + String(repeating: "0", count: 16 - digits.count) + digits
    }
}
