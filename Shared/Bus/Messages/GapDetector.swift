/// Follows the sequence numbers of every publisher and topic and tells how many messages are missing.
///
/// The first message heard of a publisher sets where counting begins, for a subscriber may join late.
public struct GapDetector: Sendable {
    /// What a message tells about those before it.
    public enum Observation: Hashable, Sendable {
        /// A publisher not heard before.
        case firstOfPublisher
        /// Nothing is missing.
        case inOrder
        /// So many messages under this topic were lost.
        case missed(UInt64)
        /// A number that was heard already.
        case repeated
    }

    private struct Publisher {
        var expected: [String: UInt64] = [:]
        var heard: UInt64
    }

    private let maximumPublishers: Int
    private let maximumTopics: Int
    private var publishers: [String: Publisher] = [:]
    private var observations: UInt64 = 0
    /// Messages found missing so far.
    public private(set) var missed: UInt64 = 0

    /// A detector that remembers at most so many publishers, forgetting the longest silent one first.
    public init(maximumPublishers: Int = 1_024, maximumTopics: Int = 64) {
        self.maximumPublishers = maximumPublishers
        self.maximumTopics = maximumTopics
    }

    /// Notes a message that arrived.
    public mutating func observe(publisher name: String, topic: String, sequence: UInt64) -> Observation {
        let isNew = introduce(name)
        let expected = publishers[name]?.expected[topic]
        guard let expected else {
            expect(sequence &+ 1, of: name, topic)
            return isNew ? .firstOfPublisher : .inOrder
        }
        guard sequence >= expected else { return .repeated }
        expect(sequence &+ 1, of: name, topic)
        return sequence == expected ? .inOrder : note(missed: sequence - expected)
    }

    /// Notes what a publisher says its next number under `topic` will be; that finds losses at the end of a burst.
    public mutating func observe(publisher name: String, topic: String, next: UInt64) -> Observation {
        let isNew = introduce(name)
        let expected = publishers[name]?.expected[topic]
        guard let expected, next > expected else {
            if expected == nil { expect(next, of: name, topic) }
            return isNew ? .firstOfPublisher : .inOrder
        }
        expect(next, of: name, topic)
        return note(missed: next - expected)
    }

    private mutating func note(missed count: UInt64) -> Observation {
        missed = missed.addingReportingOverflow(count).partialValue
        return .missed(count)
    }

    private mutating func expect(_ next: UInt64, of name: String, _ topic: String) {
        guard let known = publishers[name]?.expected, known[topic] != nil || known.count < maximumTopics else { return }
        publishers[name]?.expected[topic] = next
    }

    /// Makes room for a publisher; whether it is new.
    private mutating func introduce(_ name: String) -> Bool {
        observations += 1
        if publishers[name] != nil {
            publishers[name]?.heard = observations
            return false
        }
        if publishers.count >= maximumPublishers, let silent = publishers.min(by: { $0.value.heard < $1.value.heard }) {
            publishers[silent.key] = nil
        }
        publishers[name] = Publisher(heard: observations)
        return true
    }
}
